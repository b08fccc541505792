"""Addresses as people paste them: one to a line, out of a table, or as a mail program lists them."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from core.people.forms import Email, Name

_EMAIL = TypeAdapter(Email)
_NAME = TypeAdapter(Annotated[Name, Field(max_length=100)])
#: What is between two commas: a comma may also be in quotes.
_BETWEEN_COMMAS = re.compile(r'(?:"[^"]*"|[^,"]|")+')

_OF_TABLE = re.compile(r"^([^@<>()]+) ([^@<>()\s]+@[^@<>()\s]+)$")


@dataclass(frozen=True, slots=True)
class Typed:
    """One entry of a list, as it was typed: ``email`` is in lower case, and None where it is no address;
    ``name`` is empty where none stands beside it that others can read."""

    text: str
    name: str
    email: str | None


def read_addresses(text: str) -> list[Typed]:
    """The entries of a list, in its order, each once.

    They are separated by line breaks, semicolons or commas; an entry is an address, or a name and an
    address as in ``Meera Nair <meera@example.com>``, ``Nair, Meera <meera@example.com>`` and, out of a
    table, ``Meera Nair meera@example.com``.
    """
    found: dict[str, Typed] = {}
    for piece in re.split(r"[\r\n;]+", text):
        for entry in _entries(piece):
            typed = _read(entry)
            found.setdefault(typed.email or typed.text.casefold(), typed)
    return list(found.values())


def _entries(piece: str) -> list[str]:
    """An entry without an address is the surname before a comma where one with a name follows."""
    entries: list[str] = []
    surname = ""
    for part in _BETWEEN_COMMAS.findall(piece):
        entry = " ".join(part.split())
        if surname and "<" in entry and not entry.startswith("<"):
            entries[-1] = f"{surname} {entry}"
        elif entry:
            entries.append(entry)
        surname = entry if entry and "@" not in entry else ""
    return entries


def _read(entry: str) -> Typed:
    name, address = parseaddr(_OF_TABLE.sub(r"\1 <\2>", entry))
    try:
        email = _EMAIL.validate_python(address).lower()
    except ValidationError:
        return Typed(entry, "", None)
    # The parser takes the first of two: nobody knows which one was meant.
    if "@" in entry.replace(address, ""):
        return Typed(entry, "", None)
    try:
        name = _NAME.validate_python(name) if name else ""
    except ValidationError:
        name = ""
    return Typed(entry, name, email)

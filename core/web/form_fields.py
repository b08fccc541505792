"""The inputs of an HTML form, read off the fields of a Pydantic model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import EmailStr
from pydantic.fields import FieldInfo

from core.api.actions import Choice
from core.api.settings import KeyKind, is_secret
from core.api.text import show

_LIMITS = {"ge": "min", "le": "max", "min_length": "minlength", "max_length": "maxlength"}


@dataclass(slots=True)
class Field:
    """One input, as ``templates/macros/forms.jinja2`` draws it.

    ``limits`` are HTML attributes such as ``min`` and ``maxlength``. ``kinds`` are of keys: which was
    pasted is said at once. ``kept`` says that a secret is stored and stays when the input is left empty,
    ``made`` that one is made then. ``waits_for`` is the label of the field that must be chosen first.
    """

    name: str
    id: str
    kind: str
    label: str
    help: str | None = None
    placeholder: str | None = None
    required: bool = False
    value: str | bool = ""
    error: str | None = None
    options: Sequence[Choice] = ()
    depends_on: str | None = None
    waits_for: str | None = None
    autocomplete: str | None = None
    kept: bool = False
    made: bool = False
    limits: dict[str, Any] = field(default_factory=dict)
    kinds: Sequence[KeyKind] = ()

    @property
    def groups(self) -> dict[str | None, list[Choice]]:
        """The options under the group that heads them."""
        grouped: dict[str | None, list[Choice]] = {}
        for option in self.options:
            grouped.setdefault(option.group, []).append(option)
        return grouped

    @property
    def chosen(self) -> Choice | None:
        """The option that is chosen; None also where the chosen one is no longer offered."""
        return next((option for option in self.options if option.value == self.value), None)

    @property
    def needless(self) -> bool:
        """Whether there is nothing to ask: an optional choice without options."""
        return self.kind == "select" and not self.required and not self.options and not self.error

    @property
    def described_by(self) -> str:
        """The value of ``aria-describedby``."""
        parts = {
            "help": self.help or self.kept or self.made,
            "kind": self.kinds,
            "error": self.error,
        }
        return " ".join(f"{self.id}-{part}" for part, there in parts.items() if there)


def noted(info: FieldInfo, key: str) -> Any:
    """What ``core.api.settings.setting`` noted under ``key``, None where nothing is noted."""
    extra = info.json_schema_extra
    return extra.get(key) if isinstance(extra, dict) else None


def label(name: str, info: FieldInfo) -> str:
    """The field's label: its title, or its name in words."""
    return show(info.title or name.replace("_", " ").capitalize())


def kind(info: FieldInfo) -> str:
    """Which input: password, checkbox, select, textarea, number, email, date or text."""
    annotation = bare(info)
    if is_secret(info):
        return "password"
    if annotation is bool:
        return "checkbox"
    if noted(info, "choices") or fixed_choices(info):
        return "select"
    if annotation is int:
        return "number"
    if annotation is EmailStr:
        return "email"
    if annotation is date:
        return "date"
    return "textarea" if noted(info, "multiline") else "text"


def fixed_choices(info: FieldInfo) -> tuple[Choice, ...]:
    """The options that the type itself names: those of a Literal or an Enum."""
    annotation = bare(info)
    if get_origin(annotation) is Literal:
        return tuple(Choice(str(value), show(_in_words(str(value)))) for value in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(
            Choice(str(member.value), getattr(member, "words", None) or show(_in_words(member.name)))
            for member in annotation
        )
    return ()


def bare(info: FieldInfo) -> Any:
    """The annotation without its ``| None``."""
    members = [one for one in get_args(info.annotation) if one is not type(None)]
    optional = len(members) == 1 and type(None) in get_args(info.annotation)
    return members[0] if optional else info.annotation


def limits(info: FieldInfo) -> dict[str, Any]:
    """Pydantic's constraints as HTML attributes: ``ge`` is ``min``, ``max_length`` is ``maxlength``."""
    found = {
        html: getattr(constraint, name)
        for constraint in info.metadata
        for name, html in _LIMITS.items()
        if getattr(constraint, name, None) is not None
    }
    if inputmode := noted(info, "inputmode"):
        found["inputmode"] = inputmode
    return found | ({"step": 1, "inputmode": "numeric"} if bare(info) is int else {})


def _in_words(text: str) -> str:
    return text.replace("_", " ").capitalize()

"""Properties as the core's fields: what HubSpot says of one, and what a record holds. Pure."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from core.api.errors import Rejected
from core.api.records import Field, FieldChoice, FieldType
from core.api.text import _

Json = dict[str, Any]

_TYPES = {
    "string": FieldType.TEXT,
    "phone_number": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "datetime": FieldType.DATE,
    "enumeration": FieldType.CHOICE,
    "bool": FieldType.BOOL,
}
# Where an enumeration is shown as one of these, a record holds one of its options.
_ONE_OF = frozenset({"select", "radio"})
# Other verbs' business, and with rules of their own.
_ELSEWHERE = frozenset({"pipeline", "dealstage", "hubspot_owner_id"})


def listed(rows: Iterable[Json]) -> list[Field]:
    """The properties that hold one value of a type that we know."""
    found = (field(row) for row in rows)
    return [one for one in found if one is not None]


def field(row: Json) -> Field | None:
    """One property; None for one that nobody sees, that is kept elsewhere, or of another type."""
    name, type = row.get("name"), _TYPES.get(str(row.get("type")))
    gone = row.get("hidden") is True or row.get("archived") is True
    if not name or type is None or gone or name in _ELSEWHERE or row.get("referencedObjectType"):
        return None
    shown = row.get("fieldType")
    if shown == "booleancheckbox":
        type = FieldType.BOOL
    elif type is FieldType.CHOICE and shown not in _ONE_OF:
        return None
    choices = _choices(row) if type is FieldType.CHOICE else ()
    kept = (row.get("modificationMetadata") or {}).get("readOnlyValue") is True
    writable = not kept and row.get("calculated") is not True
    return Field(str(name), row.get("label") or str(name), type, choices, writable=writable)


def is_name(text: str) -> bool:
    """HubSpot's names of properties: anything else has no place in a path."""
    return re.fullmatch(r"[a-z][a-z0-9_]{0,99}", text) is not None


def gone() -> Rejected:
    """What to raise for a property that HubSpot doesn't have."""
    return Rejected(
        "field_not_found",
        _(
            "HubSpot has no such property any more. Choose a field again in the rule. "
            "The payment is not affected."
        ),
    )


def check(wanted: Field, value: str) -> None:
    """Raises Rejected where the field can't hold ``value``."""
    if not wanted.writable:
        said = _('HubSpot keeps "%(field)s" itself. The payment is not affected.', field=wanted.name)
        raise Rejected("field_read_only", said)
    if not wanted.takes(value):
        raise Rejected(
            "value_refused",
            _(
                '"%(field)s" in HubSpot does not take this value: it holds a %(type)s. '
                "The payment is not affected.",
                field=wanted.name,
                type=wanted.type,
            ),
        )


def held(of: Field, raw: Json) -> str | None:
    """What a record holds in a field, in the words of FieldType; None where it is empty."""
    value = (raw.get("properties") or {}).get(of.id)
    if value is None or value == "":
        return None
    return _plain(str(value)) if of.type is FieldType.NUMBER else _day(of, str(value))


def holds(of: Field, before: str | None, value: str) -> bool:
    """Whether a field that holds ``before`` holds ``value``."""
    return before == (_plain(value) if of.type is FieldType.NUMBER else value)


def wire(of: Field, row: Json, value: str) -> str:
    """``value`` as HubSpot takes it: a time is the midnight that begins the day, in UTC."""
    if of.type is FieldType.DATE and row.get("type") == "datetime":
        return f"{value}T00:00:00Z"
    return value


def _day(of: Field, value: str) -> str:
    return value[:10] if of.type is FieldType.DATE else value


def _plain(number: str) -> str:
    """Without zeros at its end: 12.50 and 12.5 are the same."""
    try:
        digits = f"{Decimal(number):f}"
    except InvalidOperation:
        return number  # what HubSpot holds there is no number
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _choices(row: Json) -> tuple[FieldChoice, ...]:
    return tuple(
        FieldChoice(str(one["value"]), one.get("label") or str(one["value"]))
        for one in row.get("options") or []
        if one.get("value") and one.get("hidden") is not True
    )

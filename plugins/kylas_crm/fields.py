"""Fields of leads and deals: what Kylas says of them, what they hold, and how one is written.

Kylas takes whole records: what isn't sent back is gone.
"""

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from core.api.errors import Rejected
from core.api.records import Field, FieldChoice, FieldType
from core.api.text import _
from plugins.kylas_crm.values import Json, product_line, time

_TYPES = {
    "TEXT_FIELD": FieldType.TEXT,
    "PARAGRAPH_TEXT": FieldType.TEXT,
    "URL": FieldType.TEXT,
    "NUMBER": FieldType.NUMBER,
    "DATE_PICKER": FieldType.DATE,
    "DATETIME_PICKER": FieldType.DATE,
    "PICK_LIST": FieldType.CHOICE,
    "CHECKBOX": FieldType.BOOL,
    "TOGGLE": FieldType.BOOL,
}
# What Kylas's own samples say to leave out of a deal that is sent back.
_KEPT_BY_KYLAS = frozenset(
    {"ownedBy", "createdBy", "updatedBy", "createdAt", "updatedAt", "actualClosureDate", "isNew"}
    | {"latestActivityCreatedAt", "meetingScheduledOn", "taskDueOn", "recordActions", "metaData"}
    | {f"{done}Via{what}" for done in ("created", "updated") for what in ("Id", "Name", "Type")}
)
# Only what no lead has of its own: its owner, for one, is a field that a PUT could empty.
_NOT_OF_A_LEAD = frozenset({"recordActions", "metaData"})
# A stage has its reason; the others hold codes such as "IN", and not the ids of their choices.
_OTHERWISE = frozenset(
    {"pipelineStageReason", "country", "timezone", "requirementCurrency", "convertedAt", "id"}
)


def listed(rows: Iterable[Json]) -> dict[str, tuple[Field, Json]]:
    """The active fields of a type that we know, by name, each with its definition."""
    found = {}
    for row in rows:
        name, type = row.get("name"), _TYPES.get(str(row.get("type")))
        if name and type and row.get("active") is not False and not row.get("multiValue"):
            words = row.get("displayName") or str(name)
            choices = _choices(row) if type is FieldType.CHOICE else ()
            found[str(name)] = Field(str(name), words, type, choices, writable=_writable(row)), row
    return found


def wanted(known: dict[str, tuple[Field, Json]], field_id: str, value: str) -> tuple[Field, Json]:
    """The field that is to hold ``value``. Raises Rejected where it can't."""
    if field_id not in known:
        raise Rejected(
            "field_not_found",
            _(
                "Kylas has no such field any more. Choose a field again in the rule. "
                "The payment is not affected."
            ),
        )
    field, row = known[field_id]
    if not field.writable:
        said = _('Kylas keeps "%(field)s" itself. The payment is not affected.', field=field.name)
        raise Rejected("field_read_only", said)
    if not field.takes(value):
        raise Rejected(
            "value_refused",
            _(
                '"%(field)s" in Kylas does not take this value: it holds a %(type)s. '
                "The payment is not affected.",
                field=field.name,
                type=field.type,
            ),
        )
    return field, row


def held(field: Field, row: Json, raw: Json) -> str | None:
    """What a record holds in a field, in the words of FieldType; None where it is empty."""
    value = raw.get(field.id) if _standard(row) else (raw.get("customFieldValues") or {}).get(field.id)
    if isinstance(value, dict):
        value = value.get("id")
    if value is None or value == "":
        return None
    if field.type is FieldType.BOOL:
        return "true" if value is True else "false"
    if field.type is FieldType.DATE:
        at = time(value)
        return at.date().isoformat() if at else str(value)
    return plain(str(value)) if field.type is FieldType.NUMBER else str(value)


def plain(number: str) -> str:
    """A number without zeros at its end: 12.50 and 12.5 are the same to Kylas, which stores doubles."""
    try:
        digits = f"{Decimal(number):f}"
    except InvalidOperation:
        return number  # what Kylas holds there is no number
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def holds(field: Field, before: str | None, value: str) -> bool:
    """Whether a field holds ``value`` already."""
    return before == (plain(value) if field.type is FieldType.NUMBER else value)


def body(kind: str, raw: Json, field: Field, row: Json, value: str) -> Json:
    """The whole record as it is sent back, with ``value`` in the field."""
    left_out = _KEPT_BY_KYLAS if kind == "deal" else _NOT_OF_A_LEAD
    whole = {name: one for name, one in raw.items() if name not in left_out}
    if kind == "deal":
        whole["products"] = [product_line(one) for one in raw.get("products") or []] or None
    if _standard(row):
        whole[field.id] = _wire(kind, field, value)
    else:
        custom = raw.get("customFieldValues") or {}
        whole["customFieldValues"] = {**custom, field.id: _wire(kind, field, value)}
    return whole


def check_nothing_hidden(raw: Json, rows: Iterable[Json]) -> None:
    """Refuse to send masked values back: Kylas would store ``98****01`` as the number.

    A number that is whole has digits only.
    """
    phones = [str(one.get("value") or "") for one in raw.get("phoneNumbers") or []]
    masked = [
        row["name"]
        for row in rows
        if row.get("name") and (row.get("maskConfiguration") or {}).get("enabled")
    ]
    everything = {**raw, **(raw.get("customFieldValues") or {})}
    if all(one.isdecimal() for one in phones) and not any(
        "*" in json.dumps(everything.get(name)) for name in masked
    ):
        return
    raise Rejected(
        "masked",
        _(
            "Kylas hides a part of this record from the API key, and a change would store the hidden "
            "part for good. Let the key's user see masked fields, then try again. "
            "The payment is not affected."
        ),
    )


def _wire(kind: str, field: Field, value: str) -> Any:
    if field.type is FieldType.BOOL:
        return value == "true"
    if field.type is FieldType.DATE:
        return f"{value}T00:00:00.000Z"
    if field.type is FieldType.NUMBER:
        return float(value) if "." in value else int(value)
    if field.type is FieldType.CHOICE:
        name = next(one.name for one in field.choices if one.id == value)
        return {"id": int(value), "name": name} if kind == "deal" else int(value)
    return value


def _choices(row: Json) -> tuple[FieldChoice, ...]:
    """The list stands under either name; an option that is switched off can't be chosen."""
    picklist = row.get("picklist") or {}
    return tuple(
        FieldChoice(
            str(one["id"]), one.get("displayName") or one.get("name") or _("Option %(id)s", id=one["id"])
        )
        for one in picklist.get("picklistValues") or picklist.get("values") or []
        if str(one.get("id")).isdecimal() and one.get("disabled") is not True
    )


def _writable(row: Json) -> bool:
    kept = _standard(row) and row["name"] in _KEPT_BY_KYLAS | _OTHERWISE
    return row.get("internal") is not True and not kept


def _standard(row: Json) -> bool:
    return row.get("standard") is not False

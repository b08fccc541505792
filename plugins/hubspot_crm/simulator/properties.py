"""Which properties the objects have, who may write them, and which come without being asked for."""

from core.testing.store import Doc
from plugins.hubspot_crm.simulator import refusals

WRITABLE = {
    "deals": frozenset(
        {"dealname", "amount", "deal_currency_code", "pipeline", "dealstage", "closedate",
         "hubspot_owner_id", "closed_lost_reason", "closed_won_reason", "description", "dealtype"}
    ),
    "contacts": frozenset(
        {"firstname", "lastname", "email", "phone", "mobilephone", "company", "hubspot_owner_id",
         "lifecyclestage"}
    ),
    "notes": frozenset({"hs_note_body", "hs_timestamp", "hubspot_owner_id", "hs_attachment_ids"}),
}  # fmt: skip
_MODIFIED = {
    "deals": "hs_lastmodifieddate",
    "contacts": "lastmodifieddate",
    "notes": "hs_lastmodifieddate",
}
_CREATED = {"deals": "createdate", "contacts": "createdate", "notes": "hs_createdate"}
_DEFAULT = {
    "deals": ("amount", "closedate", "dealname", "dealstage", "pipeline"),
    "contacts": ("email", "firstname", "lastname"),
    "notes": (),
}
LONGEST_NOTE = 65_536


def new(kind: str, id: str, properties: Doc, at: str) -> Doc:
    """An object as it is stored."""
    kept = {name: value for name, value in properties.items() if value != ""}
    own = {"hs_object_id": id, _CREATED[kind]: at, _MODIFIED[kind]: at}
    return {"id": id, "properties": kept | own, "createdAt": at, "updatedAt": at, "archived": False}


def changed(kind: str, doc: Doc, properties: Doc, at: str) -> Doc:
    """``doc`` with other properties; an empty string clears one."""
    merged = doc["properties"] | properties | {_MODIFIED[kind]: at}
    kept = {name: value for name, value in merged.items() if value != ""}
    return doc | {"properties": kept, "updatedAt": at}


def view(kind: str, doc: Doc, asked: list[str] | None) -> Doc:
    """An object as the API shows it: what is asked for and doesn't exist is left out, in silence.

    What exists and has no value is null. ``asked`` None stands for no choice of properties.
    """
    always = ("hs_object_id", _CREATED[kind], _MODIFIED[kind])
    known = WRITABLE[kind] | set(always)
    names = [name for name in (_DEFAULT[kind] if asked is None else asked) if name in known]
    shown = {name: doc["properties"].get(name) for name in sorted({*names, *always})}
    return {name: doc[name] for name in ("id", "createdAt", "updatedAt", "archived")} | {
        "properties": shown
    }


def check(kind: str, properties: object) -> Doc:
    """The properties of a write. Raises Refused with 400 for one that isn't there or isn't a text."""
    if not isinstance(properties, dict) or not properties:
        raise refusals.invalid("No properties found to update, please provide at least one.")
    for name, value in properties.items():
        if name in (_CREATED[kind], _MODIFIED[kind], "hs_object_id"):
            raise refusals.invalid_property(name, "READ_ONLY_VALUE", f"{name} is a read only property")
        if name not in WRITABLE[kind]:
            raise refusals.invalid_property(
                name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
            )
        if not isinstance(value, str):
            raise refusals.invalid(f"{name} must be a string")
    return properties

"""Objects by their properties: as they are stored, changed and shown."""

from collections.abc import Container, Mapping

from core.testing.store import Doc
from plugins.hubspot_crm.simulator import refusals
from plugins.hubspot_crm.simulator.definitions import check_value

_MODIFIED = {
    "deals": "hs_lastmodifieddate",
    "contacts": "lastmodifieddate",
    "notes": "hs_lastmodifieddate",
    "tasks": "hs_lastmodifieddate",
}
_CREATED = {
    "deals": "createdate",
    "contacts": "createdate",
    "notes": "hs_createdate",
    "tasks": "hs_createdate",
}
_DEFAULT = {
    "deals": ("amount", "closedate", "dealname", "dealstage", "pipeline"),
    "contacts": ("email", "firstname", "lastname"),
    "notes": (),
    "tasks": (),
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


def view(kind: str, doc: Doc, asked: list[str] | None, known: Container[str]) -> Doc:
    """An object as the API shows it: what is asked for and not ``known`` is left out, in silence.

    What exists and has no value is null. ``asked`` None stands for no choice of properties.
    """
    always = ("hs_object_id", _CREATED[kind], _MODIFIED[kind])
    names = [name for name in (_DEFAULT[kind] if asked is None else asked) if name in known]
    shown = {name: doc["properties"].get(name) for name in sorted({*names, *always})}
    return {name: doc[name] for name in ("id", "createdAt", "updatedAt", "archived")} | {
        "properties": shown
    }


def check(properties: object, defined: Mapping[str, Doc]) -> Doc:
    """The properties of a write.

    Raises Refused with 400 for one that isn't ``defined``, isn't a text, or can't hold its value.
    """
    if not isinstance(properties, dict) or not properties:
        raise refusals.invalid("No properties found to update, please provide at least one.")
    for name, value in properties.items():
        row = defined.get(name)
        if row is None or row["archived"]:
            raise refusals.invalid_property(
                name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
            )
        if not isinstance(value, str):
            raise refusals.invalid(f"{name} must be a string")
        check_value(row, value)
    return properties

"""The definitions of fields, and whether a record keeps to them."""

from typing import Any

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals
from plugins.kylas_crm.simulator import seed_data as data
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.paging import sliced
from plugins.kylas_crm.simulator.state import Tenant

_KINDS = ("lead", "deal")


class Fields(KylasBase):
    """``/v1/entities/{kind}/fields``"""

    @route("GET", "/v1/entities/{kind}/fields")
    def list_fields(self, request: Request, kind: str) -> Response:
        """A bare array. Whether it is cut into pages is not publicly known; here it is."""
        caller = self.caller(request)
        if kind not in _KINDS or not caller.may(kind, "read"):
            raise refusals.missing(kind)
        rows = caller.tenant.all("field", lambda field: field["entityType"] == kind.upper())
        if request.GET.get("custom-only") == "true":
            rows = [row for row in rows if not row["standard"]]
        return answer(sliced(request, rows))


def seed(tenant: Tenant) -> None:
    """Kylas's own fields and those that the tenant has added."""
    own = [field for id, *field in data.CUSTOM_FIELDS if id == tenant.id]
    for number, (kind, name, words, type, options) in enumerate([*data.STANDARD_FIELDS, *own]):
        field = _definition(tenant.id * 1000 + number, kind, name, words, type, options)
        tenant.put("field", field, f"{kind}.{name}")


def check(tenant: Tenant, kind: str, record: Doc) -> None:
    """Raises Refused with 400 for a field that isn't there, or a value of another type.

    What Kylas says to those is not publicly known. Options are bare ids on leads, objects on deals.
    """
    custom = record["customFieldValues"]
    defined = {
        field["name"]: field
        for field in tenant.all("field", lambda field: field["entityType"] == kind.upper())
    }
    for name in custom:
        if name not in defined or defined[name]["standard"]:
            raise refusals.invalid(f"Invalid custom field {name}")
    for name, field in defined.items():
        value = (record if field["standard"] else custom).get(name)
        if value is not None and not _fits(kind, field, value):
            raise refusals.invalid(f"Invalid value for {name}")


def _fits(kind: str, field: Doc, value: Any) -> bool:
    type = field["type"]
    if type == "NUMBER":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if type == "TOGGLE":
        return isinstance(value, bool)
    if type in ("TEXT_FIELD", "PARAGRAPH_TEXT"):
        return isinstance(value, str)
    if type in ("DATE_PICKER", "DATETIME_PICKER"):
        return isinstance(value, str) and value[10:11] == "T"
    if type != "PICK_LIST" or field["name"] == "country":
        return True
    options = {one["id"]: one["displayName"] for one in _options(field)}
    if kind == "deal":
        return isinstance(value, dict) and options.get(value.get("id")) == value.get("name")
    return isinstance(value, int) and value in options


def _options(field: Doc) -> list[Doc]:
    picklist = field["picklist"] or {}
    options: list[Doc] = picklist.get("values") or picklist.get("picklistValues") or []
    return options


def _definition(id: int, kind: str, name: str, words: str, type: str, options: Any) -> Doc:
    """As Kylas shows one; the options stand under either of two names."""
    standard = not name.startswith("cf")
    rows = [
        {"id": number, "name": word.upper().replace(" ", "_"), "displayName": word, "disabled": False}
        for number, word in options
    ]
    under = "values" if standard else "picklistValues"
    return {
        "id": id,
        "entityType": kind.upper(),
        "name": name,
        "displayName": words,
        "type": type,
        "standard": standard,
        "required": name in ("lastName", "name"),
        "active": True,
        "filterable": True,
        "sortable": True,
        "important": False,
        "multiValue": type in ("EMAIL", "PHONE"),
        "internal": False,
        "isUnique": False,
        "length": 255 if type == "TEXT_FIELD" else None,
        "picklist": {under: rows} if rows else None,
        "lookupUrl": None,
        "maskConfiguration": {"id": None, "enabled": False, "profileIds": []},
    }

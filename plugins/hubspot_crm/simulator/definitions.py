"""What HubSpot says of each property: those that every account has, and those somebody has added."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.hubspot_crm.simulator import refusals
from plugins.hubspot_crm.simulator.account import AccountApi
from plugins.hubspot_crm.simulator.standard_properties import STANDARD

#: The plural in a path, the number of the type, and the word in a card's parameters.
KINDS = {"deals": "deals", "0-3": "deals", "contacts": "contacts", "0-1": "contacts"}
_LISTED = ("deals", "contacts")


class Definitions(AccountApi):
    """``/crm/v3/properties``"""

    @route("GET", "/crm/v3/properties/{kind}")
    def list_properties(self, request: Request, kind: str) -> Response:
        """All of them, on one page; those that are archived are left out."""
        kind = self.kind(kind)
        portal = self.caller(request, f"crm.objects.{kind}.read").portal
        rows = self.defined(portal, kind).values()
        return answer({"results": [one for one in rows if not one["archived"]]})

    @route("GET", "/crm/v3/properties/{kind}/{name}")
    def read_property(self, request: Request, kind: str, name: str) -> Response:
        kind = self.kind(kind)
        portal = self.caller(request, f"crm.objects.{kind}.read").portal
        row = self.defined(portal, kind).get(name)
        if row is None or row["archived"]:
            raise refusals.error(
                404, "OBJECT_NOT_FOUND", f"Property '{name}' does not exist for object type {kind}"
            )
        return answer(row)

    def kind(self, word: str, *also: str) -> str:
        """The plural of a kind. Raises Refused with 400 for what is no kind of object."""
        if word in also:
            return word
        if word not in KINDS:
            raise refusals.invalid(f"Unable to infer object type from: {word}")
        return KINDS[word]

    def defined(self, portal: int, kind: str) -> dict[str, Doc]:
        """The definitions of a kind's properties in an account, by name."""
        rows = {row[0]: definition(*row) for row in STANDARD[kind]}
        if kind in _LISTED:
            rows |= {one["name"]: one for one in self.store.all(f"{portal}/properties/{kind}")}
        if owner := rows.get("hubspot_owner_id"):
            owner["options"] = [_option(one["id"], one["email"]) for one in self.owners(portal)]
        return rows


def definition(
    name: str,
    label: str,
    type: str,
    shown: str,
    options: tuple[tuple[str, str], ...] = (),
    *marks: str,
) -> Doc:
    """A property as the API shows it. ``marks``: custom, read_only, hidden, archived, calculated."""
    custom, fixed = "custom" in marks, "read_only" in marks or "calculated" in marks
    return {
        "name": name,
        "label": label,
        "type": type,
        "fieldType": shown,
        "description": "",
        "groupName": "dealinformation",
        "options": [_option(value, text) for value, text in options],
        "displayOrder": -1,
        "calculated": "calculated" in marks,
        "externalOptions": name == "hubspot_owner_id",
        **({"referencedObjectType": "OWNER"} if name == "hubspot_owner_id" else {}),
        "hasUniqueValue": False,
        "hidden": "hidden" in marks,
        "hubspotDefined": not custom,
        "modificationMetadata": {
            "archivable": custom,
            "readOnlyDefinition": not custom,
            "readOnlyOptions": not custom,
            "readOnlyValue": fixed,
        },
        "formField": False,
        "dataSensitivity": "non_sensitive",
        "archived": "archived" in marks,
    }


def check_value(row: Doc, value: str) -> None:
    """Raises Refused with 400 for what the property can't hold. An empty string clears it."""
    name, type = row["name"], row["type"]
    if row["modificationMetadata"]["readOnlyValue"]:
        raise refusals.invalid_property(name, "READ_ONLY_VALUE", f"{name} is a read only property")
    if value == "":
        return
    if type == "number" and not _is_number(value):
        raise refusals.invalid_property(name, "INVALID_DOUBLE", f"{value} was not a valid number.")
    if type == "date" and not _is_midnight(value):
        raise refusals.invalid_property(name, "INVALID_DATE", f"{value} is not at midnight UTC.")
    if type == "datetime" and _moment(value) is None:
        raise refusals.invalid_property(name, "INVALID_DATE", f"{value} was not a valid long.")
    if type == "bool" and value not in ("true", "false"):
        raise refusals.invalid_property(name, "INVALID_OPTION", f"{value} was not true or false")
    allowed = [one["value"] for one in row["options"]]
    parts = value.split(";") if row["fieldType"] == "checkbox" else [value]
    if type == "enumeration" and not {*parts} <= {*allowed} and name not in ("dealstage", "pipeline"):
        raise refusals.invalid_property(
            name, "INVALID_OPTION", f"{value} was not one of the allowed options: {allowed}"
        )


def _option(value: str, label: str) -> Doc:
    return {"value": value, "label": label, "displayOrder": -1, "hidden": False}


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_midnight(text: str) -> bool:
    """A day: ``2026-11-03``, or the milliseconds at which it begins in UTC."""
    if text.isdecimal():
        return int(text) % 86_400_000 == 0
    moment = _moment(f"{text}T00:00:00Z")
    return moment is not None and len(text) == len("2026-11-03")


def _moment(text: str) -> datetime | None:
    """Milliseconds since 1970, or ISO 8601 in UTC; None for anything else."""
    if text.isdecimal():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    offset = parsed.utcoffset()
    return parsed if offset is not None and not offset else None

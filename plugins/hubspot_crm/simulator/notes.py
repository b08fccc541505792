"""Notes, and which of them are on a record."""

from datetime import datetime

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.hubspot_crm.simulator import properties, refusals
from plugins.hubspot_crm.simulator.objects import Objects

#: The association types from a note to a record, and the one that leads back.
TO_RECORD = {214: "deals", 202: "contacts"}
TO_NOTE = {"deals": 213, "contacts": 201}


class Notes(Objects):
    """``/crm/v3/objects/notes``, ``/crm/v4/objects/…/associations/notes``"""

    @route("POST", "/crm/v3/objects/notes")
    def create_note(self, request: Request) -> Response:
        """Not one note without all of its associations: whether HubSpot is as strict isn't known."""
        portal = self.caller(request, "crm.objects.contacts.write").portal
        body = self.body(request, "properties", "associations")
        wanted = properties.check("notes", body.get("properties"))
        if not _is_time(wanted.get("hs_timestamp", "")):
            raise refusals.invalid_property("hs_timestamp", "INVALID_DATE", "hs_timestamp is required")
        if len(wanted.get("hs_note_body", "")) > properties.LONGEST_NOTE:
            raise refusals.invalid_property("hs_note_body", "TOO_LONG", "at most 65536 characters")
        on = [self._target(portal, one) for one in body.get("associations") or []]
        note = self.add_note(portal, on, wanted)
        return answer(properties.view("notes", note, [*wanted]), 201)

    @route("GET", "/crm/v4/objects/{kind}/{id}/associations/notes")
    def associated_notes(self, request: Request, kind: str, id: str) -> Response:
        kind = self.kind(kind)
        portal = self.caller(request, f"crm.objects.{kind}.read").portal
        self.object(portal, kind, id)
        types = [{"category": "HUBSPOT_DEFINED", "typeId": TO_NOTE[kind], "label": None}]
        rows = [
            {"toObjectId": int(note["id"]), "associationTypes": types}
            for note in self.notes_on(portal, kind, id)
        ]
        return answer(self.paged(request, rows, "toObjectId", default=500, most=500))

    def notes_on(self, portal: int, kind: str, id: str) -> list[Doc]:
        """The notes on a record, oldest first."""
        return self.store.all(f"{portal}/notes", lambda note: [kind, id] in note["on"])

    def add_note(self, portal: int, on: list[list[str]], wanted: Doc) -> Doc:
        id = self.next_id()
        note = properties.new("notes", id, wanted, self.now()) | {"on": on}
        return self.store.put(f"{portal}/notes", id, note)

    def _target(self, portal: int, association: Doc) -> list[str]:
        """The record of one association. Raises Refused with 400 for one that can't be made."""
        id = str(association["to"]["id"])
        for type in association["types"]:
            kind = TO_RECORD.get(type["associationTypeId"])
            if type["associationCategory"] != "HUBSPOT_DEFINED" or kind is None:
                raise refusals.invalid(f"Invalid association type {type['associationTypeId']}")
            if self.store.get(f"{portal}/{kind}", id):
                return [kind, id]
        raise refusals.invalid(f"One or more associations are not valid: {id}")


def _is_time(text: str) -> bool:
    """Milliseconds since 1970, or ISO 8601 in UTC."""
    if text.isdecimal():
        return True
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return False
    offset = parsed.utcoffset()
    return offset is not None and not offset

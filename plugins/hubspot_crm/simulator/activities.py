"""Notes and tasks, and which of them are on a record."""

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.hubspot_crm.simulator import properties, refusals
from plugins.hubspot_crm.simulator.objects import Objects

#: The association types from a note or a task to a record, and those that lead back.
TO_RECORD = {
    "notes": {214: "deals", 202: "contacts"},
    "tasks": {216: "deals", 204: "contacts"},
}
FROM_RECORD = {
    "notes": {"deals": 213, "contacts": 201},
    "tasks": {"deals": 215, "contacts": 203},
}


class Activities(Objects):
    """``/crm/v3/objects/notes`` and ``tasks``, ``/crm/v4/objects/…/associations/…``"""

    @route("POST", "/crm/v3/objects/notes")
    def create_note(self, request: Request) -> Response:
        return self._create(request, "notes")

    @route("POST", "/crm/v3/objects/tasks")
    def create_task(self, request: Request) -> Response:
        return self._create(request, "tasks")

    @route("GET", "/crm/v4/objects/{kind}/{id}/associations/notes")
    def associated_notes(self, request: Request, kind: str, id: str) -> Response:
        return self._associated(request, kind, id, "notes")

    @route("GET", "/crm/v4/objects/{kind}/{id}/associations/tasks")
    def associated_tasks(self, request: Request, kind: str, id: str) -> Response:
        return self._associated(request, kind, id, "tasks")

    def notes_on(self, portal: int, kind: str, id: str) -> list[Doc]:
        """The notes on a record, oldest first."""
        return self._on("notes", portal, kind, id)

    def tasks_on(self, portal: int, kind: str, id: str) -> list[Doc]:
        """The tasks on a record, oldest first."""
        return self._on("tasks", portal, kind, id)

    def add(self, what: str, portal: int, on: list[list[str]], wanted: Doc) -> Doc:
        """A note or a task on the records ``on``."""
        id = self.next_id()
        made = properties.new(what, id, wanted, self.now()) | {"on": on}
        return self.store.put(f"{portal}/{what}", id, made)

    def _create(self, request: Request, what: str) -> Response:
        """Not one without all of its associations: whether HubSpot is as strict isn't known."""
        portal = self.caller(request, "crm.objects.contacts.write").portal
        body = self.body(request, "properties", "associations")
        wanted = properties.check(body.get("properties"), self.defined(portal, what))
        if not wanted.get("hs_timestamp"):
            raise refusals.invalid_property("hs_timestamp", "INVALID_DATE", "hs_timestamp is required")
        if len(wanted.get("hs_note_body", "")) > properties.LONGEST_NOTE:
            raise refusals.invalid_property("hs_note_body", "TOO_LONG", "at most 65536 characters")
        on = [self._target(portal, what, one) for one in body.get("associations") or []]
        return answer(self.shown(portal, what, self.add(what, portal, on, wanted), [*wanted]), 201)

    def _associated(self, request: Request, kind: str, id: str, what: str) -> Response:
        kind = self.kind(kind)
        portal = self.caller(request, f"crm.objects.{kind}.read").portal
        self.object(portal, kind, id)
        type = {"category": "HUBSPOT_DEFINED", "typeId": FROM_RECORD[what][kind], "label": None}
        rows = [
            {"toObjectId": int(one["id"]), "associationTypes": [type]}
            for one in self._on(what, portal, kind, id)
        ]
        return answer(self.paged(request, rows, "toObjectId", default=500, most=500))

    def _on(self, what: str, portal: int, kind: str, id: str) -> list[Doc]:
        return self.store.all(f"{portal}/{what}", lambda one: [kind, id] in one["on"])

    def _target(self, portal: int, what: str, association: Doc) -> list[str]:
        """The record of one association. Raises Refused with 400 for one that can't be made."""
        id = str(association["to"]["id"])
        for type in association["types"]:
            kind = TO_RECORD[what].get(type["associationTypeId"])
            if type["associationCategory"] != "HUBSPOT_DEFINED" or kind is None:
                raise refusals.invalid(f"Invalid association type {type['associationTypeId']}")
            if self.store.get(f"{portal}/{kind}", id):
                return [kind, id]
        raise refusals.invalid(f"One or more associations are not valid: {id}")

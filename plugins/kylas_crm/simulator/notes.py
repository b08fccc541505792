"""Notes on leads, deals and contacts. Listing them gives no order one could rely on."""

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.paging import ordered, paged
from plugins.kylas_crm.simulator.state import Tenant, millis_time

KINDS = {"LEAD": "lead", "DEAL": "deal", "CONTACT": "contact"}


def new_note(tenant: Tenant, id: int, kind: str, target: int, author: int, text: str, at: str) -> Doc:
    """A note as it is stored, written to the tenant."""
    note = {
        "id": id,
        "ownerId": author,
        "tenantId": tenant.id,
        "title": None,
        "description": text,
        "relations": [{"entityType": kind, "entityId": target}],
        "createdAt": at,
        "updatedAt": at,
        "createdBy": author,
        "updatedBy": author,
    }
    return tenant.put("note", note)


def notes_of(tenant: Tenant, kind: str, target: int) -> list[Doc]:
    """The notes on a record, oldest first."""
    on = {"entityType": kind, "entityId": target}
    return tenant.all("note", lambda note: on in note["relations"])


def _scrambled(note: Doc) -> int:
    """A sort key that has nothing to do with time, and is the same for every page."""
    return int(note["id"]) * 2_654_435_761 % 2**32


class Notes(KylasBase):
    """``/v1/notes``"""

    @route("POST", "/v1/notes/relation")
    def add_note(self, request: Request) -> Response:
        caller, body = self.caller(request), self.body(request)
        kind, record = self._target(caller, body)
        if not caller.may("note", "write") or not caller.may_on(kind, record, "note"):
            raise refusals.ruby(422, "029003", "You don't have permission on the associated entity")
        text = (body.get("sourceEntity") or {}).get("description")
        if not isinstance(text, str) or not text.strip():
            raise refusals.invalid("Description can't be blank")
        note = new_note(
            caller.tenant,
            self.next_id(),
            kind.upper(),
            record["id"],
            caller.id,
            text,
            millis_time(self.clock()),
        )
        shown = {name: value for name, value in note.items() if name != "relations"}
        actions = {"read": True, "update": True, "delete": True}
        return answer({**shown, "relation": None, "recordActions": actions, "metaData": None})

    @route("GET", "/v1/notes/relation")
    def record_notes(self, request: Request) -> Response:
        caller = self.caller(request)
        kind, record = self._target(caller, dict(request.GET))
        notes = sorted(notes_of(caller.tenant, kind.upper(), record["id"]), key=_scrambled)
        fields = ("id", "createdAt", "createdBy", "description")
        return answer(paged(request, [{name: note[name] for name in fields} for note in notes]))

    @route("POST", "/v1/notes/search")
    def search_notes(self, request: Request) -> Response:
        """Every note of the tenant: the filter is ignored, as the real one does."""
        notes = ordered(request, self.caller(request).tenant.all("note"))
        fields = ("id", "description", "ownerId", "relations", "createdAt")
        return answer(paged(request, [{name: note[name] for name in fields} for note in notes]))

    @route("DELETE", "/v1/notes/{id}")
    def delete_note(self, request: Request, id: str) -> Response:
        caller = self.caller(request)
        note = caller.tenant.get("note", id)
        if not note or not (note["createdBy"] == caller.id or caller.may("note", "deleteAll")):
            raise refusals.missing("note")
        caller.tenant.delete("note", id)
        return Response(status=200)

    def _target(self, caller: Caller, given: Doc) -> tuple[str, Doc]:
        """The record that a note is about. Raises Refused: 400 for no kind, 404 for no record."""
        kind = KINDS.get(str(given.get("targetEntityType")))
        if not kind:
            raise refusals.invalid("Invalid targetEntityType")
        return kind, self.record(caller, kind, str(given.get("targetEntityId")))

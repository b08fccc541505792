"""Acme CRM on this machine: its API with state, for the sandbox and for tests.

Replace the wire format by that of the real CRM, from its documentation; the checks stay the same.
"""

from dataclasses import dataclass

from webob import Request, Response

from core.testing.simulator import Refused, Simulator, answer, route
from core.testing.store import Doc

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Start:
    """A tenant of the start state, the key that opens it, and one of its deals."""

    id: str
    name: str
    key: str
    deal: int


NORTHWIND = Start("northwind", "Northwind Trading", "key-northwind-sandbox-4c39", 7)
LAKESIDE = Start("lakeside", "Lakeside Clinics", "key-lakeside-sandbox-9a54", 8)
STARTS = (NORTHWIND, LAKESIDE)
REVOKED_KEY = "key-northwind-revoked-0b7e"
REASONS = ("Too dear", "Too late")


class AcmeSimulator(Simulator):
    """Acme CRM, as far as payment links need it."""

    id = "acme_crm"
    title = "Acme CRM simulator"
    hints = (f"Connect the CRM in Dealpay with the key {NORTHWIND.key}.",)

    def seed(self) -> None:
        for start in STARTS:
            for kind, id in (("deal", start.deal), ("lead", start.deal + 10)):
                for name in ("Sales", "Renewals"):
                    self._add_pipeline(start, kind, name)
                at = self._stages(start.id, f"{start.id}-{kind}-Sales")[0]
                record = {"id": id, "kind": kind, "title": "Office fit-out", "may": ["update", "note"]}
                self.store.put(f"{start.id} {kind}", id, record | {"stage": at})
            for number, name in enumerate(("Asha Rao", "Ravi Iyer"), 1):
                self.add_user(start.id, number, name)

    @route("GET", "/v1/account")
    def show_account(self, request: Request) -> Response:
        start = self._caller(request)
        return answer({"id": start.id, "name": start.name, "currency": "INR"})

    @route("GET", "/v1/{kinds}/{id}")
    def show_record(self, request: Request, kinds: str, id: str) -> Response:
        return answer(self._record(self._caller(request), kinds, id))

    @route("POST", "/v1/{kinds}/{id}/stage")
    def move(self, request: Request, kinds: str, id: str) -> Response:
        start, wanted = self._caller(request), request.json_body["stage"]
        with self.store.lock:
            record = self._record(start, kinds, id)
            stages = self._stages(start.id, record["stage"]["pipeline_id"])
            there = [stage for stage in stages if stage["id"] == wanted]
            if not there:
                raise Refused(answer({"error": "no such stage"}, 422))
            record |= {"stage": there[0]}
            return answer(self.store.put(f"{start.id} {record['kind']}", id, record))

    @route("GET", "/v1/pipelines")
    def list_pipelines(self, request: Request) -> Response:
        return answer({"pipelines": self.store.all(f"{self._caller(request).id} pipeline")})

    @route("GET", "/v1/users")
    def list_users(self, request: Request) -> Response:
        return _page(request, "users", self.store.all(f"{self._caller(request).id} user"))

    @route("GET", "/v1/{kinds}/{id}/notes")
    def list_notes(self, request: Request, kinds: str, id: str) -> Response:
        start = self._caller(request)
        record = self._record(start, kinds, id)
        return _page(request, "notes", self.notes(start.id, record["kind"], id))

    @route("POST", "/v1/{kinds}/{id}/notes")
    def create_note(self, request: Request, kinds: str, id: str) -> Response:
        start = self._caller(request)
        record = self._record(start, kinds, id)
        return answer(self.add_note(start.id, record["kind"], id, request.json_body["text"]))

    def notes(self, tenant: str, kind: str, id: str) -> list[Doc]:
        """The notes on a record, oldest first."""
        return self.store.all(f"{tenant} note", lambda note: note["on"] == [kind, str(id)])

    def add_note(self, tenant: str, kind: str, id: str, text: str) -> Doc:
        number = self.store.counter("note")
        note = {"id": number, "on": [kind, str(id)], "text": text}
        return self.store.put(f"{tenant} note", number, note)

    def add_user(self, tenant: str, id: int, name: str) -> None:
        user = {"id": id, "name": name, "email": f"user{id}@{tenant}.example", "active": True}
        self.store.put(f"{tenant} user", id, user)

    def _add_pipeline(self, start: Start, kind: str, name: str) -> None:
        id = f"{start.id}-{kind}-{name}"
        outcomes = (("Open", "open"), ("Offer", "open"), ("Won", "won"), ("Lost", "lost"))
        stages = [
            {"id": f"{id}-{stage}", "name": stage, "position": place, "outcome": outcome}
            | {"reasons": list(REASONS) if outcome == "lost" else []}
            for place, (stage, outcome) in enumerate(outcomes, 1)
        ]
        pipeline = {"id": id, "name": name, "kind": kind, "stages": stages}
        self.store.put(f"{start.id} pipeline", id, pipeline)

    def _stages(self, tenant: str, pipeline_id: str) -> list[Doc]:
        """The stages of a pipeline as a record tells where it stands."""
        pipeline = self.store.get(f"{tenant} pipeline", pipeline_id) or {"stages": []}
        return [
            {"id": stage["id"], "name": stage["name"]}
            | {"pipeline_id": pipeline_id, "pipeline_name": pipeline["name"]}
            for stage in pipeline["stages"]
        ]

    def _record(self, start: Start, kinds: str, id: str) -> Doc:
        record = self.store.get(f"{start.id} {kinds.removesuffix('s')}", id)
        if record is None:
            raise Refused(answer({"error": "no such record"}, 404))
        return record

    def _caller(self, request: Request) -> Start:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for start in STARTS:
            if key == start.key:
                return start
        raise Refused(answer({"error": "unknown key"}, 401))


def _page(request: Request, name: str, rows: list[Doc]) -> Response:
    begin = int(request.GET.get("page", 0)) * PAGE_SIZE
    found = rows[begin : begin + PAGE_SIZE]
    return answer({name: found, "last": begin + PAGE_SIZE >= len(rows)})

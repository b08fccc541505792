"""The scaffold's simulator with fields, owners and tasks."""

from typing import Any

from webob import Request, Response

from core.testing.simulator import Refused, answer, route
from core.testing.store import Doc
from plugins.acme_crm.simulator import NORTHWIND, STARTS, AcmeSimulator, Start, _page

#: (id, type, choices, writable)
FIELDS = (
    ("reference", "text", (), True),
    ("received", "number", (), True),
    ("paid_on", "date", (), True),
    ("state", "choice", ("due", "paid"), True),
    ("settled", "bool", (), True),
    ("changed_on", "date", (), False),
)


class FullSimulator(AcmeSimulator):
    """Acme CRM, as far as actions need it."""

    def seed(self) -> None:
        super().seed()
        for start in STARTS:
            owner = self.store.get(f"{start.id} user", 1)
            for kind, id in (("deal", start.deal), ("lead", start.deal + 10)):
                record = self.store.get(f"{start.id} {kind}", id) or {}
                self.store.put(f"{start.id} {kind}", id, record | {"owner": owner, "fields": {}})

    @route("GET", "/v1/fields")
    def list_fields(self, request: Request) -> Response:
        self._caller(request)
        names = ("id", "type", "choices", "writable")
        return answer(
            {"fields": [dict(zip(names, one, strict=True)) | {"name": one[0]} for one in FIELDS]}
        )

    @route("POST", "/v1/{kinds}/{id}/fields")
    def replace_fields(self, request: Request, kinds: str, id: str) -> Response:
        """All fields of the record: those that aren't sent are empty then."""
        return self._changed(request, kinds, id, {"fields": request.json_body["fields"]})

    @route("POST", "/v1/{kinds}/{id}/owner")
    def give(self, request: Request, kinds: str, id: str) -> Response:
        start = self._caller(request)
        owner = self.store.get(f"{start.id} user", request.json_body["owner"])
        if owner is None:
            raise Refused(answer({"error": "no such user"}, 422))
        return self._changed(request, kinds, id, {"owner": owner})

    @route("GET", "/v1/{kinds}/{id}/tasks")
    def list_tasks(self, request: Request, kinds: str, id: str) -> Response:
        start = self._caller(request)
        self._record(start, kinds, id)
        return _page(request, "tasks", self.tasks(start.id, id))

    @route("POST", "/v1/{kinds}/{id}/tasks")
    def make_task(self, request: Request, kinds: str, id: str) -> Response:
        start = self._caller(request)
        self._record(start, kinds, id)
        return answer(self.add_task(start.id, id, **request.json_body))

    def issue(self, kind: str) -> str:
        """A code or a token that opens Northwind Trading."""
        number = self.store.counter(kind)
        token = f"{kind}-{number}-{'x' * 20}"
        self.store.put(kind, token, {"token": token})
        return token

    def take_back(self) -> None:
        for kind in ("code", "access", "renewal"):
            for one in self.store.all(kind):
                self.store.delete(kind, one["token"])

    @route("POST", "/oauth/token")
    def token(self, request: Request) -> Response:
        [kind] = {"code", "renewal"} & set(request.POST)
        given = request.POST[kind]
        if self.store.get(kind, given) is None:
            return answer({"error": "invalid_grant"}, 400)
        self.store.delete(kind, given)
        return answer(
            {"access": self.issue("access"), "renewal": self.issue("renewal"), "seconds": 3600}
        )

    def _caller(self, request: Request) -> Start:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return NORTHWIND if self.store.get("access", token) else super()._caller(request)

    def tasks(self, tenant: str, id: str) -> list[Doc]:
        """The tasks on a record, oldest first."""
        return self.store.all(f"{tenant} task", lambda task: task["on"] == id)

    def add_task(self, tenant: str, id: str, **task: Any) -> Doc:
        number = self.store.counter("task")
        return self.store.put(f"{tenant} task", number, {"id": number, "on": id, **task})

    def _changed(self, request: Request, kinds: str, id: str, changes: Doc) -> Response:
        start = self._caller(request)
        with self.store.lock:
            record = self._record(start, kinds, id) | changes
            return answer(self.store.put(f"{start.id} {record['kind']}", id, record))

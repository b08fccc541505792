"""What every part of the simulator builds on: credentials, tenants, limits and refusals."""

from pathlib import Path
from typing import Any

from webob import Request, Response

from core.testing.faults import FaultKind
from core.testing.simulator import Simulator, answer
from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.ratelimit import EXHAUSTED, RateLimits
from plugins.kylas_crm.simulator.state import Tenant

HERE = Path(__file__).parent


class KylasBase(Simulator):
    """The API's common ground. The parts of the API are subclasses, joined in the package."""

    id = "kylas_crm"
    title = "Kylas"
    templates = HERE / "templates"
    static = HERE / "static"

    def __init__(self, *, base_url: str, **options: Any):
        self.limits = RateLimits(lambda: self.clock())
        super().__init__(base_url=base_url, **options)

    def tenant(self, id: int) -> Tenant:
        return Tenant(self.store, id)

    def next_id(self) -> int:
        """Ids are unique over all tenants and kinds, and above those of the start state."""
        return self.store.counter("id", 900_001)

    def caller(self, request: Request) -> Caller:
        """Who calls, by API key or bearer token. Raises Refused, as Kylas does."""
        if (key := request.headers.get("api-key")) is not None:
            if not (owner := self.store.get("api_key", key)):
                raise refusals.invalid_key()
            return self.caller_of(owner["tenantId"], owner["userId"], by_key=True)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.store.get("access_token", token) if scheme.lower() == "bearer" else None
        if not grant or grant["expires"] <= self.clock():
            raise refusals.unrecognised()
        return self.caller_of(grant["tenantId"], grant["userId"])

    def caller_of(self, tenant_id: int, user_id: int, *, by_key: bool = False) -> Caller:
        tenant = self.tenant(tenant_id)
        user = tenant.get("user", user_id)
        if not user or not user["active"]:
            raise refusals.unrecognised()
        profile = tenant.get("profile", user["profileId"])
        assert profile
        return Caller(tenant, user, profile, by_key)

    def record(self, caller: Caller, kind: str, id: str | int, action: str = "read") -> Doc:
        """A record on which the caller may do ``action``. Raises Refused with 404 otherwise."""
        found = caller.tenant.get(kind, id)
        if not found or not caller.may_on(kind, found, action):
            raise refusals.missing(kind)
        return found

    def body(self, request: Request) -> Doc:
        """The JSON object of a request. Raises Refused with 400 where it isn't one."""
        try:
            body = request.json_body
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise refusals.invalid("Invalid request body.")
        return body

    def reset(self) -> None:
        super().reset()
        self.limits.clear()

    def respond(self, request: Request) -> Response:
        """Serve a page as it is, and the API behind its rate limit."""
        if not self.faulty(request):
            return super().respond(request)
        grant = self.limits.take(request)
        response = super().respond(request) if grant.served else Response(status=429)
        for name, value in grant.headers().items():
            response.headers.setdefault(name, value)
        return response

    def dispatch(self, request: Request, path: str) -> Response:
        # One request at a time: what a handler reads can't change before it writes.
        with self.store.lock:
            return super().dispatch(request, path)

    def fault_answer(self, kind: FaultKind, request: Request) -> Response:
        if kind is FaultKind.RATE_LIMITED:
            return Response(status=429, headers=EXHAUSTED.headers())
        if kind is FaultKind.SERVER_ERROR:
            return refusals.something_went_wrong().response
        return answer({"message": "Service Unavailable"}, 503)

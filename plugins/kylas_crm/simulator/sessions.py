"""The person at the browser: a cookie says whom they play."""

from urllib.parse import urlsplit

from webob import Request, Response

from core.testing.simulator import Refused, route
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.callers import Caller

COOKIE = "kylas_simulator_user"


class Sessions(KylasBase):
    """Who a person is in the CRM, and the switch between the people they can be."""

    def person(self, request: Request) -> Caller:
        """Whom the browser plays; the first tenant's owner until they choose otherwise."""
        tenant, _, user = request.cookies.get(COOKIE, "").partition("-")
        if tenant.isdigit() and user.isdigit() and self.store.get("tenant", tenant):
            try:
                return self.caller_of(int(tenant), int(user))
            except Refused:
                pass
        return self.people()[0][1][0]

    def people(self) -> list[tuple[str, list[Caller]]]:
        """Everyone one can be, by tenant."""
        return [
            (
                tenant["companyName"],
                [
                    self.caller_of(tenant["id"], user["id"])
                    for user in self.tenant(tenant["id"]).all("user", lambda one: one["active"])
                ],
            )
            for tenant in self.store.all("tenant")
        ]

    @route("POST", "/switch")
    def switch(self, request: Request) -> Response:
        """Be someone else, and look at their start page."""
        response = Response(status=303, location=f"{self.base_url}/")
        response.set_cookie(
            COOKIE,
            str(request.POST.get("person", "")),
            path=urlsplit(self.base_url).path or "/",
            httponly=True,
            samesite="Lax",
        )
        return response

"""Users, profiles and the tenant."""

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals
from plugins.kylas_crm.simulator.callers import ACTIONS
from plugins.kylas_crm.simulator.paging import ordered, paged
from plugins.kylas_crm.simulator.state import Tenant, full_name, offset_time
from plugins.kylas_crm.simulator.webhooks import Webhooks


def _permissions(profile: Doc) -> list[Doc]:
    """A profile's permissions as ``/users/me`` shows them."""
    return [
        {
            "id": number,
            "name": entity,
            "description": f"has access to {entity}",
            "limits": -1,
            "units": "count",
            "action": {action: action in allowed for action in ACTIONS},
        }
        for number, (entity, allowed) in enumerate(profile["permissions"].items(), 1)
    ]


def _view(tenant: Tenant, user: Doc) -> Doc:
    profile = tenant.get("profile", user["profileId"])
    assert profile
    return {**user, "permissions": _permissions(profile)}


class Users(Webhooks):
    """``/v1/users``, ``/v1/profiles``, ``/v1/tenants``"""

    @route("GET", "/v1/users/me")
    def me(self, request: Request) -> Response:
        caller = self.caller(request)
        return answer(_view(caller.tenant, caller.user))

    @route("GET", "/v1/users/{id}")
    def user(self, request: Request, id: str) -> Response:
        caller = self.caller(request)
        found = caller.tenant.get("user", id)
        if not found:
            raise refusals.missing("user")
        return answer(_view(caller.tenant, found))

    @route("GET", "/v1/users")
    def users(self, request: Request) -> Response:
        people = self.caller(request).tenant.all("user")
        return answer(paged(request, ordered(request, people, "id,asc")))

    @route("POST", "/v1/users/search")
    def search_users(self, request: Request) -> Response:
        """Only the asked fields come back, as in every search."""
        caller = self.caller(request)
        fields: list[str] = self.body(request).get("fields") or ["id", "firstName", "lastName", "email"]
        people = ordered(request, caller.tenant.all("user"))
        rows = [{name: user.get(name) for name in fields} for user in people]
        return answer(paged(request, rows))

    @route("GET", "/v1/users/lookup")
    def look_users_up(self, request: Request) -> Response:
        """Ids and names for a type-ahead; no e-mail in here."""
        caller = self.caller(request)
        rows = [{"id": user["id"], "name": full_name(user)} for user in caller.tenant.all("user")]
        return answer(paged(request, looked_up(request, rows), most=50))

    @route("PUT", "/v1/users/{id}/activate")
    def activate_user(self, request: Request, id: str) -> Response:
        return self._set_active(request, id, active=True)

    @route("PUT", "/v1/users/{id}/deactivate")
    def deactivate_user(self, request: Request, id: str) -> Response:
        return self._set_active(request, id, active=False)

    def _set_active(self, request: Request, id: str, *, active: bool) -> Response:
        caller = self.caller(request)
        user = caller.tenant.get("user", id)
        if not user or not caller.may("user", "update"):
            raise refusals.missing("user")
        user |= {"active": active, "updatedAt": offset_time(self.clock()), "updatedBy": caller.id}
        caller.tenant.put("user", user)
        self.emit(caller.tenant, "USER_ACTIVATED" if active else "USER_DEACTIVATED", "user", user)
        return answer(_view(caller.tenant, user))

    @route("POST", "/v1/profiles/search")
    def profiles(self, request: Request) -> Response:
        rows = [
            {name: profile[name] for name in ("id", "name", "description", "active", "systemDefault")}
            for profile in self.caller(request).tenant.all("profile")
        ]
        return answer(paged(request, rows, most=1000))

    @route("GET", "/v1/tenants")
    def tenants(self, request: Request) -> Response:
        """One tenant, the caller's, whatever the path says."""
        return answer(self.caller(request).tenant.details())

    @route("GET", "/v1/entities/label")
    def labels(self, request: Request) -> Response:
        self.caller(request)
        return answer(
            {
                "LEAD": {"displayName": "Lead", "displayNamePlural": "Leads"},
                "DEAL": {"displayName": "Deal", "displayNamePlural": "Deals"},
            }
        )


def looked_up(request: Request, rows: list[Doc]) -> list[Doc]:
    """The rows that a lookup's ``q=name:text`` names; all of them without a text."""
    _, _, text = request.GET.get("q", "").partition(":")
    return [row for row in rows if text.strip().casefold() in str(row["name"]).casefold()]

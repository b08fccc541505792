"""The account, its tokens, its owners, and the pipelines of deals."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.hubspot_crm.simulator import refusals
from plugins.hubspot_crm.simulator.base import HubSpotBase


class AccountApi(HubSpotBase):
    """``/account-info``, ``/oauth``, ``/crm/v3/owners``, ``/crm/v3/pipelines``"""

    @route("GET", "/account-info/v3/details")
    def account_details(self, request: Request) -> Response:
        account = self.account(self.caller(request, "oauth").portal)
        now = datetime.fromtimestamp(self.clock(), UTC).astimezone(ZoneInfo(account["timeZone"]))
        offset = now.utcoffset()
        assert offset is not None
        return answer(
            {
                "portalId": account["portalId"],
                "accountType": "STANDARD",
                "timeZone": account["timeZone"],
                "companyCurrency": account["currency"],
                "additionalCurrencies": account["others"],
                "utcOffset": _offset(now),
                "utcOffsetMilliseconds": int(offset.total_seconds() * 1000),
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "eu1",
            }
        )

    @route("POST", "/oauth/v2/private-apps/get/access-token-info")
    def token_info(self, request: Request) -> Response:
        """What a token may do, asked with the same or another one."""
        self.caller(request)
        token = self.store.get("token", str(self.body(request, "tokenKey").get("tokenKey")))
        if token is None or token["expired"] or "oauth" in token:
            raise refusals.not_found()
        return answer(
            {
                "userId": token["userId"],
                "hubId": token["portal"],
                "appId": token["appId"],
                "scopes": token["scopes"],
            }
        )

    @route("GET", "/crm/v3/owners")
    def list_owners(self, request: Request) -> Response:
        portal = self.caller(request, "crm.objects.owners.read").portal
        archived = request.GET.get("archived", "false") == "true"
        rows = [one for one in self.owners(portal) if one["archived"] is archived]
        return answer(self.paged(request, rows, "id", default=100, most=500))

    @route("GET", "/crm/v3/owners/{id}")
    def read_owner(self, request: Request, id: str) -> Response:
        """By the owner's id, or with ``idProperty=userId`` by the user's."""
        portal = self.caller(request, "crm.objects.owners.read").portal
        key = request.GET.get("idProperty", "id")
        archived = request.GET.get("archived", "false") == "true"
        for one in self.owners(portal):
            if str(one.get(key)) == id and one["archived"] is archived:
                return answer(one)
        raise refusals.not_found()

    @route("GET", "/crm/v3/pipelines/{kind}")
    def list_pipelines(self, request: Request, kind: str) -> Response:
        """All of them, on one page; those that are archived are left out."""
        if kind not in ("deals", "0-3"):
            raise refusals.invalid(f"Unable to infer object type from: {kind}")
        portal = self.caller(request, "crm.objects.deals.read").portal
        return answer({"results": [one for one in self.pipelines(portal) if not one["archived"]]})

    def account(self, portal: int) -> Doc:
        found = self.store.get("account", portal)
        assert found is not None
        return found

    def owners(self, portal: int) -> list[Doc]:
        return self.store.all(f"{portal}/owners")

    def pipelines(self, portal: int) -> list[Doc]:
        return self.store.all(f"{portal}/pipelines")


def _offset(now: datetime) -> str:
    """``+01:00``"""
    text = f"{now:%z}"
    return f"{text[:3]}:{text[3:]}"

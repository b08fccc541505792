"""The OAuth part: a page that asks for access, codes, and tokens."""

import secrets
from urllib.parse import urlencode

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.hubspot_crm.simulator import refusals
from plugins.hubspot_crm.simulator.pages import Pages
from plugins.hubspot_crm.simulator.seed_data import BRIGHTWATER, READS, WRITES

#: Of the app, as HubSpot would issue them; they open nothing but this simulator.
CLIENT_ID = "7fff1e36-2d40-4ae1-bbb1-5266d59564fb"
CLIENT_SECRET = "simulated-hubspot-secret"  # noqa: S105

ACCESS_SECONDS = 1_800
CODE_SECONDS = 300


class OAuth(Pages):
    """``/oauth/authorize``, ``/oauth/v3/token``"""

    @property
    def callback_url(self) -> str:
        """Where the registered app takes its code."""
        return f"{self.app_url}/install/hubspot"

    def issue_code(self, portal: int) -> str:
        """A code with which the app can take an account's tokens, once."""
        code = secrets.token_urlsafe(16)
        until = self.clock() + CODE_SECONDS
        self.store.put("code", code, {"code": code, "portal": portal, "until": until})
        return code

    def revoke(self, portal: int) -> None:
        """The app is uninstalled from an account: its tokens end."""
        for kind in ("refresh_token", "token"):
            for one in self.store.all(kind, lambda one: one["portal"] == portal and "oauth" in one):
                self.store.delete(kind, one["key"])

    @route("GET", "/oauth/authorize")
    def ask(self, request: Request) -> Response:
        """What the app wants, to be allowed or not."""
        asked = request.GET
        wanted = set(asked.get("scope", "").split())
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != self.callback_url:
            return answer({"message": "The app or its redirect URL isn't known."}, 400)
        if not wanted <= {*READS, *WRITES}:
            return answer({"message": "The app asks for scopes that it isn't registered with."}, 400)
        account = self.account(BRIGHTWATER.portal)
        return self._page(
            "authorize.html",
            account,
            title="Connect an app",
            here="apps",
            scopes=sorted(wanted),
            state=asked.get("state", ""),
        )

    @route("POST", "/oauth/authorize")
    def decide(self, request: Request) -> Response:
        query = {"state": request.POST.get("state", "")}
        if request.POST.get("answer") == "allow":
            query["code"] = self.issue_code(int(str(request.POST.get("portal"))))
        else:
            query["error"] = "access_denied"
        return Response(status=303, location=f"{self.callback_url}?{urlencode(query)}")

    @route("POST", "/oauth/v3/token")
    def token(self, request: Request) -> Response:
        """Exchange a code, or renew with a refresh token; all of it in the form."""
        asked = {name: str(value) for name, value in request.POST.items()}
        if asked.get("client_id") != CLIENT_ID:
            return _refusal("BAD_CLIENT_ID", "missing or unknown client id")
        if not secrets.compare_digest(asked.get("client_secret", "").encode(), CLIENT_SECRET.encode()):
            return _refusal("BAD_CLIENT_SECRET", "missing or invalid client secret")
        if asked.get("grant_type") == "authorization_code":
            code = self.store.get("code", asked.get("code", ""))
            if code:
                self.store.delete("code", code["code"])
            if not code or code["until"] < self.clock():
                return _refusal("BAD_AUTH_CODE", "missing or unknown auth code")
            if asked.get("redirect_uri") != self.callback_url:
                return _refusal("BAD_REDIRECT_URI", "redirect URI mismatch")
            return answer(self._tokens(code["portal"], self._refresh_token(code["portal"])))
        if asked.get("grant_type") == "refresh_token":
            known = self.store.get("refresh_token", asked.get("refresh_token", ""))
            if not known:
                return _refusal("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
            return answer(self._tokens(known["portal"], known["key"]))
        return _refusal("BAD_GRANT_TYPE", "unknown grant type")

    def _refresh_token(self, portal: int) -> str:
        key = secrets.token_urlsafe(24)
        self.store.put("refresh_token", key, {"key": key, "portal": portal, "oauth": True})
        return key

    def _tokens(self, portal: int, refresh_token: str) -> Doc:
        access = f"CNj_{secrets.token_urlsafe(60)}"
        facts = {"key": access, "portal": portal, "scopes": [*READS, *WRITES], "expired": False}
        until = self.clock() + ACCESS_SECONDS
        app = {"appId": 4120099, "userId": 61500101, "oauth": True, "until": until}
        self.store.put("token", access, facts | app)
        return {
            "token_type": "bearer",
            "access_token": access,
            "refresh_token": refresh_token,
            "expires_in": ACCESS_SECONDS,
            "hub_id": portal,
            "user_id": 61500101,
            "scopes": [*READS, *WRITES],
        }


def _refusal(status: str, message: str) -> Response:
    body = refusals.invalid(message).response.json_body
    return answer(body | {"status": status}, 400)

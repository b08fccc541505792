"""The OAuth part: codes, tokens, and the app's own credentials.

The app is installed from inside the CRM; ``/oauth/authorize`` is the same thing begun outside.
"""

import secrets
import uuid
from base64 import b64decode
from binascii import Error as NotBase64
from urllib.parse import urlencode

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.permissions import SCOPE
from plugins.kylas_crm.simulator.sessions import Sessions

#: Settings of the app, as the marketplace would issue them; they open nothing but this simulator.
APP_ID = "dealpay-app"
CLIENT_ID = "dealpay-client"
CLIENT_SECRET = "simulated-client-secret"  # noqa: S105

ACCESS_SECONDS = 86_399
REFRESH_SECONDS = 90 * 86_400
CODE_SECONDS = 600  # the real lifetime is unknown; short and single use is the careful guess


def _refusal(status: int, error: str, description: str) -> Response:
    return answer({"error": error, "error_description": description}, status)


def _basic(request: Request) -> tuple[str, str]:
    """Client id and secret of the Authorization header, empty where there are none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return "", ""
    return name, secret


class OAuth(Sessions, KylasBase):
    """``/oauth/...``"""

    @property
    def callback_url(self) -> str:
        """Where the registered app takes its code."""
        return f"{self.app_url}/install/kylas"

    def issue_code(self, tenant_id: int, user_id: int) -> str:
        """A code with which the app can take this user's tokens, once."""
        return self._grant("code", secrets.token_urlsafe(16), tenant_id, user_id, CODE_SECONDS)

    @route("GET", "/oauth/authorize")
    def authorize(self, request: Request) -> Response:
        """Send the person at the browser to the app with a code; they allow it by coming here."""
        asked = request.GET
        if asked.get("client_id") != CLIENT_ID:
            return _refusal(401, "invalid_client", "Unknown client.")
        if asked.get("redirect_uri", self.callback_url) != self.callback_url:
            return _refusal(400, "invalid_request", "redirect_uri is not the registered one.")
        if asked.get("response_type") != "code":
            return _refusal(400, "unsupported_response_type", "response_type must be code.")
        person = self.person(request)
        query = {"code": self.issue_code(person.tenant.id, person.id)}
        if "state" in asked:
            query["state"] = asked["state"]
        return Response(status=302, location=f"{self.callback_url}?{urlencode(query)}")

    @route("POST", "/oauth/token")
    def token(self, request: Request) -> Response:
        """Exchange a code or a refresh token, given in the form or in the query."""
        name, secret = _basic(request)
        known = secrets.compare_digest(secret.encode(), CLIENT_SECRET.encode())
        if name != CLIENT_ID or not known:
            return _refusal(401, "invalid_client", "Bad client credentials.")
        asked = {name: str(value) for name, value in request.params.items()}
        kind = asked.get("grant_type")
        if kind == "authorization_code":
            if asked.get("redirect_uri") != self.callback_url:
                return _refusal(400, "invalid_grant", "redirect_uri is not the registered one.")
            grant = self._spend("code", asked.get("code", ""))
        elif kind == "refresh_token":
            grant = self._spend("refresh_token", asked.get("refresh_token", ""))
        else:
            return _refusal(400, "unsupported_grant_type", f"Unsupported grant type: {kind}")
        if not grant:
            return _refusal(400, "invalid_grant", "The code or token is unknown, used or expired.")
        return answer(self._issue(grant["tenantId"], grant["userId"]))

    def revoke(self, tenant_id: int, user_id: int) -> None:
        """Forget every token of a user: the app was uninstalled."""
        for kind in ("code", "access_token", "refresh_token"):
            for grant in self.store.all(kind):
                if (grant["tenantId"], grant["userId"]) == (tenant_id, user_id):
                    self.store.delete(kind, grant["token"])

    def _issue(self, tenant_id: int, user_id: int) -> Doc:
        tokens = {
            kind: self._grant(kind, f"{uuid.uuid4()}:{tenant_id}:{user_id}", tenant_id, user_id, life)
            for kind, life in (("access_token", ACCESS_SECONDS), ("refresh_token", REFRESH_SECONDS))
        }
        return {**tokens, "token_type": "bearer", "expires_in": ACCESS_SECONDS, "scope": SCOPE}

    def _grant(self, kind: str, token: str, tenant_id: int, user_id: int, life: int) -> str:
        grant = {"token": token, "tenantId": tenant_id, "userId": user_id}
        self.store.put(kind, token, {**grant, "expires": self.clock() + life})
        return token

    def _spend(self, kind: str, token: str) -> Doc | None:
        """The grant behind a code or refresh token, which is used up by this."""
        grant = self.store.get(kind, token)
        if not grant:
            return None
        self.store.delete(kind, token)
        return grant if grant["expires"] > self.clock() else None

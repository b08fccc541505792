"""HubSpot's OAuth: docs/contracts/hubspot.md, 1. Refresh tokens stay good until an uninstall."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from pydantic import SecretStr
from urllib3.exceptions import NewConnectionError

from core.api.context import CrmContext
from core.api.errors import CredentialsError, NotSent, OutcomeUnknown, Rejected
from core.api.records import Grant
from plugins.hubspot_crm.permissions import SCOPES
from plugins.hubspot_crm.settings import HubSpotGrant

#: What HubSpot says where the operator's id or secret is wrong, and nobody's access has ended.
_CLIENT = frozenset({"BAD_CLIENT_ID", "BAD_CLIENT_SECRET"})


def authorize_url(ctx: CrmContext[Any], state: str, redirect_uri: str) -> str:
    """The page of HubSpot where a super admin chooses the account and gives access to it."""
    query = {
        "client_id": ctx.options["client_id"],
        "scope": " ".join(("oauth", *SCOPES)),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{ctx.options['app_base'].rstrip('/')}/oauth/authorize?{urlencode(query)}"


def exchange(ctx: CrmContext[Any], code: str, redirect_uri: str) -> Grant:
    """The tokens behind a code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _tokens(ctx, form)


def refresh(ctx: CrmContext[Any], grant: HubSpotGrant) -> Grant:
    """Another access token."""
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.get_secret_value()}
    return _tokens(ctx, form)


def _tokens(ctx: CrmContext[Any], form: dict[str, str]) -> Grant:
    app = {name: ctx.options[name] for name in ("client_id", "client_secret")}
    try:
        reply = ctx.http.post(
            f"{ctx.options['api_base'].rstrip('/')}/oauth/v3/token",
            data=form | app,
            timeout=ctx.timeout,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        cause = error.args[0] if error.args else None
        refused = isinstance(getattr(cause, "reason", None), NewConnectionError)
        if refused or isinstance(error, requests.ConnectTimeout):
            raise NotSent("HubSpot can't be reached.") from error
        raise OutcomeUnknown("HubSpot's answer was lost.") from error
    status = reply.status_code
    if status in (requests.codes.too_many_requests, requests.codes.unavailable):
        raise NotSent(f"HubSpot answered {status}.")
    raw = _json(reply)
    if 400 <= status < 500:
        if raw.get("status") in _CLIENT:
            raise Rejected(
                "client_refused",
                "HubSpot doesn't know this app: its client id or secret is wrong. Tell the operator.",
            )
        raise CredentialsError(
            "HubSpot doesn't accept this: it was used before, has run out, or the app was uninstalled."
        )
    try:
        settings = HubSpotGrant(
            access_token=SecretStr(raw["access_token"]), refresh_token=SecretStr(raw["refresh_token"])
        )
        return Grant(settings, ctx.clock() + timedelta(seconds=int(raw["expires_in"])))
    except (ValueError, KeyError, TypeError):
        raise OutcomeUnknown("HubSpot gave no clear answer.") from None


def _json(reply: requests.Response) -> dict[str, Any]:
    try:
        raw = reply.json()
    except ValueError:
        return {}
    return raw if isinstance(raw, dict) else {}

"""HubSpot's OAuth: docs/contracts/hubspot.md, 1. Refresh tokens stay good until an uninstall."""

from typing import Any
from urllib.parse import urlencode

from core.api.context import CrmContext
from core.api.oauth import ask_for_tokens
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
    made = ask_for_tokens(
        ctx,
        f"{ctx.options['api_base'].rstrip('/')}/oauth/v3/token",
        form | app,
        crm="HubSpot",
        client_refused=lambda status, answer: answer.get("status") in _CLIENT,
    )
    settings = HubSpotGrant(access_token=made.access, refresh_token=made.refresh)
    return Grant(settings, made.expires_at)

"""Kylas's OAuth: contracts/kylas.md, 1.2 and 3.2. Refresh tokens work once."""

from typing import Any
from urllib.parse import urlencode

import requests

from core.api.context import CrmContext
from core.api.oauth import ask_for_tokens
from core.api.records import Grant
from plugins.kylas_crm.settings import KylasGrant


def authorize_url(ctx: CrmContext[Any], state: str, redirect_uri: str) -> str:
    """The page of Kylas that asks for access; which, was decided when the app was registered there."""
    query = {
        "client_id": ctx.options["client_id"],
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{_base(ctx)}/oauth/authorize?{urlencode(query)}"


def exchange(ctx: CrmContext[Any], code: str, redirect_uri: str) -> Grant:
    """The tokens behind a code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _tokens(ctx, form)


def refresh(ctx: CrmContext[Any], grant: KylasGrant) -> Grant:
    """New tokens, of which the old refresh token is no more."""
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.get_secret_value()}
    return _tokens(ctx, form)


def _tokens(ctx: CrmContext[Any], form: dict[str, str]) -> Grant:
    made = ask_for_tokens(
        ctx,
        f"{_base(ctx)}/oauth/token",
        form,
        crm="Kylas",
        auth=(ctx.options["client_id"], ctx.options["client_secret"]),
        client_refused=lambda status, answer: status == requests.codes.unauthorized,
    )
    settings = KylasGrant(access_token=made.access, refresh_token=made.refresh)
    return Grant(settings, made.expires_at)


def _base(ctx: CrmContext[Any]) -> str:
    return ctx.options["api_base"].rstrip("/")

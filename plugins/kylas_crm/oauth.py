"""Kylas's OAuth: contracts/kylas.md, 1.2 and 3.2. Refresh tokens work once."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from pydantic import SecretStr
from urllib3.exceptions import NewConnectionError

from core.api.context import CrmContext
from core.api.errors import CredentialsError, NotSent, OutcomeUnknown, Rejected
from core.api.records import Grant
from plugins.kylas_crm.settings import KylasGrant

_ENDED = "Kylas doesn't accept this: it was used before, has run out, or the app was uninstalled."


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
    who = (ctx.options["client_id"], ctx.options["client_secret"])
    try:
        reply = ctx.http.post(
            f"{_base(ctx)}/oauth/token",
            data=form,
            auth=who,
            timeout=ctx.timeout,
            allow_redirects=False,
        )
    except requests.ConnectionError as error:
        cause = error.args[0] if error.args else None
        refused = isinstance(getattr(cause, "reason", None), NewConnectionError)
        if refused or isinstance(error, requests.ConnectTimeout):
            raise NotSent("Kylas can't be reached.") from error
        raise OutcomeUnknown("Kylas's answer was lost.") from error
    except requests.RequestException as error:
        raise OutcomeUnknown("Kylas's answer was lost.") from error
    if reply.status_code in (requests.codes.too_many_requests, requests.codes.unavailable):
        raise NotSent(f"Kylas answered {reply.status_code}.")
    if reply.status_code == requests.codes.unauthorized:
        raise Rejected(
            "client_refused",
            "Kylas doesn't know this app: its client id or secret is wrong. Tell the operator.",
        )
    if 400 <= reply.status_code < 500:
        raise CredentialsError(_ENDED)
    try:
        raw = reply.json()
        access, renewal = raw["access_token"], raw["refresh_token"]
        seconds = int(raw["expires_in"])
    except (ValueError, KeyError, TypeError):
        raise OutcomeUnknown("Kylas gave no clear answer.") from None
    settings = KylasGrant(access_token=SecretStr(access), refresh_token=SecretStr(renewal))
    return Grant(settings, ctx.clock() + timedelta(seconds=seconds))


def _base(ctx: CrmContext[Any]) -> str:
    return ctx.options["api_base"].rstrip("/")

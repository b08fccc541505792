"""Asking the token endpoint of a CRM: what each of its answers means for the access that is asked for.

For connectors that offer ``authorize_url`` and its companions: whether nothing was asked, access has
ended for good, or nobody knows, decides whether a connection is renewed again or shown as ended.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from pydantic import SecretStr
from urllib3.exceptions import NewConnectionError

from core.api.context import CrmContext
from core.api.errors import CredentialsError, NotSent, OutcomeUnknown, Rejected
from core.api.text import _

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint has answered; ``expires_at`` is when the access runs out, aware UTC."""

    access: SecretStr
    refresh: SecretStr
    expires_at: datetime


def ask_for_tokens(
    ctx: CrmContext[Any],
    url: str,
    form: Mapping[str, str],
    *,
    crm: str,
    client_refused: Callable[[int, Json], bool],
    auth: tuple[str, str] | None = None,
) -> Tokens:
    """Send ``form`` to a token endpoint, once.

    ``crm`` is the CRM's name for people, and ``client_refused`` says of a status and a body whether it
    is the operator's own id or secret that is wrong, and nobody's access has ended.

    Raises NotSent where nothing was done and it may be asked again, CredentialsError where what was
    given is worth nothing any more, Rejected where the operator has to put something right, and
    OutcomeUnknown where the answer is lost: what works once may be used up.
    """
    try:
        reply = ctx.http.post(
            url, data=dict(form), auth=auth, timeout=ctx.timeout, allow_redirects=False
        )
    except requests.RequestException as error:
        cause = error.args[0] if error.args else None
        unsent = isinstance(getattr(cause, "reason", None), NewConnectionError)
        if unsent or isinstance(error, requests.ConnectTimeout):
            raise NotSent(_("%(crm)s can't be reached.", crm=crm)) from error
        raise OutcomeUnknown(_("%(crm)s's answer was lost.", crm=crm)) from error
    status = reply.status_code
    if status in (requests.codes.too_many_requests, requests.codes.unavailable):
        raise NotSent(_("%(crm)s answered %(status)s.", crm=crm, status=status))
    answer = _json(reply)
    if 400 <= status < 500:
        if client_refused(status, answer):
            raise Rejected(
                "client_refused",
                _(
                    "%(crm)s doesn't know this app: its client id or secret is wrong. "
                    "Tell the operator.",
                    crm=crm,
                ),
            )
        raise CredentialsError(
            _(
                "%(crm)s doesn't accept this: it was used before, has run out, or the app was "
                "uninstalled.",
                crm=crm,
            )
        )
    try:
        return Tokens(
            SecretStr(answer["access_token"]),
            SecretStr(answer["refresh_token"]),
            ctx.clock() + timedelta(seconds=int(answer["expires_in"])),
        )
    except (ValueError, KeyError, TypeError):
        raise OutcomeUnknown(_("%(crm)s gave no clear answer.", crm=crm)) from None


def _json(reply: requests.Response) -> Json:
    try:
        answer = reply.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}

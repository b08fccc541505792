"""Posting a message, and what the receiver's answer means."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from core.api.context import ActionContext
from core.api.errors import NotSent, OutcomeUnknown, Rejected
from core.api.text import _
from plugins.actions_webhook.settings import SendWebhookConfig
from plugins.actions_webhook.signing import headers

_LATER = frozenset({408, 409, 425, 429})
_MOST_WAIT = 86_400.0  # seconds


def host_of(url: str) -> str:
    return urlsplit(url).hostname or url


def post(ctx: ActionContext, config: SendWebhookConfig, message_id: str, body: bytes) -> str:
    """The status that the receiver answered with, a 2xx.

    ``message_id`` is the same in every attempt: receivers drop by it what they have had before. Raises
    NotSent where it may be tried again, OutcomeUnknown where the answer was lost, Rejected for a no.
    """
    host, secret = host_of(config.url), config.secret.get_secret_value()
    signed = headers(secret, message_id, int(ctx.clock().timestamp()), body)
    try:
        reply = ctx.http.post(
            config.url,
            data=body,
            headers={"Content-Type": "application/json", "User-Agent": "Dealpay-Webhooks/1", **signed},
            allow_redirects=False,
        )
    except requests.exceptions.SSLError as error:
        raise NotSent(
            _("%(host)s has no certificate that can be trusted. Nothing was sent.", host=host)
        ) from error
    except requests.RequestException as error:
        if _never_left(error):
            raise NotSent(_("%(host)s can't be reached. Nothing was sent.", host=host)) from error
        raise OutcomeUnknown(
            _("%(host)s gave no clear answer. It is sent again, under the same id.", host=host)
        ) from error
    return _outcome(ctx, host, reply)


def _outcome(ctx: ActionContext, host: str, reply: requests.Response) -> str:
    status = reply.status_code
    if 200 <= status < 300:
        return str(status)
    if status in _LATER or status >= 500:
        raise NotSent(
            _("%(host)s answered %(status)s.", host=host, status=status),
            retry_after=_retry_after(reply, ctx.clock()),
        )
    if status == requests.codes.gone:
        raise Rejected(
            "receiver_gone",
            _("%(host)s answered 410: it wants no more of these. Switch the rule off.", host=host),
        )
    if 300 <= status < 400:
        raise Rejected(
            "redirected",
            _(
                "%(host)s sends us elsewhere (%(status)s), and redirects aren't followed. Put the "
                "address where it leads into the rule.",
                host=host,
                status=status,
            ),
        )
    raise Rejected(
        f"http_{status}",
        _("%(host)s refused the message: it answered %(status)s.", host=host, status=status),
    )


def _never_left(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        getattr(cause, "reason", None), NewConnectionError
    )


def _retry_after(reply: requests.Response, now: datetime) -> float | None:
    """Seconds to wait; None where the receiver doesn't say. RFC 9110, 10.2.3: seconds, or a date."""
    given = reply.headers.get("Retry-After", "").strip()
    try:
        asked = (
            float(given) if given.isdecimal() else (parsedate_to_datetime(given) - now).total_seconds()
        )
    except (ValueError, TypeError):  # no date, or one without a time zone
        return None
    return min(asked, _MOST_WAIT) if asked > 0 else None

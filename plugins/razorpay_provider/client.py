"""Razorpay over HTTP: one request at a time, every answer sorted into the core's errors."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from core.api.context import ProviderContext
from core.api.errors import (
    CredentialsError,
    DealpayError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
)
from core.api.text import _
from plugins.razorpay_provider.settings import RazorpaySettings

Json = dict[str, Any]

PAGE_SIZE = 100
MAX_ROWS = 10_000
"""How much of a list is gone through: a hundred requests, where pages are full."""
# Razorpay tells what is gone, or somebody else's, by these words and a 400.
_MISSING = ("does not exist", "not found on the server")


class ReferenceTaken(Rejected):
    """There is a link with this reference already: ours, where an answer was lost."""


class _Unusable(Exception):
    """No answer that says what happened: a 5xx, a redirect, something that isn't JSON."""


class Api:
    """Razorpay as one pair of keys sees it.

    Reads raise NotSent where no clear answer came, writes OutcomeUnknown: Razorpay knows no
    idempotency key for links. Either raises CredentialsError, NotFound or Rejected.
    """

    def __init__(self, ctx: ProviderContext[RazorpaySettings]):
        self._http, self._log = ctx.http, ctx.log
        self._timeout = (min(ctx.timeout, 4), ctx.timeout)
        self._base = f"{ctx.options['api_base'].rstrip('/')}/v1"
        self._auth = (ctx.settings.key_id, ctx.settings.key_secret.get_secret_value())

    def read(self, *path: str, **params: Any) -> Json:
        """The answer to ``GET /v1/a/b`` for ``read("a", "b")``."""
        try:
            return self._ask("GET", path, params=params)
        except (requests.RequestException, _Unusable):
            raise NotSent(
                _("Razorpay gives no clear answer at the moment. Nothing was done; try again shortly.")
            ) from None

    def pages(self, *path: str, rows: str = "items", since: int | None = None) -> Iterator[Json]:
        """What a list holds, all of it or from ``since`` on, the newest first.

        Raises OutcomeUnknown rather than stop in the middle.
        """
        params = {} if since is None else {"from": since}
        skip = 0
        while skip < MAX_ROWS:
            found = self.read(*path, count=PAGE_SIZE, skip=skip, **params).get(rows) or []
            yield from found
            # A short page needn't be the last: how many a page holds at most isn't documented.
            if not found:
                return
            skip += len(found)
        raise OutcomeUnknown(
            _(
                "Razorpay lists more than %(max_rows)s here, too many to go through. Look for it in "
                "Razorpay's dashboard.",
                max_rows=f"{MAX_ROWS:,}",
            )
        )

    def write(self, *path: str, body: Json | None = None) -> Json:
        """The answer to a POST, which is sent once."""
        try:
            return self._ask("POST", path, json=body or {})
        except (requests.RequestException, _Unusable):
            raise OutcomeUnknown(
                _(
                    "Razorpay's answer didn't arrive or can't be read. Nothing was charged, but it may "
                    "have been done: it has to be looked up before it is tried again."
                )
            ) from None

    def _ask(self, method: str, path: tuple[str, ...], **options: Any) -> Json:
        url = "/".join((self._base, *(quote(part, safe="") for part in path)))
        try:
            reply = self._http.request(
                method, url, auth=self._auth, timeout=self._timeout, allow_redirects=False, **options
            )
        except requests.ConnectionError as error:
            if _never_left(error):
                raise NotSent(_("Razorpay can't be reached at the moment. Nothing was done.")) from None
            raise
        if not reply.ok:
            self._log.warning("razorpay_error", status=reply.status_code)
            raise _meaning(reply)
        return _object(reply)


def _meaning(reply: requests.Response) -> DealpayError | _Unusable:
    """What an answer that isn't a success means; the status decides, for the code is always the same."""
    status = reply.status_code
    if status == requests.codes.unauthorized:
        return CredentialsError(
            _(
                "Razorpay refuses this key: the key ID and the secret don't belong together, or another "
                "key has replaced them. Nothing was charged. Paste a pair that is valid now."
            ),
            field="key_secret",
        )
    if status == requests.codes.too_many_requests:
        return NotSent(_("Razorpay gets too many requests at the moment. Nothing was done."))
    if not 400 <= status < 500 or status == requests.codes.request_timeout:
        return _Unusable()
    said = _description(reply)
    if status == requests.codes.not_found or said.endswith(_MISSING):
        return NotFound(
            _(
                "Razorpay doesn't have this in the connected account. Nothing was charged. "
                "Check that the connected account and its mode, test or live, are the right ones."
            )
        )
    sentence = _(
        "Razorpay refused this: %(said)s. Nothing was charged.", said=said or _("no reason given")
    )
    if re.search(r"reference.*already", said, re.IGNORECASE | re.DOTALL):
        return ReferenceTaken("reference_taken", sentence)
    return Rejected("refused", sentence)


def _object(reply: requests.Response) -> Json:
    try:
        answer = reply.json()
    except ValueError:
        raise _Unusable from None
    if not isinstance(answer, dict) or reply.is_redirect:
        raise _Unusable
    return answer


def _description(reply: requests.Response) -> str:
    """What Razorpay says of a refusal, without its last full stop."""
    try:
        said = _object(reply).get("error")
    except _Unusable:
        return ""
    return str(said.get("description") or "").rstrip(". ") if isinstance(said, dict) else ""


def _never_left(error: requests.ConnectionError) -> bool:
    """Whether no connection came about, so that nothing can have been sent."""
    cause = error.args[0] if error.args else None
    refused = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    return refused or isinstance(error, requests.ConnectTimeout)

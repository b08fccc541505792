"""Acme CRM over HTTP: one request at a time, every answer sorted into the core's errors."""

import hashlib
from collections.abc import Iterator
from typing import Any

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from core.api.context import CrmContext
from core.api.errors import CredentialsError, NotFound, NotSent, OutcomeUnknown, Rejected
from plugins.acme_crm.settings import AcmeSettings

Json = dict[str, Any]

PER_SECOND, BURST = 5, 20
MAX_PAGES = 100


class _Unusable(Exception):
    """No answer that says what happened: a 5xx, or something that isn't JSON."""


class Api:
    """Acme CRM as one key sees it.

    Where no clear answer comes, a read raises NotSent and a write OutcomeUnknown, for Acme CRM knows
    no idempotency key. Either raises CredentialsError, NotFound or Rejected where it says no.
    """

    def __init__(self, ctx: CrmContext[AcmeSettings]):
        key = ctx.settings.api_key.get_secret_value()
        self._http, self._log, self._timeout = ctx.http, ctx.log, ctx.timeout
        self._base = f"{ctx.options['api_base'].rstrip('/')}/v1"
        self._headers = {"Authorization": f"Bearer {key}"}
        fingerprint = hashlib.sha256(key.encode()).hexdigest()
        self._bucket = ctx.token_bucket(fingerprint, PER_SECOND, BURST)

    def read(self, path: str, **params: Any) -> Json:
        """The answer to a GET."""
        try:
            return self._ask("GET", path, params=params)
        except (requests.RequestException, _Unusable):
            raise NotSent("Acme CRM gives no clear answer at the moment. Nothing was done.") from None

    def pages(self, path: str, rows: str) -> Iterator[Json]:
        """What a list holds, page by page. Raises Rejected rather than stop in the middle."""
        for page in range(MAX_PAGES):
            answer = self.read(path, page=page)
            yield from answer[rows]
            if answer["last"]:
                return
        raise Rejected("too_many_rows", "Acme CRM lists too much here to go through.")

    def write(self, path: str, body: Json) -> Json:
        """The answer to a POST, which is sent once."""
        try:
            return self._ask("POST", path, json=body)
        except (requests.RequestException, _Unusable):
            raise OutcomeUnknown("Acme CRM's answer was lost. The payment is not affected.") from None

    def _ask(self, method: str, path: str, **options: Any) -> Json:
        self._bucket.acquire(self._timeout)
        try:
            reply = self._http.request(
                method, self._base + path, headers=self._headers, timeout=self._timeout, **options
            )
        except requests.ConnectionError as error:
            if _never_left(error):
                raise NotSent("Acme CRM can't be reached at the moment. Nothing was done.") from None
            raise
        if reply.status_code == requests.codes.too_many_requests:
            self._bucket.pause(1)
            raise NotSent("Acme CRM asks us to slow down.", retry_after=1)
        if not reply.ok:
            self._log.warning("acme_error", status=reply.status_code)
            raise _meaning(reply)
        try:
            answer = reply.json()
        except ValueError:
            raise _Unusable from None
        if not isinstance(answer, dict):
            raise _Unusable
        return answer


def _meaning(reply: requests.Response) -> Exception:
    """What an answer that isn't a success means."""
    status = reply.status_code
    if status == requests.codes.unauthorized:
        return CredentialsError(
            "Acme CRM refuses this key: it is wrong or revoked. Paste a key that is valid now.",
            field="api_key",
        )
    if status >= 500:
        return _Unusable()
    if status == requests.codes.not_found:
        return NotFound("Acme CRM finds nothing there: it was deleted, or belongs to somebody else.")
    return Rejected("refused", "Acme CRM refused this. The payment is not affected.")


def _never_left(error: requests.ConnectionError) -> bool:
    """Whether no connection came about, so that nothing can have been sent."""
    cause = error.args[0] if error.args else None
    refused = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    return refused or isinstance(error, requests.ConnectTimeout)

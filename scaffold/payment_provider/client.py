"""Acme over HTTP: one request at a time, every answer sorted into the core's errors."""

from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from core.api.context import ProviderContext
from core.api.errors import CredentialsError, NotFound, NotSent, OutcomeUnknown, Rejected
from plugins.acme_provider.settings import AcmeSettings

Json = dict[str, Any]


class _Unusable(Exception):
    """No answer that says what happened: a 5xx, or something that isn't JSON."""


class Api:
    """Acme as one key sees it.

    Where no clear answer comes, a read raises NotSent and a write OutcomeUnknown. Either raises
    CredentialsError, NotFound or Rejected where Acme says no.
    """

    def __init__(self, ctx: ProviderContext[AcmeSettings]):
        self._http, self._log, self._timeout = ctx.http, ctx.log, ctx.timeout
        self._base = f"{ctx.options['api_base'].rstrip('/')}/v1"
        self._headers = {"Authorization": f"Bearer {ctx.settings.secret_key.get_secret_value()}"}
        self._key = ctx.idempotency_key

    def read(self, *path: str, **params: Any) -> Json:
        """The answer to ``GET /v1/a/b`` for ``read("a", "b")``."""
        try:
            return self._ask("GET", path, params=params)
        except (requests.RequestException, _Unusable):
            raise NotSent("Acme gives no clear answer at the moment. Nothing was done.") from None

    def write(self, *path: str, body: Json | None = None) -> Json:
        """The answer to a POST, sent under the idempotency key."""
        headers = {"Idempotency-Key": self._key} if self._key else {}
        try:
            return self._ask("POST", path, json=body or {}, headers=headers)
        except (requests.RequestException, _Unusable):
            raise OutcomeUnknown(
                "Acme's answer was lost. It has to be looked up what was done."
            ) from None

    def _ask(
        self, method: str, path: tuple[str, ...], headers: dict[str, str] | None = None, **options: Any
    ) -> Json:
        url = "/".join((self._base, *(quote(part, safe="") for part in path)))
        try:
            reply = self._http.request(
                method, url, headers=self._headers | (headers or {}), timeout=self._timeout, **options
            )
        except requests.ConnectionError as error:
            if _never_left(error):
                raise NotSent("Acme can't be reached at the moment. Nothing was done.") from None
            raise
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
            "Acme refuses this key: it is wrong or revoked. Paste a key that is valid now.",
            field="secret_key",
        )
    if status == requests.codes.too_many_requests:
        return NotSent("Acme gets too many requests at the moment. Nothing was done.")
    if status >= 500:
        return _Unusable()
    if status == requests.codes.not_found:
        return NotFound("Acme doesn't have this in the connected account.")
    return Rejected("refused", "Acme refused this. Nothing was charged.")


def _never_left(error: requests.ConnectionError) -> bool:
    """Whether no connection came about, so that nothing can have been sent."""
    cause = error.args[0] if error.args else None
    refused = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    return refused or isinstance(error, requests.ConnectTimeout)

"""Kylas over HTTP: one request at a time, every answer sorted into the core's errors."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import requests
from urllib3.exceptions import NewConnectionError

from core.api.context import CrmContext
from core.api.errors import CredentialsError, NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.text import N_, _, show

Json = dict[str, Any]

BURST = 4
PAGE_SIZE = 100  # Kylas's documents: at most 100 rows a page
MAX_PAGES = 50
LONGEST_PAUSE = 300.0  # seconds
INVALID_API_KEY = "001079"  # comes with a 400, not a 401

_ENDED = N_(
    "Kylas lets you in no more: the access was taken back, the app was uninstalled, or your user is "
    "deactivated there."
)


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens a tenant. ``per_second`` stays below Kylas's own limit: 5 for API keys, 10 for apps."""

    header: str
    value: str = field(repr=False)
    per_second: float

    @classmethod
    def api_key(cls, key: str) -> Self:
        return cls("api-key", key, 4)

    @classmethod
    def bearer(cls, token: str) -> Self:
        return cls("Authorization", f"Bearer {token}", 8)

    @property
    def fingerprint(self) -> str:
        """Tells credentials apart without giving any away."""
        return hashlib.sha256(self.value.encode()).hexdigest()


class _Unusable(Exception):
    """No answer that says what happened: a 5xx, a redirect, something that isn't JSON."""


class KylasClient:
    """Kylas's API for one credential.

    Reads are tried twice and then raise NotSent. Writes are sent once, for Kylas knows no
    idempotency key: what got no clear answer raises OutcomeUnknown. Either raises
    CredentialsError for a refused key, NotFound, or Rejected with Kylas's own code.
    ``permission`` is what the call needs in Kylas, named when it is missing.
    """

    def __init__(self, ctx: CrmContext[Any], credential: Credential):
        self._http = ctx.http
        self._timeout = ctx.timeout
        self._base = ctx.options["api_base"].rstrip("/")
        self._by_user = credential.header == "Authorization"
        self._headers = {credential.header: credential.value, "Accept": "application/json"}
        self._bucket = ctx.token_bucket(credential.fingerprint, credential.per_second, BURST)
        #: Which tenant's view this is, for what is remembered between calls.
        self.scope = f"{self._base} {credential.fingerprint}"

    def read(
        self,
        method: str,
        path: str,
        *,
        permission: str,
        params: Mapping[str, Any] | None = None,
        body: Json | None = None,
        shape: type | tuple[type, ...] = dict,
    ) -> Any:
        """The JSON answer, an instance of ``shape``."""
        for last_try in (False, True):
            self._bucket.acquire(self._timeout)
            try:
                reply = self._send(method, path, params, body)
                self._check(reply, permission)
                answer = reply.json()
                if isinstance(answer, shape):
                    return answer
                failure = _("it had another shape")
            except NotSent as refused:
                # After a 429 the second try waits in the bucket until Kylas takes requests again.
                if last_try or (refused.retry_after or 0) > self._timeout:
                    raise
                continue
            except (requests.RequestException, _Unusable) as error:
                failure = _kind(error)
                if isinstance(error, requests.Timeout):
                    break
        raise NotSent(
            _("Kylas gave no usable answer (%(failure)s). Try again in a minute.", failure=failure)
        )

    def write(self, method: str, path: str, body: Json, *, permission: str) -> Any:
        """The JSON answer, or None where Kylas said yes with a body that can't be read."""
        self._bucket.acquire(self._timeout)
        try:
            reply = self._send(method, path, None, body)
            self._check(reply, permission)
        except (requests.RequestException, _Unusable) as error:
            raise OutcomeUnknown(
                _(
                    "Kylas's answer was lost (%(failure)s): it may or may not have made the change. "
                    "No payment is affected.",
                    failure=_kind(error),
                )
            ) from error
        try:
            return reply.json()
        except ValueError:
            return None

    def pages(
        self,
        method: str,
        path: str,
        *,
        permission: str,
        params: Mapping[str, Any] | None = None,
        body: Json | None = None,
        whole: bool = False,
    ) -> Iterator[Json]:
        """The rows of a list, page by page. Raises Rejected rather than stop in the middle: with
        ``whole`` as soon as the list says that it is too long, since nothing less is of any use."""
        before: list[Any] = []
        for page in range(MAX_PAGES):
            answer = self.read(
                method,
                path,
                permission=permission,
                params={**(params or {}), "page": page, "size": PAGE_SIZE},
                body=body,
                shape=(dict, list),
            )
            bare = isinstance(answer, list)  # some clients have seen a list without its envelope
            rows = answer if bare else answer.get("content") or []
            if bare and rows == before:
                return  # the whole list each time, whichever page is asked for
            yield from (row for row in rows if isinstance(row, dict))
            if not rows or (len(rows) != PAGE_SIZE if bare else answer.get("last") is True):
                return
            if whole and not bare and (answer.get("totalElements") or 0) > MAX_PAGES * PAGE_SIZE:
                break
            before = rows
        raise Rejected(
            "too_many_rows",
            _(
                "Kylas lists more than %(most)s rows here, too many to go through. "
                "No payment is affected.",
                most=MAX_PAGES * PAGE_SIZE,
            ),
        )

    def _send(
        self, method: str, path: str, params: Mapping[str, Any] | None, body: Json | None
    ) -> requests.Response:
        try:
            return self._http.request(
                method,
                self._base + path,
                params=params,
                json=body,
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.ConnectionError as error:
            if _never_left(error):
                raise NotSent(_("Kylas can't be reached. Nothing was changed there.")) from error
            raise

    def _check(self, reply: requests.Response, permission: str) -> None:
        """Return for a success; raise for anything else."""
        status = reply.status_code
        if status == requests.codes.too_many_requests:
            seconds = _retry_after(reply)
            self._bucket.pause(seconds)
            raise NotSent(_("Kylas asks us to slow down."), retry_after=seconds)
        if 200 <= status < 300:
            return
        if not 400 <= status < 500 or status == requests.codes.request_timeout:
            raise _Unusable(_("it was an HTTP %(status)s", status=status))
        code, message = _refusal(reply)
        if status == requests.codes.unauthorized or code == INVALID_API_KEY:
            if self._by_user:
                raise CredentialsError(show(_ENDED))
            raise CredentialsError(
                _(
                    "Kylas does not accept this API key. Copy it again from Kylas, under Setup, "
                    "Integrations, API Keys."
                ),
                field="api_key",
            )
        if status == requests.codes.forbidden:
            raise Rejected(
                "forbidden",
                _(
                    'The API key lacks the Kylas permission "%(permission)s". Ask a Kylas admin to add '
                    "it, then try again. No payment is affected.",
                    permission=permission,
                ),
            )
        if status == requests.codes.not_found:
            raise NotFound(
                _(
                    "Kylas finds nothing there: it was deleted, belongs to another Kylas account, or "
                    "this API key may not see it. No payment is affected."
                )
            )
        reason = message.rstrip(". ") or status
        said = _("Kylas refused this (%(reason)s). No payment is affected.", reason=reason)
        raise Rejected(code or f"http_{status}", said)


def _refusal(reply: requests.Response) -> tuple[str, str]:
    """Code and message in either of Kylas's shapes, empty where they are missing."""
    try:
        body = reply.json()
    except ValueError:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    return str(body.get("code") or body.get("errorCode") or ""), str(body.get("message") or "")


def _retry_after(reply: requests.Response) -> float:
    """Seconds to wait: at least one, and one where Kylas doesn't say."""
    try:
        asked = float(reply.headers.get("X-RateLimit-Retry-After", 1))
    except ValueError:
        asked = 1.0
    return min(max(1.0, asked), LONGEST_PAUSE)


def _never_left(error: requests.ConnectionError) -> bool:
    """Whether no connection was made, so that nothing can have been sent."""
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        getattr(cause, "reason", None), NewConnectionError
    )


def _kind(error: Exception) -> str:
    """What went wrong, in words that name no address and no header."""
    if isinstance(error, requests.Timeout):
        return _("it took too long")
    if isinstance(error, requests.JSONDecodeError):
        return _("it was not JSON")
    return str(error) if isinstance(error, _Unusable) else _("the connection broke")

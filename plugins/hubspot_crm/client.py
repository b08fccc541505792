"""HubSpot over HTTP: one request at a time, every answer sorted into the core's errors."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from core.api.context import CrmContext
from core.api.errors import CredentialsError, NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.text import _
from plugins.hubspot_crm.settings import HubSpotGrant, HubSpotSettings

Json = dict[str, Any]

# The lowest limit of any plan is 100 requests in ten seconds for an app: at most 88 are made.
PER_SECOND = 8
BURST = 8
MAX_PAGES = 50
BATCH_SIZE = 100  # HubSpot's limit for a batch/read
LONGEST_PAUSE = 300.0  # seconds

# Seconds to wait where a 429 doesn't say: HubSpot documents the policies' names and no header.
_PAUSES = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0, "DAILY": LONGEST_PAUSE}
_LOCKED, _MIGRATING = 423, 477


class _Unusable(Exception):
    """No answer that says what happened: a 5xx, a redirect, something that isn't JSON."""


class HubSpotClient:
    """HubSpot's API for one access token.

    Reads are tried twice and then raise NotSent. Writes are sent once, for HubSpot knows no
    idempotency key: what got no clear answer raises OutcomeUnknown. Either raises
    CredentialsError for a refused token, NotFound, or Rejected with HubSpot's own category in
    small letters as its code. ``scope`` is what the call needs in HubSpot, named when it is missing.
    """

    def __init__(self, ctx: CrmContext[HubSpotSettings | HubSpotGrant]):
        self._http = ctx.http
        self._timeout = ctx.timeout
        self._base = ctx.options["api_base"].rstrip("/")
        self.token = ctx.settings.access_token.get_secret_value()
        self._headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        fingerprint = hashlib.sha256(self.token.encode()).hexdigest()
        self._bucket = ctx.token_bucket(fingerprint, PER_SECOND, BURST)
        #: Which account's view this is, for what is remembered between calls.
        self.view = f"{self._base} {fingerprint}"

    def read(
        self,
        method: str,
        path: str,
        *,
        scope: str,
        params: Mapping[str, Any] | None = None,
        body: Json | None = None,
    ) -> Json:
        """The JSON object of the answer."""
        failure = ""
        for _try in range(2):
            self._bucket.acquire(self._timeout)
            try:
                reply = self._send(method, path, params, body)
                self._check(reply, scope)
                answer = reply.json()
                if isinstance(answer, dict):
                    return answer
                failure = _("it had another shape")
            except (requests.RequestException, _Unusable) as error:
                failure = _kind(error)
                if isinstance(error, requests.Timeout):
                    break
        raise NotSent(
            _("HubSpot gave no usable answer (%(failure)s). Try again in a minute.", failure=failure)
        )

    def write(self, method: str, path: str, body: Json, *, scope: str) -> Any:
        """The JSON answer, or None where HubSpot said yes with a body that can't be read."""
        self._bucket.acquire(self._timeout)
        try:
            reply = self._send(method, path, None, body)
            self._check(reply, scope)
        except (requests.RequestException, _Unusable) as error:
            raise OutcomeUnknown(
                _(
                    "HubSpot's answer was lost (%(failure)s): it may or may not have made the change. "
                    "No payment is affected.",
                    failure=_kind(error),
                )
            ) from error
        try:
            return reply.json()
        except ValueError:
            return None

    def pages(self, path: str, *, scope: str, limit: int) -> Iterator[Json]:
        """The rows of a list, page by page. Raises Rejected rather than stop in the middle."""
        params: Json = {"limit": limit}
        for _page in range(MAX_PAGES):
            answer = self.read("GET", path, scope=scope, params=params)
            yield from (row for row in answer.get("results") or [] if isinstance(row, dict))
            # HubSpot: no ``paging`` on the last page; its ``link`` isn't to be used.
            after = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if not after:
                return
            params["after"] = after
        raise Rejected(
            "too_many_rows",
            _(
                "HubSpot lists more than %(most)s rows here, too many to go through. "
                "No payment is affected.",
                most=MAX_PAGES * limit,
            ),
        )

    def batch(
        self, kind: str, ids: Sequence[str], properties: Sequence[str], *, scope: str
    ) -> Iterator[Json]:
        """The objects of these ids, a hundred at a time; those that are gone are left out.

        Raises NotSent where HubSpot leaves an object out for another reason.
        """
        for start in range(0, len(ids), BATCH_SIZE):
            inputs = [{"id": id} for id in ids[start : start + BATCH_SIZE]]
            answer = self.read(
                "POST",
                f"/crm/v3/objects/{kind}/batch/read",
                scope=scope,
                body={"properties": list(properties), "propertiesWithHistory": [], "inputs": inputs},
            )
            for error in answer.get("errors") or []:
                if error.get("category") != "OBJECT_NOT_FOUND":
                    raise NotSent(
                        _("HubSpot could not read all %(kind)s. Try again in a minute.", kind=kind)
                    )
            yield from (row for row in answer.get("results") or [] if isinstance(row, dict))

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
                raise NotSent(_("HubSpot can't be reached. Nothing was changed there.")) from error
            raise

    def _check(self, reply: requests.Response, scope: str) -> None:
        """Return for a success; raise for anything else."""
        status = reply.status_code
        if 200 <= status < 300:
            return
        if status == requests.codes.too_many_requests:
            policy = str(_body(reply).get("policyName") or "")
            seconds = _pause(reply, _PAUSES.get(policy, _PAUSES["TEN_SECONDLY_ROLLING"]))
            self._bucket.pause(seconds)
            said = (
                _("HubSpot took no request: its limit for today is used up.")
                if policy == "DAILY"
                else _("HubSpot took no request: it asks us to slow down.")
            )
            raise NotSent(said, retry_after=seconds)
        if status == _LOCKED:
            raise NotSent(_("HubSpot is busy with this record."), retry_after=_pause(reply, 2))
        if status == _MIGRATING:
            seconds = _pause(reply, LONGEST_PAUSE)
            said = _("HubSpot is moving this account to another place.")
            raise NotSent(said, retry_after=seconds)
        if not 400 <= status < 500 or status == requests.codes.request_timeout:
            raise _Unusable(_("it was an HTTP %(status)s", status=status))
        if status == requests.codes.unauthorized:
            raise CredentialsError(
                _(
                    "HubSpot does not accept this access token. Copy it again from HubSpot, under "
                    "Development, your app, Auth."
                ),
                field="access_token",
            )
        if status == requests.codes.not_found:
            raise NotFound(
                _(
                    "HubSpot finds nothing there: it was deleted, belongs to another HubSpot account, "
                    "or this access token may not see it. No payment is affected."
                )
            )
        body = _body(reply)
        if status == requests.codes.forbidden:
            raise Rejected(
                "forbidden",
                _(
                    'The access token lacks the HubSpot scope "%(scope)s". Add it to the app in '
                    "HubSpot, then try again. No payment is affected.",
                    scope=_lacking(body) or scope,
                ),
            )
        reason = str(body.get("message") or "").rstrip(". ")[:200] or status
        code = str(body.get("category") or f"http_{status}").lower()
        said = _("HubSpot refused this (%(reason)s). No payment is affected.", reason=reason)
        raise Rejected(code, said)


def _body(reply: requests.Response) -> Json:
    """The JSON object of a refusal; HubSpot: any of its fields may be missing."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _lacking(body: Json) -> str:
    """The scopes that a 403 names, where it does."""
    for error in body.get("errors") or []:
        context = (error.get("context") if isinstance(error, dict) else None) or {}
        if scopes := context.get("requiredGranularScopes") or context.get("requiredScopes"):
            return ", ".join(str(scope) for scope in scopes)
    return ""


def _pause(reply: requests.Response, default: float) -> float:
    """Seconds to wait, between one and five minutes: what HubSpot asks for, else ``default``."""
    try:
        asked = float(reply.headers.get("Retry-After", default))
    except ValueError:
        asked = default
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

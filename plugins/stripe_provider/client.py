"""Stripe's official client, made for one call of a verb, and its errors in the core's words.

Every call goes through ``read``, ``pages`` or ``write``: plain dicts come out, and nothing but the
errors of core.api. Whether a failed write may have been done depends on how far it got, so the
HTTP client keeps an eye on that.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
import stripe
from requests.exceptions import ChunkedEncodingError
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
from plugins.stripe_provider.settings import StripeSettings

API_VERSION = "2026-05-27.dahlia"
RETRIES = 2
Call = Callable[..., stripe.StripeObject]

# The SDK would write a file into the home directory and send what it measures.
stripe.enable_telemetry = False
stripe.set_app_info("Dealpay")
# At DEBUG it logs whole answers, the signing secret of a new endpoint among them.
logging.getLogger("stripe").setLevel(logging.WARNING)


class PermissionMissing(CredentialsError):
    """A good key that may not do this."""


class Api:
    """Stripe as one key sees it: ``api.read(api.v1.prices.retrieve, "price_1")``."""

    def __init__(self, ctx: ProviderContext[StripeSettings]):
        self._http = _Http(timeout=(min(ctx.timeout, 4), ctx.timeout), session=ctx.http)
        self._log = ctx.log
        self.v1 = stripe.StripeClient(
            ctx.settings.secret_key.get_secret_value(),
            base_addresses={"api": ctx.options["api_base"].rstrip("/")},
            stripe_version=API_VERSION,
            max_network_retries=RETRIES,
            http_client=self._http,
        ).v1

    def read(self, call: Call, *args: Any) -> dict[str, Any]:
        """The answer to a request that changes nothing."""
        with self._translated(writes=False):
            return call(*args).to_dict()

    def pages(self, call: Callable[..., Any], params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Everything that a list holds, from as many pages as it takes."""
        with self._translated(writes=False):
            for item in call(dict(params) | {"limit": 100}).auto_paging_iter():
                yield item.to_dict()

    def write(self, call: Call, *args: Any, idempotency_key: str | None = None) -> dict[str, Any]:
        """The answer to a request that changes something; without a key, the SDK makes one."""
        options = {"idempotency_key": idempotency_key} if idempotency_key else {}
        with self._translated(writes=True):
            return call(*args, options).to_dict()

    @contextmanager
    def _translated(self, *, writes: bool) -> Iterator[None]:
        self._http.maybe_done = False
        try:
            yield
        except stripe.StripeError as error:
            details = {"status": error.http_status, "code": _code(error), "request": error.request_id}
            self._log.warning("stripe_error", kind=type(error).__name__, **details)
            raise _meaning(error, uncertain=writes and self._http.maybe_done) from None


class _Http(stripe.RequestsClient):
    """Remembers whether an attempt may have had an effect, which a later refusal doesn't undo."""

    maybe_done = False

    def request(self, *args: Any, **kwargs: Any) -> Any:
        try:
            content, status, headers = super().request(*args, **kwargs)
        except stripe.APIConnectionError as error:
            self.maybe_done |= not _refused_connection(error.__cause__)
            # An answer that is cut short: the SDK gives up there, though its key makes it safe.
            error.should_retry |= isinstance(error.__cause__, ChunkedEncodingError)
            raise
        self.maybe_done |= status < 300 or status == 409 or status >= 500
        return content, status, headers


def _refused_connection(cause: BaseException | None) -> bool:
    """Whether no connection came about, so that nothing can have been sent."""
    if isinstance(cause, requests.ConnectTimeout):
        return True
    reason = cause.args[0] if isinstance(cause, requests.ConnectionError) and cause.args else None
    return isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)


def _meaning(error: stripe.StripeError, *, uncertain: bool) -> DealpayError:
    """What an error of the SDK means for the core. ``uncertain``: the write may have been done."""
    if isinstance(error, stripe.APIConnectionError) and isinstance(error.__cause__, DealpayError):
        return error.__cause__
    if isinstance(error, stripe.AuthenticationError):
        return CredentialsError(
            _(
                "Stripe refuses this key: it is wrong, expired or revoked. Nothing was charged. "
                "Paste a key that is valid now."
            ),
            field="secret_key",
        )
    if isinstance(error, stripe.PermissionError):
        return PermissionMissing(_permission_sentence(error), field="secret_key")
    if isinstance(error, stripe.IdempotencyError):
        return OutcomeUnknown(
            _(
                "Stripe has seen this request before with other contents. Nothing was charged. "
                "What came of the first one has to be looked up."
            )
        )
    if isinstance(error, (stripe.InvalidRequestError, stripe.CardError)):
        return _refusal(error)
    if uncertain:
        return OutcomeUnknown(
            _(
                "Stripe's answer didn't arrive or can't be read. Nothing was charged, but it may have "
                "been done: it has to be looked up before it is tried again."
            )
        )
    if isinstance(error, stripe.RateLimitError):
        return NotSent(
            _("Stripe gets too many requests at the moment. Nothing was done; try again shortly."),
            retry_after=_retry_after(error),
        )
    return NotSent(_("Stripe can't be reached at the moment. Nothing was done; try again shortly."))


def _refusal(error: stripe.StripeError) -> Rejected:
    said = (error.user_message or _("no reason given")).rstrip(".")
    if error.http_status == 404 or _code(error) == "resource_missing":
        return NotFound(
            _(
                "Stripe doesn't have this in the connected account: %(said)s. Nothing was charged. "
                "Check that the connected account and its mode, test or live, are the right ones.",
                said=said,
            )
        )
    return Rejected(
        _code(error) or "refused", _("Stripe refused this: %(said)s. Nothing was charged.", said=said)
    )


def _permission_sentence(error: stripe.StripeError) -> str:
    """Stripe names what is missing: 'rak_product_read', or "Products Read" as its pages say."""
    message = error.user_message or ""
    named = re.findall(r'"([\w ]+ (?:Read|Write))"', message)
    named = named or re.findall(r"'(?:rak_)?(\w+_(?:read|write))'", message)
    if not named:
        return _(
            "This key lacks a permission. Nothing was charged. Add it to the key in Stripe's dashboard "
            "under Developers, API keys, then try again."
        )
    return _(
        "This key lacks the permission %(names)s. Nothing was charged. Add it to the key in Stripe's "
        "dashboard under Developers, API keys, then try again.",
        names=", ".join(named),
    )


def _code(error: stripe.StripeError) -> str | None:
    """Some classes keep their code only in the error object."""
    return error.code or getattr(error.error, "code", None)


def _retry_after(error: stripe.StripeError) -> float | None:
    value = (error.headers or {}).get("retry-after", "")
    return float(value) if re.fullmatch(r"\d{1,5}(\.\d+)?", value) else None

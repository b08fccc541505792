"""Stripe's webhooks: verify, then translate. Nothing here calls out or keeps anything.

Stripe docs: Webhooks, verify manually. The SDK's own check takes one secret only, accepts any time
in the future, and lets a TypeError out for a header that isn't ASCII; so this is written out.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from typing import Any

from core.api.errors import InvalidSignature
from core.api.payments import Delivery, Mode, ProviderEvent
from plugins.stripe_provider.mapping import LINK_ID, utc

HEADER = "stripe-signature"
TOLERANCE = 300
"""Seconds that a signature may be old, or ahead of our clock."""
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
_TIME = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.-]{1,255}", re.ASCII)


def parse(delivery: Delivery, mode: Mode) -> ProviderEvent:
    """The event of a delivery. Raises InvalidSignature, which never quotes what was sent."""
    verify(delivery)
    return translate(_event(delivery.body), mode)


def verify(delivery: Delivery) -> None:
    """Raise InvalidSignature unless one of the secrets signed the body within the tolerance."""
    secrets = [secret.strip() for secret in delivery.secrets if secret.strip()]
    if not secrets:
        raise InvalidSignature("no signing secret is stored for this account")
    timestamp, signatures = _header(delivery.headers.get(HEADER, ""))
    if not _signed(delivery.body, timestamp, signatures, secrets):
        raise InvalidSignature("no signature matches the stored signing secrets")
    age = delivery.received_at.timestamp() - int(timestamp)
    if age > TOLERANCE:
        raise InvalidSignature("the signature is more than five minutes old")
    if age < -TOLERANCE:
        raise InvalidSignature("the signature is from the future; check this server's clock")


def translate(event: dict[str, Any], mode: Mode) -> ProviderEvent:
    """Which link a verified event is about, or why it is none of ours."""
    session = event["data"]["object"]
    ref = session.get("payment_link")
    metadata = session.get("metadata")
    link_id = metadata.get(LINK_ID) if isinstance(metadata, dict) else None
    ignored = None
    if event["type"] not in EVENT_TYPES:
        ignored = "Dealpay doesn't follow events of this type."
    elif event.get("livemode") is not (mode == "live"):
        ignored = f"The event isn't of the {mode} mode that the key is for."
    elif event.get("account"):
        ignored = "The event is about a connected account."
    elif not _is_name(ref):
        ignored = "The checkout wasn't opened from a payment link."
    return ProviderEvent(
        event_id=event["id"],
        type=event["type"],
        link_ref=None if ignored else ref,
        link_id=link_id if not ignored and _is_name(link_id) else None,
        ignored=ignored,
        at=utc(event["created"]),
    )


def _header(header: str) -> tuple[str, list[str]]:
    """``t=1795300000,v1=…,v1=…``: the time and the signatures of the one scheme that counts."""
    if not header:
        raise InvalidSignature("the Stripe-Signature header is missing")
    pairs = [item.strip().partition("=") for item in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]):
        raise InvalidSignature("the Stripe-Signature header holds no time")
    signatures = [value for name, _, value in pairs if name == "v1" and _SIGNATURE.fullmatch(value)]
    if not signatures:
        raise InvalidSignature("the Stripe-Signature header holds no v1 signature")
    return times[0], signatures


def _signed(body: bytes, timestamp: str, signatures: Iterable[str], secrets: Iterable[str]) -> bool:
    expected = [
        hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        for secret in secrets
    ]
    return any(hmac.compare_digest(one, given) for one in expected for given in signatures)


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise InvalidSignature("the body is signed but isn't JSON") from None
    if not isinstance(event, dict):
        raise InvalidSignature("the body is signed but isn't an event")
    if event.get("object") == "v2.core.event":
        raise InvalidSignature("this is a thin event; the endpoint has to send snapshots")
    data = event.get("data")
    if not (
        event.get("object") == "event"
        and _is_name(event.get("id"))
        and _is_name(event.get("type"))
        and type(event.get("created")) is int
        and 0 <= event["created"] < 10**11
        and isinstance(data, dict)
        and isinstance(data.get("object"), dict)
    ):
        raise InvalidSignature("the body is signed but isn't an event")
    return event


def _is_name(value: Any) -> bool:
    """Whether a value can be an id or a type: whoever holds the secret can sign anything."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None

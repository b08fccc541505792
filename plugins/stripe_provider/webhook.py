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
from core.api.text import N_
from plugins.stripe_provider.mapping import LINK_ID, utc

HEADER = "stripe-signature"
TOLERANCE = 300
"""Seconds that a signature may be old, or ahead of our clock."""
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
)
"""What changes the answer of ``fetch_status``. When a disputed amount leaves Stripe's balance or comes
back to it changes nothing there."""
_OTHER_MODE: dict[Mode, str] = {
    "test": N_("The event isn't of the test mode that the key is for."),
    "live": N_("The event isn't of the live mode that the key is for."),
}
_NO_LINK = N_("The checkout wasn't opened from a payment link.")
_NO_INTENT = N_("The money wasn't taken through a payment intent.")
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
        raise InvalidSignature(N_("no signing secret is stored for this account"))
    timestamp, signatures = _header(delivery.headers.get(HEADER, ""))
    if not _signed(delivery.body, timestamp, signatures, secrets):
        raise InvalidSignature(N_("no signature matches the stored signing secrets"))
    age = delivery.received_at.timestamp() - int(timestamp)
    if age > TOLERANCE:
        raise InvalidSignature(N_("the signature is more than five minutes old"))
    if age < -TOLERANCE:
        raise InvalidSignature(N_("the signature is from the future; check this server's clock"))


def translate(event: dict[str, Any], mode: Mode) -> ProviderEvent:
    """Which link or payment a verified event is about, or why it is none of ours.

    Refunds and disputes name no link, and their metadata isn't the link's; a charge's is.
    """
    obj = event["data"]["object"]
    metadata = obj.get("metadata")
    of_intent = event["type"].startswith("payment_intent.")
    refs = {
        "link_ref": obj.get("payment_link"),
        "link_id": metadata.get(LINK_ID) if isinstance(metadata, dict) else None,
        "intent_ref": obj.get("id" if of_intent else "payment_intent"),
    }
    ignored = _why_ignored(event, mode, refs)
    return ProviderEvent(
        event_id=event["id"],
        type=event["type"],
        ignored=ignored,
        at=utc(event["created"]),
        **{name: ref for name, ref in refs.items() if _is_name(ref) and not ignored},
    )


def is_event(event: dict[str, Any]) -> bool:
    """Whether an object has the shape that ``translate`` takes."""
    data = event.get("data")
    return (
        event.get("object") == "event"
        and _is_name(event.get("id"))
        and _is_name(event.get("type"))
        and type(event.get("created")) is int
        and 0 <= event["created"] < 10**11
        and isinstance(data, dict)
        and isinstance(data.get("object"), dict)
    )


def _why_ignored(event: dict[str, Any], mode: Mode, refs: dict[str, Any]) -> str | None:
    if event["type"] not in EVENT_TYPES:
        return N_("Dealpay doesn't follow events of this type.")
    if event.get("livemode") is not (mode == "live"):
        return _OTHER_MODE[mode]
    if event.get("account"):
        return N_("The event is about a connected account.")
    if event["type"].startswith("checkout."):
        return None if _is_name(refs["link_ref"]) else _NO_LINK
    if event["type"].startswith("payment_intent."):
        return None if _is_name(refs["link_id"]) else _NO_LINK
    return None if _is_name(refs["intent_ref"]) else _NO_INTENT


def _header(header: str) -> tuple[str, list[str]]:
    """``t=1795300000,v1=…,v1=…``: the time and the signatures of the one scheme that counts."""
    if not header:
        raise InvalidSignature(N_("the Stripe-Signature header is missing"))
    pairs = [item.strip().partition("=") for item in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]):
        raise InvalidSignature(N_("the Stripe-Signature header holds no time"))
    signatures = [value for name, _, value in pairs if name == "v1" and _SIGNATURE.fullmatch(value)]
    if not signatures:
        raise InvalidSignature(N_("the Stripe-Signature header holds no v1 signature"))
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
        raise InvalidSignature(N_("the body is signed but isn't JSON")) from None
    if not isinstance(event, dict):
        raise InvalidSignature(N_("the body is signed but isn't an event"))
    if event.get("object") == "v2.core.event":
        raise InvalidSignature(N_("this is a thin event; the endpoint has to send snapshots"))
    if not is_event(event):
        raise InvalidSignature(N_("the body is signed but isn't an event"))
    return event


def _is_name(value: Any) -> bool:
    """Whether a value can be an id or a type: whoever holds the secret can sign anything."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None

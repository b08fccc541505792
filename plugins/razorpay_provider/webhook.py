"""Razorpay's webhooks: verify, then translate. Nothing here calls out or keeps anything.

Razorpay docs: Validate and test webhooks. No time is signed, so that an old delivery can't be told
from a new one; what is believed of either is only which link or payment to look at.
"""

import hashlib
import hmac
import json
import re
from typing import Any

from core.api.errors import InvalidSignature
from core.api.payments import Delivery, ProviderEvent
from core.api.text import N_
from plugins.razorpay_provider.mapping import link_id, utc

SIGNATURE = "x-razorpay-signature"
EVENT_ID = "x-razorpay-event-id"
EVENT_TYPES = (
    "payment_link.paid",
    "payment_link.partially_paid",
    "payment_link.expired",
    "payment_link.cancelled",
    "refund.created",
    "refund.processed",
    "refund.failed",
    "payment.dispute.created",
    "payment.dispute.under_review",
    "payment.dispute.action_required",
    "payment.dispute.won",
    "payment.dispute.lost",
    "payment.dispute.closed",
)
"""What changes the answer of ``fetch_status``."""
_HEX = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.-]{1,255}", re.ASCII)


def parse(delivery: Delivery) -> ProviderEvent:
    """The event of a delivery. Raises InvalidSignature, which never quotes what was sent."""
    verify(delivery)
    return translate(_event(delivery.body), _event_id(delivery))


def verify(delivery: Delivery) -> None:
    """Raise InvalidSignature unless one of the secrets signed the body."""
    secrets = [secret.strip() for secret in delivery.secrets if secret.strip()]
    if not secrets:
        raise InvalidSignature(N_("no signing secret is stored for this account"))
    signature = delivery.headers.get(SIGNATURE, "")
    if not signature:
        raise InvalidSignature(N_("the X-Razorpay-Signature header is missing"))
    if not _HEX.fullmatch(signature):
        raise InvalidSignature(N_("the X-Razorpay-Signature header holds no signature"))
    expected = [hmac.new(key.encode(), delivery.body, hashlib.sha256).hexdigest() for key in secrets]
    if not any(hmac.compare_digest(one, signature) for one in expected):
        raise InvalidSignature(N_("the signature matches none of the stored signing secrets"))


def translate(event: dict[str, Any], event_id: str) -> ProviderEvent:
    """Which link or payment a verified event is about, or why it is none of ours.

    Refunds and disputes name the payment only.
    """
    link = _entity(event, "payment_link")
    about = _entity(event, "refund") or _entity(event, "dispute")
    refs = {
        "link_ref": link.get("id"),
        "link_id": link_id(link),
        "intent_ref": about.get("payment_id") or _entity(event, "payment").get("id"),
    }
    ignored = None
    if event["event"] not in EVENT_TYPES:
        ignored = N_("Dealpay doesn't follow events of this type.")
    elif not _is_name(
        refs["link_ref"] if event["event"].startswith("payment_link.") else about.get("id")
    ):
        ignored = N_("The event doesn't say what it is about.")
    return ProviderEvent(
        event_id=event_id,
        type=event["event"],
        ignored=ignored,
        at=utc(event["created_at"]),
        **{name: ref for name, ref in refs.items() if _is_name(ref) and not ignored},
    )


def _event_id(delivery: Delivery) -> str:
    """The id that every delivery of an event has; without one, equal bodies are one event."""
    given = delivery.headers.get(EVENT_ID, "")
    return given if _is_name(given) else f"body_{hashlib.sha256(delivery.body).hexdigest()}"


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise InvalidSignature(N_("the body is signed but isn't JSON")) from None
    if not isinstance(event, dict) or not _is_event(event):
        raise InvalidSignature(N_("the body is signed but isn't an event"))
    return event


def _is_event(event: dict[str, Any]) -> bool:
    return (
        event.get("entity") == "event"
        and _is_name(event.get("event"))
        and type(event.get("created_at")) is int
        and 0 <= event["created_at"] < 10**11
        and isinstance(event.get("payload"), dict)
    )


def _entity(event: dict[str, Any], name: str) -> dict[str, Any]:
    """``payload.<name>.entity``; empty where it is missing or has another shape."""
    holder = event["payload"].get(name)
    entity = holder.get("entity") if isinstance(holder, dict) else None
    return entity if isinstance(entity, dict) else {}


def _is_name(value: Any) -> bool:
    """Whether a value can be an id or a type: whoever holds the secret can sign anything."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None

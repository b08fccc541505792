"""Acme's webhooks: verify, then translate. Nothing here calls out or keeps anything."""

import hashlib
import hmac
import json
import re
from typing import Any

from core.api.errors import InvalidSignature
from core.api.payments import Delivery, ProviderEvent
from plugins.acme_provider.mapping import utc

HEADER = "Acme-Signature".lower()
TOLERANCE = 300
"""Seconds that a signature may be old, or ahead of our clock."""
EVENT_TYPES = ("payment.paid", "payment.declined", "refund.done", "dispute.opened", "dispute.closed")
_HEADER = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def parse(delivery: Delivery) -> ProviderEvent:
    """The event of a delivery. Raises InvalidSignature, which never quotes what was sent."""
    verify(delivery)
    return translate(_event(delivery.body))


def verify(delivery: Delivery) -> None:
    """Raise InvalidSignature unless one of the secrets signed the body within the tolerance."""
    secrets = [secret.strip() for secret in delivery.secrets if secret.strip()]
    if not secrets:
        raise InvalidSignature("no signing secret is stored for this account")
    found = _HEADER.fullmatch(delivery.headers.get(HEADER, ""))
    if not found:
        raise InvalidSignature("the Acme-Signature header is missing or malformed")
    time, signature = found.groups()
    signed = time.encode() + b"." + delivery.body
    expected = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in secrets]
    if not any(hmac.compare_digest(one, signature) for one in expected):
        raise InvalidSignature("no signature matches the stored signing secrets")
    age = delivery.received_at.timestamp() - int(time)
    if abs(age) > TOLERANCE:
        raise InvalidSignature("the signature is too old, or from the future")


def translate(event: dict[str, Any]) -> ProviderEvent:
    """Which link a verified event is about, or why it is none of ours."""
    data = event["data"]
    known = event["type"] in EVENT_TYPES
    return ProviderEvent(
        event_id=event["id"],
        type=event["type"],
        link_ref=_name(data.get("link")) if known else None,
        link_id=_name(data.get("reference")) if known else None,
        intent_ref=_name(data.get("payment")) if known else None,
        ignored=None if known else "Dealpay doesn't follow events of this type.",
        at=utc(event["created"]),
    )


def is_event(event: Any) -> bool:
    """Whether something has the shape that ``translate`` takes."""
    return (
        isinstance(event, dict)
        and bool(_name(event.get("id")) and _name(event.get("type")))
        and type(event.get("created")) is int
        and isinstance(event.get("data"), dict)
    )


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise InvalidSignature("the body is signed but isn't JSON") from None
    if not is_event(event):
        raise InvalidSignature("the body is signed but isn't an event")
    return dict(event)


def _name(value: Any) -> str | None:
    """A value that can be an id or a type: whoever holds the secret can sign anything."""
    return value if isinstance(value, str) and 0 < len(value) <= 255 else None

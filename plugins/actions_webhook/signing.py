"""Signatures of Standard Webhooks 1.0.0, symmetric: docs/contracts/standard_webhooks.md. Pure."""

import base64
import binascii
import secrets
from datetime import UTC, datetime

from pydantic import SecretStr
from standardwebhooks import Webhook

from core.api.text import _

PREFIX = "whsec_"
_SHORTEST, _MADE, _LONGEST = 24, 32, 64  # bytes


def new_secret() -> SecretStr:
    """One that nobody has had before."""
    return SecretStr(PREFIX + base64.b64encode(secrets.token_bytes(_MADE)).decode())


def key_of(secret: str) -> bytes:
    """The bytes behind ``whsec_…``. Raises ValueError with a sentence that doesn't hold the secret."""
    if not secret.startswith(PREFIX):
        raise ValueError(_("a signing secret begins with whsec_"))
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_("behind whsec_ a signing secret is base64; copy all of it")) from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(
            _(
                "a signing secret has %(least)s to %(most)s bytes; this has %(count)s",
                least=_SHORTEST,
                most=_LONGEST,
                count=len(key),
            )
        )
    return key


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,…`` for a message of this id, sent at ``timestamp``, in seconds since 1970."""
    at = datetime.fromtimestamp(timestamp, UTC)
    return Webhook(key_of(secret)).sign(message_id, at, body.decode())


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers that a receiver verifies."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }

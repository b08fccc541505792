"""HubSpot's v3 request signature: proof that a request to us comes from HubSpot.

HubSpot docs, "Validating requests": the header ``X-HubSpot-Signature-v3`` is the Base64 HMAC-SHA256
of method, URI, body and timestamp under the app's client secret. Frames are opened by the user's
browser and carry no signature, so that none of the connector's verbs rests on it.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta

from core.api.errors import InvalidSignature
from core.api.text import N_

SIGNATURE = "x-hubspot-signature-v3"
TIMESTAMP = "x-hubspot-request-timestamp"
TOLERANCE = timedelta(minutes=5)

# HubSpot signs the URI with these decoded, and everything else as it was sent.
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ESCAPE = re.compile("|".join(_DECODED), re.IGNORECASE)
_MILLISECONDS = re.compile(r"[0-9]{1,15}")


def sign(method: str, uri: str, body: bytes, timestamp: str, secret: str) -> str:
    """The signature of a request. ``timestamp`` is in milliseconds, ``uri`` the whole address."""
    decoded = _ESCAPE.sub(lambda match: _DECODED[match.group().upper()], uri)
    signed = f"{method.upper()}{decoded}".encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def verify(
    *, method: str, uri: str, body: bytes, headers: dict[str, str], secret: str, now: datetime
) -> None:
    """Raise InvalidSignature unless HubSpot signed the request within five minutes of ``now``.

    ``headers`` are named in small letters, ``uri`` is the address that HubSpot called, with its
    scheme and its host. An empty ``secret`` verifies nothing.
    """
    if not secret:
        raise InvalidSignature(N_("no client secret is known for the app"))
    timestamp = headers.get(TIMESTAMP, "")
    if not _MILLISECONDS.fullmatch(timestamp):
        raise InvalidSignature(N_("the time of the request is missing"))
    expected = sign(method, uri, body, timestamp, secret)
    # Bytes: compare_digest refuses a str with other letters than ASCII.
    if not hmac.compare_digest(expected.encode(), headers.get(SIGNATURE, "").encode()):
        raise InvalidSignature(N_("the signature doesn't match"))
    if abs(now.timestamp() - int(timestamp) / 1000) > TOLERANCE.total_seconds():
        raise InvalidSignature(N_("the request is more than five minutes old, or from the future"))

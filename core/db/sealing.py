"""Secrets at rest: AES-256-GCM, bound to the place they are stored in.

The keys live in a file outside the database and the repository, newest first, each under an id.
A sealed value names the key that sealed it; its associated data name tenant, table, column and
row, so a value copied into another row doesn't open (ASVS 5.0, 11.3.2 to 11.3.4).
"""

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class SealBroken(Exception):
    """A sealed value doesn't open: its key is missing, or it isn't where it was sealed."""


class SecretBox:
    """Seals and opens secrets. ``keys`` maps key ids to 32 bytes; the first one seals."""

    def __init__(self, keys: dict[str, bytes]):
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("the keys for secrets are 32 bytes each, and there is at least one")
        self._newest = next(iter(keys))
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    @classmethod
    def from_file(cls, path: Path) -> "SecretBox":
        """Read a key file: JSON, key id to base64 of 32 bytes, newest first."""
        keys = json.loads(path.read_text())
        return cls({key_id: base64.b64decode(key) for key_id, key in keys.items()})

    def seal(self, value: str, *place: str) -> str:
        """``value`` sealed for ``place``: tenant, table, column, row id."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._newest].encrypt(nonce, value.encode(), _bound_to(place))
        return f"{self._newest}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *place: str) -> str:
        """The value sealed for ``place``. Raises SealBroken."""
        key_id, _, payload = sealed.partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(f"the key {key_id!r} that sealed this is not in the key file")
        raw = base64.b64decode(payload)
        try:
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _bound_to(place)).decode()
        except InvalidTag:
            raise SealBroken("a sealed value was changed or moved from its row") from None


def _bound_to(place: tuple[str, ...]) -> bytes:
    return json.dumps(place).encode()


def make_key_file(path: Path) -> None:
    """Write a key file with one new key, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = {f"k{secrets.token_hex(3)}": base64.b64encode(secrets.token_bytes(32)).decode()}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(key, file)

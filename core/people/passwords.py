"""Passwords: hashed with argon2id, and not among those that everybody tries first."""

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 8, 128

# The library's defaults are RFC 9106's low-memory profile: argon2id, 64 MiB, 3 passes.
_hasher = PasswordHasher()


def make_hash(password: str) -> str:
    """The argon2id hash of ``password``. Takes some 50 ms on purpose: never inside a transaction."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one; takes as long where there is no hash to compare with."""
    try:
        return _hasher.verify(password_hash or _nobodys(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def is_common(password: str) -> bool:
    """Whether it is among the passwords seen most often in breaches."""
    return password.lower() in _common()


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")


@cache
def _common() -> frozenset[str]:
    text = (Path(__file__).parent / "common_passwords.txt").read_text()
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))

"""Idempotency keys (Stripe docs: Idempotent requests).

A finished answer is stored with its request and replayed for a day; while the first request is
still running, a second one with the same key is refused.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webob import Request

from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.auth import bearer
from plugins.stripe_provider.simulator.errors import Refusal

HEADER = "Idempotency-Key"
_KEPT = 24 * 60 * 60
_LONGEST = 255


class InFlight:
    """The keys of the requests that are running now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str | None, str]] = set()

    @property
    def busy(self) -> bool:
        return bool(self._keys)

    @contextmanager
    def claim(self, request: Request) -> Iterator[bool]:
        """True where the request may run: it has no key, or nobody else runs with it."""
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST":
            yield True
            return
        claim = (bearer(request.headers.get("Authorization")), key)
        with self._lock:
            free = claim not in self._keys
            self._keys.add(claim)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._keys.discard(claim)


def in_use(key: str) -> Refusal:
    return Refusal(
        "There is currently another in-progress request using this Idempotent Key (that probably means"
        f" you submitted twice, and the other request is still going through): {key}. Please try again"
        " later.",
        status=409,
        type="idempotency_error",
        code="idempotency_key_in_use",
    )


def fingerprint(request: Request) -> str:
    """What a request asks for, to compare it with the first of its key."""
    asked = f"{request.method} {request.path_info}\n".encode() + request.body
    return hashlib.sha256(asked).hexdigest()


def stored(account: Account, request: Request) -> Doc | None:
    """The answer given before. Raises Refusal where the key was used for something else."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not 1 <= len(key) <= _LONGEST:
        raise Refusal(f"Idempotency keys have 1 to {_LONGEST} characters.", type="idempotency_error")
    earlier = account.find("idempotency", key)
    if earlier is None or earlier["at"] + _KEPT <= account.now():
        return None
    if earlier["fingerprint"] != fingerprint(request):
        raise Refusal(
            "Keys for idempotent requests can only be used with the same parameters they were first"
            f" used with. Try using a key other than '{key}' if you meant to execute a different"
            " request.",
            type="idempotency_error",
        )
    return earlier


def keep(account: Account, request: Request, answer: Doc) -> None:
    """Store an answer for the request's key, if it has one."""
    key = request.headers.get(HEADER)
    if key is not None and request.method == "POST":
        record = {"id": key, "at": account.now(), "fingerprint": fingerprint(request)}
        account.put(record | answer, "idempotency")

"""The rate limit of Kylas: a token bucket per credential (Kylas support: rate limiting).

The gateway reports the bucket on every answer, in five headers.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from webob import Request

API_KEY_PER_SECOND = 5
APP_PER_SECOND = 10
BURST = 20


@dataclass(frozen=True, slots=True)
class Grant:
    """The bucket after one request: whether it is served, and what the headers say."""

    served: bool
    per_second: int
    left: float

    def headers(self) -> dict[str, str]:
        wait = 0 if self.left >= 1 else max(1, math.ceil((1 - self.left) / self.per_second))
        return {
            "X-RateLimit-Replenish-Rate": str(self.per_second),
            "X-RateLimit-Burst-Capacity": str(BURST),
            "X-RateLimit-Remaining": str(int(self.left)),
            "X-RateLimit-Requested-Tokens": "1",
            "X-RateLimit-Retry-After": str(wait),
        }


EXHAUSTED = Grant(served=False, per_second=API_KEY_PER_SECOND, left=0)


class RateLimits:
    """All buckets. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, request: Request) -> Grant:
        """One token for ``request`` out of its credential's bucket."""
        key = request.headers.get("api-key")
        per_second = API_KEY_PER_SECOND if key else APP_PER_SECOND
        credential = key or request.headers.get("authorization") or request.remote_addr or ""
        now = self._clock()
        with self._lock:
            left, since = self._buckets.get(credential, (float(BURST), now))
            left = min(BURST, left + max(0.0, now - since) * per_second)
            served = left >= 1
            left -= served
            self._buckets[credential] = (left, now)
        return Grant(served, per_second, left)

    def clear(self) -> None:
        with self._lock:
            self._buckets.clear()

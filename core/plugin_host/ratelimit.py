"""Token buckets: one per plugin and credential, shared by every caller in this process.

Several processes have several buckets; what they exceed together the vendor answers with a 429,
which the plugin passes on through ``pause``.
"""

import hashlib
import threading
import time
from collections.abc import Callable

from core.api.errors import NotSent

_ALMOST = 1 - 1e-9  # a token that rounding has cost a hair


class Bucket:
    """``per_second`` tokens flow in, at most ``burst`` are kept. It starts full.

    ``clock`` counts seconds and never goes back.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        if per_second <= 0 or burst < 1:
            raise ValueError("a bucket needs a rate above 0 and a burst of at least 1")
        self._rate, self._burst = per_second, burst
        self._clock, self._sleep = clock, sleep
        self._tokens, self._filled_at = float(burst), clock()
        self._paused_until = self._filled_at
        self._lock = threading.Lock()

    def acquire(self, timeout: float) -> None:
        """Take a token, waiting at most ``timeout`` seconds for it.

        Raises NotSent with the seconds until one is due, without waiting in vain.
        """
        deadline = self._clock() + timeout
        while wait := self._take(deadline):
            self._sleep(wait)

    def pause(self, seconds: float) -> None:
        """Give no token for ``seconds``, also to those who wait already."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _take(self, deadline: float) -> float:
        """Take a token and return 0, or return how many seconds to wait before trying again."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if now >= self._paused_until and self._tokens >= _ALMOST:
                self._tokens -= 1
                return 0.0
            wait = max(self._paused_until - now, (1 - self._tokens) / self._rate)
            if now + wait > deadline:
                raise NotSent("The rate limit is reached, so nothing was sent.", retry_after=wait)
            return wait


class Buckets:
    """The buckets of one app. The first caller with a credential sets its rate."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def get(self, plugin_id: str, credential: str, per_second: float, burst: int) -> Bucket:
        """The bucket of a credential, which is remembered as a hash only."""
        key = (plugin_id, hashlib.sha256(credential.encode()).hexdigest())
        with self._lock:
            if key not in self._buckets:
                self._buckets[key] = Bucket(per_second, burst)
            return self._buckets[key]

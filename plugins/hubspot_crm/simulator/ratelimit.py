"""Requests of the last ten seconds, for each token; what is left is said with every answer."""

import threading
from collections import deque
from collections.abc import Callable

WINDOW = 10  # seconds
MOST = 100  # requests of an app on the free plan, the lowest there is
DAILY = 250_000


class RateLimits:
    """``clock`` gives seconds; ``most`` is how many requests a token has in ten of them."""

    def __init__(self, clock: Callable[[], float], most: int = MOST):
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}
        self._today: dict[str, int] = {}

    def take(self, token: str) -> tuple[bool, dict[str, str]]:
        """Whether this request is served, and the headers of its answer."""
        now = self._clock()
        with self._lock:
            times = self._times.setdefault(token, deque())
            while times and times[0] <= now - WINDOW:
                times.popleft()
            served = len(times) < self._most
            if served:
                times.append(now)
                self._today[token] = self._today.get(token, 0) + 1
            left = self._most - len(times)
            today = self._today.get(token, 0)
        return served, {
            "X-HubSpot-RateLimit-Max": str(self._most),
            "X-HubSpot-RateLimit-Remaining": str(left),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW * 1000),
            "X-HubSpot-RateLimit-Daily": str(DAILY),
            "X-HubSpot-RateLimit-Daily-Remaining": str(DAILY - today),
        }

    def clear(self) -> None:
        with self._lock:
            self._times.clear()
            self._today.clear()

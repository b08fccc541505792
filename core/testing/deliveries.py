"""The webhooks that a simulator sends: from a thread, after the answer, as vendors do."""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests

from core.testing.faults import FaultKind, Faults


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery. ``headers`` is a function, for a signature that is fresh at each try."""

    url: str
    body: bytes
    headers: Callable[[], Mapping[str, str]]
    done: Callable[[int], None] = lambda status: None


Transport = Callable[[str, bytes, Mapping[str, str]], int]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send over real HTTP; 0 where no answer came."""
    try:
        return requests.post(
            url, data=body, headers=headers, timeout=10, allow_redirects=False
        ).status_code
    except requests.RequestException:
        return 0


class Deliveries:
    """A queue with one thread. ``held`` keeps everything until ``flush``, for tests."""

    def __init__(self, faults: Faults, transport: Transport = post, *, held: bool = False):
        self.faults = faults
        self.transport = transport
        self.held: list[Outgoing] | None = [] if held else None
        self._late: list[Outgoing] = []
        self._timers: list[threading.Timer] = []
        self._stopped = False
        self._queue: queue.SimpleQueue[Outgoing | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def send(self, outgoing: Outgoing, after: float = 0) -> None:
        """Deliver soon, or ``after`` seconds: a vendor's retry. What is held knows no delay."""
        with self._lock:
            if self._stopped:
                return
            if after and self.held is None:
                timer = threading.Timer(after, self.send, [outgoing])
                timer.daemon = True
                timer.start()
                self._timers = [one for one in self._timers if one.is_alive()] + [timer]
                return
            if self.held is not None:
                self.held.append(outgoing)
                return
            if self.faults.take((FaultKind.OUT_OF_ORDER,)):
                self._late.append(outgoing)
                return
            for one in (outgoing, *self._late):
                self._queue.put(one)
            self._late.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="deliveries", daemon=True)
                self._thread.start()

    def flush(self, order: Callable[[list[Outgoing]], list[Outgoing]] = list) -> list[int]:
        """Send what is held, in ``order``, in this thread; the answers' status codes."""
        with self._lock:
            held, self.held = self.held or [], []
        return [status for one in order(held) for status in self._deliver(one)]

    def stop(self) -> None:
        """Send what waits in the queue, forget the retries, and take nothing more."""
        with self._lock:
            self._stopped = True
            for timer in self._timers:
                timer.cancel()
        if self._thread:
            self._queue.put(None)
            self._thread.join(timeout=5)

    def _work(self) -> None:
        while (one := self._queue.get()) is not None:
            self._deliver(one)

    def _deliver(self, one: Outgoing) -> list[int]:
        if self.faults.take((FaultKind.LOST,)):
            return []
        times = 2 if self.faults.take((FaultKind.DOUBLED,)) else 1
        statuses = [self.transport(one.url, one.body, one.headers()) for _ in range(times)]
        one.done(statuses[-1])
        return statuses

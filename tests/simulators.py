"""The vendors' other end in tests: both simulators over real HTTP, and waits that take no time."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

from core.plugin_host import entries, ratelimit
from core.testing.server import serve
from plugins.kylas_crm.simulator import KylasSimulator
from plugins.kylas_crm.simulator.ratelimit import RateLimits
from plugins.stripe_provider.simulator import StripeSimulator
from tests.support import ORIGIN, Browser, Clock


class Stopwatch:
    """Seconds that pass only while somebody waits: a rate limit holds, and no test sits it out."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds


class Recorded:
    """A simulator that remembers what it was asked, as ``POST /v1/payment_links``."""

    def __init__(self, simulator: Any):
        self.simulator = simulator
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        answer: Iterable[bytes] = self.simulator(environ, start_response)
        return answer


@dataclass
class Simulators:
    """Stripe and Kylas. What Stripe sends is held until a test flushes it."""

    recorded: tuple[Recorded, Recorded]
    stopwatch: Stopwatch
    _start: dict[datetime, Any] = field(default_factory=dict, repr=False)

    @property
    def stripe(self) -> StripeSimulator:
        simulator: StripeSimulator = self.recorded[0].simulator
        return simulator

    @property
    def kylas(self) -> KylasSimulator:
        simulator: KylasSimulator = self.recorded[1].simulator
        return simulator

    @property
    def options(self) -> dict[str, str]:
        """The settings that lead the plugins here."""
        return {
            "dealpay.stripe_provider.api_base": self.stripe.base_url,
            "dealpay.kylas_crm.api_base": self.kylas.base_url,
            "dealpay.kylas_crm.app_base": self.kylas.base_url,
        }

    def asked(self, request: str) -> int:
        """How many requests began so, whichever of the two was asked."""
        return sum(one.startswith(request) for each in self.recorded for one in each.asked)

    def reset(self, clock: Clock) -> None:
        """Back to the start state, at the time of ``clock``; its random ids are those of last time."""
        for each in self.recorded:
            each.simulator.clock = lambda: clock().timestamp()
            each.simulator.faults.clear()
        self.stripe.deliveries.held = []
        now = clock()
        if now not in self._start:
            self.stripe.reset()
            self.reset_crm()
            self._start = {now: self.keep()}
        self.restore(self._start[now])
        # What our side waits to stay below the limit, Kylas's side waits too.
        self.kylas.limits = RateLimits(self.stopwatch)

    def keep(self) -> list[tuple[Any, list[str]]]:
        """What both hold and were asked, for ``restore``."""
        return [(each.simulator.store.dump(), list(each.asked)) for each in self.recorded]

    def restore(self, kept: list[tuple[Any, list[str]]]) -> None:
        for each, (dumped, asked) in zip(self.recorded, kept, strict=True):
            each.simulator.store.load(dumped)
            each.asked[:] = asked

    def reset_crm(self) -> None:
        """Every record as it was, and nothing asked yet."""
        for each in self.recorded:
            each.asked.clear()
        self.kylas.reset()

    def deliver_to(self, wsgi: Any) -> None:
        """Hand webhooks straight to ``wsgi``."""

        def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
            path = urlsplit(url).path
            answer = Browser(wsgi).post(path, body, dict(headers), expect_errors=True)
            return int(answer.status_int)

        self.stripe.deliveries.transport = post

    def hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the waiting, and nothing else, out of what this process sends."""
        monkeypatch.setattr(ratelimit.Buckets, "now", lambda _: self.stopwatch())
        monkeypatch.setattr(ratelimit.Buckets, "sleep", lambda _, seconds: self.stopwatch.sleep(seconds))
        monkeypatch.setattr(entries, "PATIENCE_OF_JOBS", None)
        monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
        monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)


@contextmanager
def serving(recorder: type[Recorded] = Recorded) -> Iterator[Simulators]:
    """Both, each on a free port, behind a ``recorder``."""
    made: list[Recorded] = []

    def make(simulator: type[Any]) -> Any:
        def of(url: str) -> Recorded:
            made.append(recorder(simulator(base_url=url, app_url=ORIGIN, held=True)))
            return made[-1]

        return of

    with serve(make(StripeSimulator)), serve(make(KylasSimulator)):
        yield Simulators((made[0], made[1]), Stopwatch())

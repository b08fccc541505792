"""Making a payment link: what the app itself adds to the answers of the provider and the CRM."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest.mock import patch

from benchmarks import places
from benchmarks.harness import Figure, Scale, percentile
from benchmarks.links import panel_query, signed_in
from benchmarks.places import DATABASES, NAMES
from core.plugin_host.http import BoundedAdapter
from core.plugin_host.ratelimit import Buckets

_MOST = 15.0  # ms
#: Each link asks the CRM twice, and nobody is to wait for its rate limit.
_APART = 0.6  # seconds


class Outside:
    """Seconds during which at least one thread is out of the house."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._under_way, self._since = 0, 0.0
        self._lock = threading.Lock()

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, and the time that it takes counts."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            self._begin()
            try:
                return function(*args, **kwargs)
            finally:
                self._end()

        return watched

    def _begin(self) -> None:
        with self._lock:
            self._under_way += 1
            if self._under_way == 1:
                self._since = time.perf_counter()

    def _end(self) -> None:
        with self._lock:
            self._under_way -= 1
            if self._under_way == 0:
                self.seconds += time.perf_counter() - self._since


def run(scale: Scale) -> Iterator[Figure]:
    """The app's own time for the sending of the form, and the whole of it."""
    for kind in DATABASES:
        own, whole = _measured(kind, scale.of(3, 50))
        what, ms = f"{NAMES[kind]}: own time", median(own) * 1000
        detail = (
            f"p95 {percentile(own, 0.95) * 1000:.1f} ms; with the vendors {median(whole) * 1000:.1f} ms"
        )
        yield Figure("creation", what, ms, "ms", at_most=_MOST, detail=detail)


def _measured(kind: str, count: int) -> tuple[list[float], list[float]]:
    own, whole = [], []
    with places.folder() as place, ExitStack() as opened:
        url = opened.enter_context(places.database(kind, place))
        vendors = opened.enter_context(places.simulators())
        settings = places.settings(url, place) | vendors
        wsgi = opened.enter_context(places.running(settings))
        places.connected(wsgi.registry.app)
        browser = signed_in(wsgi)
        for number in range(count + 5):  # five to warm up
            time.sleep(_APART)
            form = browser.get(f"/embed/kylas/links/new?{panel_query('4485')}", status=200).forms
            filled = next(one for one in form.values() if "quantity" in one.fields)
            filled["quantity"] = str(number + 1)
            with _watched() as outside:
                started = time.perf_counter()
                filled.submit(status=303)
                took = time.perf_counter() - started
            if number >= 5:
                own.append(took - outside.seconds)
                whole.append(took)
    return own, whole


@contextmanager
def _watched() -> Iterator[Outside]:
    """Requests to vendors, and waiting for their rate limits, are outside."""
    outside = Outside()
    with (
        patch.object(BoundedAdapter, "send", outside.around(BoundedAdapter.send)),
        patch.object(Buckets, "sleep", outside.around(Buckets.sleep)),
    ):
        yield outside

"""Payment link logs and the record panel, with a million links in one workspace against ten thousand.

Pages of both are asked for in turn, in one process, and the time is the app's own.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event
from webob.multidict import MultiDict
from webtest import TestApp

from benchmarks import places
from benchmarks.filling import Filled, fill
from benchmarks.harness import Figure, Scale, interleaved, percentile, spread
from benchmarks.places import DATABASES, NAMES, ORIGIN
from benchmarks.servers import pss
from core.links.export import lines
from core.links.log_query import LogQuery
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data

_SLOWEST = 0.060  # seconds


@dataclass
class Site:
    """An app with so many links in one workspace, and a browser that is signed in."""

    browser: TestApp
    wsgi: Any
    filled: Filled
    queries: list[str] = field(default_factory=list)

    def pages(self) -> dict[str, str]:
        """What is asked for, by name."""
        logs = {f"logs, {name}": f"/links?{query}" for name, query in self._queries().items()}
        return {
            "logs": "/links",
            **logs,
            "record panel": f"/embed/kylas/links?{panel_query(self.filled.record_id)}",
        }

    def _queries(self) -> dict[str, str]:
        one = self.filled
        day = one.middle_day
        unpaid, expires = "status=unpaid", f"expires_from={one.expiry_day}&expires_to={one.last_day}"
        return {
            # Each order, and far down in it.
            "oldest first": "sort=created",
            "largest first": "sort=-amount&currency=INR",
            "smallest first": "sort=amount&currency=INR",
            "paid last": "sort=-paid",
            "paid first": "sort=paid",
            "expires soonest": "sort=expiry",
            "expires last": "sort=-expiry",
            "half-way down": f"after={one.cursor}",
            # Each filter alone.
            "open": "status=open",
            "paid": "status=paid",
            "part paid": "status=part_paid",
            "expired": "status=expired",
            "deactivated": "status=deactivated",
            "unpaid": unpaid,
            "needs attention": "status=attention",
            "made on a day": f"from={day}&to={day}",
            "paid on a day": f"paid_from={day}&paid_to={day}",
            "expires within days": expires,
            "creator": f"creator={one.rep}",
            "looked after by": f"holder={one.rep}",
            "account": f"account={one.account}",
            "kind of record": "kind=deal",
            "rare kind of record": "kind=lead",
            "record by id": f"kind=deal&record={one.record_id}",
            "record by name": f"record={one.record}",
            "currency": "currency=EUR",
            "amounts": "currency=INR&least=100&most=200",
            "few amounts": "currency=INR&least=999.5&most=1000",
            "live": "mode=live",
            "test": "mode=test",
            # Texts.
            "frequent word": "text=solar",
            "two words": "text=solar+payer",
            "rare word": "text=quetzal",
            "word of old links": "text=legacy",
            "absent word": "text=wwqqzz",
            "absent number": "text=9999899",
            "two letters": "text=so",
            "two absent letters": "text=qw",
            "id": f"text={one.id}",
            "e-mail": f"text={one.record}%40payer.example",
            # Several at once.
            "paid by one, on an account": f"status=paid&creator={one.rep}&account={one.account}",
            "deactivated, frequent word": "status=deactivated&text=solar",
            "attention, frequent word": "status=attention&text=solar",
            "rare word, paid": "status=paid&text=quetzal",
            "frequent word, largest first": "text=solar&sort=-amount&currency=INR",
            "rare word, largest first": "text=quetzal&sort=-amount&currency=INR",
            "nothing fits": f"status=expired&creator={one.rep}&currency=EUR&least=1&most=2",
            "unpaid, expires soon": f"{unpaid}&{expires}",
            "unpaid, made before": f"{unpaid}&to={day}",
            "paid on a day, by creation": f"paid_from={day}&paid_to={day}&sort=-created",
        }

    def ask(self, name: str) -> float:
        """Seconds that a page takes."""
        path = self.pages()[name]
        self.queries.clear()
        started = time.perf_counter()
        self.browser.get(path, status=200)
        return time.perf_counter() - started

    def export(self) -> tuple[int, float, list[float]]:
        """The whole as CSV: how many lines, in how many seconds, and the memory (PSS, MB) meanwhile."""
        workspace = self.filled.tenant_id
        everything = LogQuery.of(MultiDict(), ZoneInfo("UTC"), (), None)
        count, held, started = 0, [], time.perf_counter()
        for number, part in enumerate(lines(self.wsgi.registry.app, workspace, everything)):
            count += part.count(b"\n")
            self.queries.clear()  # with their 500 names for ids, on PostgreSQL, they come to 60 MB
            if number % 50 == 1:
                held.append(pss(os.getpid()))
        return count - 1, time.perf_counter() - started, held


def run(scale: Scale) -> Iterator[Figure]:
    """For each page the p95 as a ratio, the median in ms, and how many queries more it takes."""
    few, many, rounds = scale.of(100, 10_000), scale.of(300, 1_000_000), scale.of(1, 60)
    for kind in DATABASES:
        with ExitStack() as opened:
            small, large = (opened.enter_context(_site(kind, count)) for count in (few, many))
            taken: list[tuple[float, float]] = []
            for name in small.pages():
                yield from _measured(kind, name, small, large, rounds, taken)
            ratio, slowest = _p95(taken)
            detail = f"{slowest * 1000:.0f} ms with many"
            yield Figure("links", f"{NAMES[kind]}, all of these: p95", ratio, at_most=1.5, detail=detail)
            yield from _exported(kind, large)


def _exported(kind: str, site: Site) -> Iterator[Figure]:
    count, seconds, held = site.export()
    what = f"{NAMES[kind]}, CSV of {count:,} links"
    yield Figure("links", f"{what}: rate", count / seconds, "rows/s")
    first = held[len(held) // 10]
    detail = f"{first:.0f} MB after a tenth, {max(held):.0f} MB at most"
    yield Figure("links", f"{what}: memory", max(held) / first, at_most=1.1, detail=detail)


def _measured(
    kind: str, name: str, small: Site, large: Site, rounds: int, taken: list[tuple[float, float]]
) -> Iterator[Figure]:
    """The figures of one page; the seconds that each round took, of few and of many, go to ``taken``."""
    interleaved(min(rounds, 3), lambda: small.ask(name), lambda: large.ask(name))  # to warm up
    queries = len(large.queries)
    small.ask(name)
    more = queries - len(small.queries)
    pairs = interleaved(rounds, lambda: small.ask(name), lambda: large.ask(name))
    taken += pairs
    ratio, _ = _p95(pairs)
    what = f"{NAMES[kind]}, {name}"
    detail = f"rounds {spread([large / small for small, large in pairs])}"
    yield Figure("links", f"{what}: p95", ratio, at_most=1.5, detail=detail)
    ms = median(large for _, large in pairs) * 1000
    yield Figure("links", f"{what}: median", ms, "ms", at_most=_SLOWEST * 1000)
    yield Figure("links", f"{what}: queries more", more, "", at_most=0, detail=f"{queries} in all")


def _p95(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """That of many as a ratio to that of few, and in seconds."""
    few, many = (percentile([pair[which] for pair in pairs], 0.95) for which in (0, 1))
    return many / few, many


@contextmanager
def _site(kind: str, count: int) -> Iterator[Site]:
    with places.folder() as place, ExitStack() as opened:
        url = opened.enter_context(places.database(kind, place))
        settings = places.settings(url, place)
        vendors = opened.enter_context(places.simulators())
        wsgi = opened.enter_context(places.running(settings | vendors))
        app = wsgi.registry.app
        workspace = places.connected(app)
        site = Site(signed_in(wsgi), wsgi, fill(app, workspace, count))

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("pragma"):
                site.queries.append(statement)

        event.listen(app.db.engine, "before_cursor_execute", note)
        yield site


def panel_query(deal: str) -> str:
    """What the CRM says with a frame on a deal, opened by the workspace's owner."""
    who = f"tenantId={seed_data.TENANT_A}&userId={seed_data.ASHA}"
    return f"{who}&entityType=DEAL&entityId={deal}"


def signed_in(wsgi: Any) -> TestApp:
    """A browser that the workspace's owner is signed in with."""
    host = ORIGIN.removeprefix("https://")
    environ = {"wsgi.url_scheme": "https", "HTTP_HOST": host, "HTTP_ORIGIN": ORIGIN}
    browser = TestApp(wsgi, extra_environ={**environ, "HTTP_ACCEPT": "text/html"})
    form = browser.get("/login").form
    form["email"], form["password"] = demo.OWNER, demo.PASSWORD
    form.submit(status=303)
    return browser

"""Payment link logs and the record panel, with a million links in one workspace against ten thousand.

Pages of both are asked for in turn, in one process, and the time is the app's own.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import TextClause, event, text
from webtest import TestApp

from benchmarks import places
from benchmarks.harness import Figure, Scale, interleaved, percentile, spread
from benchmarks.places import DATABASES, NAMES, ORIGIN, Workspace
from core.api.records import RecordRef
from core.app import App
from core.connections import service as connections
from core.db.base import new_id
from core.links import service as links
from core.links.models import Flag, PaymentLink
from core.links.service import NewLink
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data

_PER_RECORD = 25
_SLOWEST = 0.060  # seconds


@dataclass
class Site:
    """An app with so many links in one workspace, and a browser that is signed in."""

    browser: TestApp
    middle: str
    queries: list[str] = field(default_factory=list)

    def pages(self) -> dict[str, str]:
        """What is asked for, by name."""
        return {
            "logs": "/links",
            "logs, half-way down": f"/links?before={self.middle}",
            "logs, paid": "/links?status=paid",
            "logs, deactivated": "/links?status=deactivated",
            "logs, needs attention": "/links?status=attention",
            "record panel": f"/embed/kylas/links?{panel_query('7')}",
        }

    def ask(self, name: str) -> float:
        """Seconds that a page takes."""
        path = self.pages()[name]
        self.queries.clear()
        started = time.perf_counter()
        self.browser.get(path, status=200)
        return time.perf_counter() - started


def run(scale: Scale) -> Iterator[Figure]:
    """For each page the p95 as a ratio, the median in ms, and how many queries more it takes."""
    few, many, rounds = scale.of(100, 10_000), scale.of(300, 1_000_000), scale.of(2, 60)
    for kind in DATABASES:
        with ExitStack() as opened:
            small, large = (opened.enter_context(_site(kind, count)) for count in (few, many))
            for name in small.pages():
                yield from _measured(kind, name, small, large, rounds)


def _measured(kind: str, name: str, small: Site, large: Site, rounds: int) -> Iterator[Figure]:
    interleaved(3, lambda: small.ask(name), lambda: large.ask(name))  # to warm up
    queries = len(large.queries)
    small.ask(name)
    more = queries - len(small.queries)
    pairs = interleaved(rounds, lambda: small.ask(name), lambda: large.ask(name))
    times = [large for _, large in pairs]
    ratio = percentile(times, 0.95) / percentile([small for small, _ in pairs], 0.95)
    what = f"{NAMES[kind]}, {name}"
    detail = f"rounds {spread([large / small for small, large in pairs])}"
    yield Figure("links", f"{what}: p95", ratio, at_most=1.5, detail=detail)
    ms = median(times) * 1000
    yield Figure("links", f"{what}: median", ms, "ms", at_most=_SLOWEST * 1000)
    yield Figure("links", f"{what}: queries more", more, "", at_most=0, detail=f"{queries} in all")


@contextmanager
def _site(kind: str, count: int) -> Iterator[Site]:
    with places.folder() as place, ExitStack() as opened:
        url = opened.enter_context(places.database(kind, place))
        settings = places.settings(url, place)
        vendors = opened.enter_context(places.simulators())
        wsgi = opened.enter_context(places.running(settings | vendors))
        app = wsgi.registry.app
        workspace = places.connected(app)
        middle = _fill(app, workspace, count)
        site = Site(signed_in(wsgi), middle)

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


def _fill(app: App, workspace: Workspace, count: int) -> str:
    """So many links like one, in all states, and a payment on each that is paid; one half-way down."""
    crm = connections.crm_port(app, workspace.tenant_id)
    port = connections.payment_port(app, workspace.tenant_id, workspace.account.id)
    record, product = crm.fetch_record(RecordRef("deal", "4485")), port.list_products("", None).items[0]
    new = NewLink(workspace.account.id, "kylas", record, product, 1, new_id("form"))
    first = links.create(app, workspace.owner, new).link_id
    state = "case when n % 10 < 6 then 'paid' when n % 10 < 9 then 'open' else 'deactivated' end"
    odd = int(Flag.OVERPAID | Flag.NEEDS_ATTENTION)
    copied = dict.fromkeys(("id", "record_key", "form_key", "provider_ref", "payer_token"), _LINK)
    copied |= {
        "record_id": f"cast(n / {_PER_RECORD} as varchar(20))",
        "state": state,
        # Often enough that the page of those is full with few links as well as with many.
        "flags": f"case when n % 100 = 0 then {odd} else 0 end",
    }
    payment = {
        "id": "'pay_' || (1000000000 + n)",
        "tenant_id": "tenant_id",
        "link_id": "id",
        "account_id": "account_id",
        "provider_ref": "'cs_' || n",
        "intent_ref": "'pi_' || n",
        "state": "'succeeded'",
        "amount_minor": "amount_minor",
        "amount_currency": "amount_currency",
        "payer_name": "'Meena Payer'",
        "payer_email": "'meena@payer.example'",
        "late": "late",
        "created_at": "created_at",
        "updated_at": "created_at",
    }
    with app.db.engine.begin() as connection:
        columns = {column.name: column.name for column in PaymentLink.__table__.columns} | copied
        connection.execute(_copies("payment_links", columns), {"first": first, "count": count})
        false = "0" if connection.dialect.name == "sqlite" else "false"
        paid = {name: f"({value})" for name, value in (payment | {"late": false}).items()}
        connection.execute(_copies("payments", paid, "n % 10 < 6"), {"first": first, "count": count})
        connection.execute(text("analyze"))
    return f"lnk_{1_000_000_000 + count // 2}"


_LINK = "'lnk_' || (1000000000 + n)"


def _copies(table: str, columns: dict[str, str], where: str = "1 = 1") -> TextClause:
    """An insert of rows made from the first link, one for each number up to ``:count``."""
    made = ", ".join(columns.values())
    if table == "payments":
        made = made.replace("(id)", f"({_LINK})")
    return text(
        f"insert into {table} ({', '.join(columns)}) "  # noqa: S608
        "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < :count) "
        f"select {made} from payment_links, numbers where payment_links.id = :first and {where}"
    )

"""Payment links one after the other, from the form to the note on the record, and what each step costs.

The vendors' simulators answer from threads of this process; what those use up isn't counted.
"""

import asyncio
import copy
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import text
from webob import Request

from benchmarks import places
from benchmarks.places import Workspace
from benchmarks.spending import Cost, Meter
from core.api.records import RecordRef
from core.app import App
from core.connections import service as connections
from core.db.base import new_id
from core.jobs import queue
from core.jobs.backlog import Backlog
from core.links import service as links
from core.links.models import PaymentLink
from core.links.service import NewLink
from core.testing.server import serve
from plugins.kylas_crm.client import Credential
from plugins.kylas_crm.simulator import KylasSimulator, seed_data
from plugins.kylas_crm.simulator.ratelimit import RateLimits
from plugins.stripe_provider.simulator import StripeSimulator

_DEAL = RecordRef("deal", "4485")
_PAYER = {
    "name": "Meena Payer",
    "email": "meena@payer.example",
    "method": "card",
    "number": "4242424242424242",
    "expiry": "12/34",
    "code": "123",
}
_DUE = text("select 1 from procrastinate_jobs where status = 'todo' and scheduled_at is null limit 1")
_THREADS_OF_VENDORS = ("waitress", "serve")


@dataclass
class Flows:
    """An app on PostgreSQL, its workspace, and the vendors' other ends."""

    wsgi: Any
    workspace: Workspace
    stripe: StripeSimulator
    kylas: KylasSimulator
    meter: Meter

    @property
    def app(self) -> App:
        return self.wsgi.registry.app  # type: ignore[no-any-return]

    def run(self, count: int) -> dict[str, Cost]:
        """``count`` links, each on a record of its own; what each step of them cost in all."""
        costs: dict[str, Cost] = {}
        forms = [self._form() for _ in range(count)]
        with self._step(costs, "make the link"):
            made = [links.create(self.app, self.workspace.owner, form) for form in forms]
        with self._step(costs, "write its note"):
            self._work()
        for one in made:
            self._pay(one.link_id)
        posts = self._webhooks()
        with self._step(costs, "take in the event"):
            answers = [self._take_in(post) for post in posts]
        if answers != [200] * count:
            raise RuntimeError(f"webhooks were answered with {Counter(answers)}")
        with self._step(costs, "apply it, act on it"):
            self._work()
        with self._step(costs, "ask about it again"):
            for one in made:
                links.recheck(self.app, self.workspace.tenant_id, one.link_id)
        return costs

    @contextmanager
    def _step(self, costs: dict[str, Cost], name: str) -> Iterator[None]:
        with self.meter.measured() as costs[name]:
            yield

    def _form(self) -> NewLink:
        """A filled-in form on a deal that is new."""
        tenant, number = self.kylas.tenant(seed_data.TENANT_A), 10**6 + secrets.randbelow(10**9)
        deal = copy.deepcopy(tenant.get(_DEAL.kind, _DEAL.id) or {})
        tenant.put("deal", deal | {"id": number})
        tenant_id, account = self.workspace.tenant_id, self.workspace.account
        crm = connections.crm_port(self.app, tenant_id)
        record = crm.fetch_record(RecordRef(_DEAL.kind, str(number)))
        product = connections.payment_port(self.app, tenant_id, account.id).list_products("", None)
        return NewLink(account.id, "kylas", record, product.items[0], 1, new_id("form"))

    def _pay(self, link_id: str) -> None:
        with self.app.db.unit_of_work(self.workspace.tenant_id, read_only=True) as session:
            url = session.get_one(PaymentLink, link_id).url
        visit = requests.get(str(url), allow_redirects=False, timeout=30).headers["Location"]
        requests.post(visit, data=_PAYER, allow_redirects=False, timeout=30)

    def _webhooks(self) -> list[Request]:
        """What the provider has to send by now."""
        held, self.stripe.deliveries.held = self.stripe.deliveries.held or [], []
        return [
            Request.blank(
                urlsplit(one.url).path,
                base_url=places.ORIGIN,
                method="POST",
                body=one.body,
                headers=dict(one.headers()),
            )
            for one in held
        ]

    def _take_in(self, post: Request) -> int:
        """The answer, where nothing was heard of the account lately: of many, few are remembered."""
        self.app.remembered.clear()
        self.app.jobs.backlog = Backlog(self.app.db)
        return int(post.get_response(self.wsgi).status_int)

    def _work(self) -> None:
        """Let a worker of the queue run until nothing is due."""
        while self.app.db.run(_DUE):
            asyncio.run(_run_what_is_there(self.app))


async def _run_what_is_there(app: App) -> None:
    threads = app.settings.worker_threads
    executor = ThreadPoolExecutor(threads, thread_name_prefix="job")
    asyncio.get_running_loop().set_default_executor(executor)
    library = queue.library(app)
    async with library.open_async():
        await library.run_worker_async(
            wait=False,
            concurrency=threads,
            delete_jobs="successful",
            install_signal_handlers=False,
        )


@contextmanager
def flows() -> Iterator[Flows]:
    """The app on a database of its own, its jobs in procrastinate; no rate limit holds it up."""
    vendors: dict[str, Any] = {}
    asked: Counter[str] = Counter()
    with ExitStack() as opened, _unlimited():
        place = opened.enter_context(places.folder())
        url = opened.enter_context(places.database("postgresql", place))
        stripe, kylas = (
            opened.enter_context(serve(_counted(simulator, vendors, asked)))
            for simulator in (StripeSimulator, KylasSimulator)
        )
        vendors[kylas].limits = RateLimits(lambda: time.monotonic() * 1e6)
        settings = places.settings(url, place) | {
            "dealpay.jobs": "procrastinate",
            "dealpay.stripe_provider.api_base": stripe,
            "dealpay.kylas_crm.api_base": kylas,
            "dealpay.kylas_crm.app_base": kylas,
        }
        wsgi = opened.enter_context(places.running(settings))
        app: App = wsgi.registry.app
        meter = Meter(app.db.engine, _cpu_of_vendors, asked)
        yield Flows(wsgi, places.connected(app), vendors[stripe], vendors[kylas], meter)


def _counted(simulator: type[Any], made: dict[str, Any], asked: Counter[str]) -> Callable[[str], Any]:
    """How ``serve`` makes a simulator whose requests are counted under its name."""

    def make(url: str) -> Any:
        one = made[url] = simulator(base_url=url, app_url=places.ORIGIN, held=True)

        def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            asked[simulator.__name__.removesuffix("Simulator")] += 1
            return one(environ, start)  # type: ignore[no-any-return]

        return answer

    return make


@contextmanager
def _unlimited() -> Iterator[None]:
    """No rate limit of the CRM on our side."""
    limited = Credential.api_key
    Credential.api_key = staticmethod(lambda key: replace(limited(key), per_second=1e6))  # type: ignore[method-assign]
    try:
        yield
    finally:
        Credential.api_key = limited  # type: ignore[method-assign]


def _cpu_of_vendors() -> float:
    """Seconds that the threads have used in which the simulators answer."""
    clocks = (
        time.pthread_getcpuclockid(thread.ident)
        for thread in threading.enumerate()
        if thread.ident and thread.name.startswith(_THREADS_OF_VENDORS)
    )
    return sum(time.clock_gettime(clock) for clock in clocks)

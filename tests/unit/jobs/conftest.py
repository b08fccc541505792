"""An app with nothing but a database and jobs, on a clock that tests turn, for each engine."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.app import App
from core.db.engine import make_engine
from core.db.session import ALL_TENANTS, Database
from core.jobs.engine import Engine
from core.jobs.local import LocalEngine
from core.jobs.queue import QueueEngine
from core.jobs.runner import Jobs
from core.jobs.worker import Worker
from core.mail.models import OutgoingMail
from core.settings import AppSettings
from core.tenants.models import Tenant
from tests.support import Clock, Databases


class Bench:
    """Mails as the work: any Work row would do."""

    def __init__(self, app: App, clock: Clock):
        self.app, self.clock = app, clock
        self.ran: list[str] = []
        self.outcomes: list[Any] = []
        app.jobs.register(OutgoingMail, self.handle)

    def handle(self, app: App, tenant_id: str, row_id: str) -> Any:
        self.ran.append(row_id)
        outcome = self.outcomes.pop(0)
        if callable(outcome):
            outcome = outcome()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def tenant(self, name: str = "Acme") -> str:
        tenant = Tenant(name=name)
        with self.app.db.unit_of_work(ALL_TENANTS) as session:
            session.add(tenant)
        return tenant.id

    def mail(self, key: str = "one") -> OutgoingMail:
        return OutgoingMail(
            record_key=key,
            recipient="a@example.com",
            subject="s",
            text="t",
            html="h",
            due_at=self.clock(),
        )

    def submit(self, tenant_id: str, key: str = "one") -> str:
        row = self.mail(key)
        with self.app.db.unit_of_work(tenant_id) as session:
            self.app.jobs.submit(session, row)
        return row.id

    def row(self, row_id: str) -> OutgoingMail:
        with self.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            return session.get_one(OutgoingMail, row_id)

    def states(self, *ids: str) -> list[str]:
        return [self.row(row_id).job_state for row_id in ids]

    def turn(self, **delta: float) -> None:
        """Let time pass, for the queue's table too, which goes by the database's clock."""
        self.clock.turn(**delta)
        if self.app.jobs.engine.name == "procrastinate":
            with self.app.db.engine.begin() as connection:
                connection.execute(text("update procrastinate_jobs set scheduled_at = null"))

    @contextmanager
    def working(self, **how: Any) -> Iterator[Worker]:
        """A worker at work."""
        worker = Worker(self.app, **how)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop(5)

    def wait_for(self, *ids: str, state: str = "done", seconds: float = 8) -> None:
        wait_until(lambda: set(self.states(*ids)) == {state}, seconds)


def wait_until(holds: Callable[[], Any], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it didn't happen in time"
        time.sleep(0.01)


@pytest.fixture
def make_bench(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Bench]]:
    """Apps on one database, as on several hosts."""
    url = databases.fresh()
    opened = []

    def make(engine: Engine, clock: Clock = clock, **settings: str) -> Bench:
        database = Database(make_engine(url))
        opened.append(database)
        given = {"secret_keys": "unused", "sandbox": "true", "worker_threads": "2"}
        app = App(
            settings=AppSettings.model_validate({**given, "database_url": url, **settings}),
            db=database,
            secrets=None,  # type: ignore[arg-type]
            plugins=None,  # type: ignore[arg-type]
            jobs=Jobs(database, clock, engine),
            clock=clock,
        )
        return Bench(app, clock)

    yield make
    for database in opened:
        database.engine.dispose()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(LocalEngine())


@pytest.fixture(params=["local", "procrastinate"])
def new_engine(request: pytest.FixtureRequest) -> Callable[[], Engine]:
    """Makes engines of one kind. Whatever holds for one has to hold for the other."""
    return LocalEngine if request.param == "local" else QueueEngine

"""An app with nothing but a database and jobs, on a clock that tests turn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.app import App
from core.db.engine import make_engine
from core.db.session import ALL_TENANTS, Database
from core.jobs.runner import Jobs
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
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def tenant(self, name: str = "Acme") -> str:
        tenant = Tenant(name=name)
        with self.app.db.unit_of_work(ALL_TENANTS) as session:
            session.add(tenant)
        return tenant.id

    def submit(self, tenant_id: str, key: str = "one") -> str:
        row = OutgoingMail(
            record_key=key,
            recipient="a@example.com",
            subject="s",
            text="t",
            html="h",
            due_at=self.clock(),
        )
        with self.app.db.unit_of_work(tenant_id) as session:
            self.app.jobs.submit(session, row)
        return row.id

    def row(self, row_id: str) -> OutgoingMail:
        with self.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            return session.get_one(OutgoingMail, row_id)


@pytest.fixture
def bench(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Bench]:
    url = databases.fresh(tmp_path)
    database = Database(make_engine(url))
    settings = AppSettings.model_validate(
        {"secret_keys": "unused", "sandbox": "true", "worker_threads": "2", "database_url": url}
    )
    app = App(
        settings=settings,
        db=database,
        secrets=None,  # type: ignore[arg-type]
        plugins=None,  # type: ignore[arg-type]
        jobs=Jobs(database, clock),
        clock=clock,
    )
    yield Bench(app, clock)
    database.engine.dispose()

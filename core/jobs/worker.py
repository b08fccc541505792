"""A worker: what runs the jobs of one process, and shows that it lives."""

import os
import socket
import threading
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from core.db.session import ALL_TENANTS
from core.jobs.models import JobWorker
from core.jobs.periodic import run_next

if TYPE_CHECKING:
    from core.app import App

log = structlog.get_logger(__name__)

_FORGET = timedelta(hours=1)
_LOOK = 1.0  # seconds between looks at what is periodic


class Worker:
    """Runs jobs until ``stop``: the engine, its claims' keeper, and what is periodic.

    ``alone`` says that no other process runs anything at all on this database, not even a request:
    then whatever is marked as running was left behind by a process that is dead.
    """

    def __init__(self, app: "App", *, alone: bool = False):
        self.app = app
        self._alone = alone
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        now = app.clock()
        self._row = JobWorker(
            host=socket.gethostname(),
            pid=os.getpid(),
            version=version("dealpay"),
            engine=app.jobs.engine.name,
            started_at=now,
            seen_at=now,
        )

    def start(self) -> None:
        """Begin to run jobs. Raises AlreadyRunning where the engine allows one worker only."""
        app = self.app
        # Before anything is claimed here: what runs by then was left behind, and nothing else was.
        app.jobs.engine.start(app, app.jobs.start_over if self._alone else lambda: None)
        for target in (self._keep, self._periodic):
            thread = threading.Thread(target=target, name=f"jobs{target.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float = 20) -> None:
        """Start nothing more, let what runs finish within ``timeout`` seconds, hand back the rest."""
        self._stopping.set()
        self.app.jobs.engine.stop(timeout)
        for thread in self._threads:
            thread.join(1)
        try:
            self.app.jobs.let_go()
            with self.app.db.unit_of_work(ALL_TENANTS) as session:
                session.execute(delete(JobWorker).where(JobWorker.id == self._row.id))
        except SQLAlchemyError:
            log.exception("worker.end_not_written")  # the leases run out by themselves

    def _keep(self) -> None:
        """Show that this process lives, and look after its claims and those of the dead."""
        while True:
            try:
                self._beat()
                self.app.jobs.keep()
            except Exception:
                # The database is away, or a bug: either way the next round may go better.
                log.exception("worker.not_kept")
            if self._stopping.wait(self.app.jobs.lease / 3):
                return

    def _beat(self) -> None:
        self._row.seen_at = self.app.clock()
        with self.app.db.unit_of_work(ALL_TENANTS) as session:
            session.merge(self._row)
            session.execute(delete(JobWorker).where(JobWorker.seen_at < self.app.clock() - _FORGET))

    def _periodic(self) -> None:
        while not self._stopping.wait(_LOOK):
            try:
                while not self._stopping.is_set() and run_next(self.app):
                    continue
            except Exception:
                log.exception("worker.periodic_failed")


def several(app: "App") -> bool:
    """Whether more than one worker is alive, perhaps of different versions."""
    lately = app.clock() - timedelta(seconds=app.jobs.lease)
    alive = select(func.count()).where(JobWorker.seen_at > lately)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return (session.scalar(alive) or 0) > 1

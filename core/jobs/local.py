"""Local delivery: one dispatcher thread and a pool, in the process that serves the app.

For SQLite, and for PostgreSQL with one process. The dispatcher reads what is due; it is woken after
each commit, so its poll is only a safety net.
"""

import fcntl
import threading
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from core.db.session import ALL_TENANTS, Database

if TYPE_CHECKING:
    from core.app import App

log = structlog.get_logger(__name__)

_POLL = 1.0  # seconds
_BATCH = 50
_ADVISORY_LOCK = 0x6465616C


class AlreadyDispatched(RuntimeError):
    """Another process runs the jobs of this database."""


class LocalDispatcher:
    """Runs what is due until ``stop``. Only one may run on a database: a lock sees to it."""

    def __init__(self, app: "App"):
        self.app = app
        self._threads = app.settings.worker_threads
        self._running: set[tuple[str, str]] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._release: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Take the lock, hand back what a killed process left running, and begin.

        Raises AlreadyDispatched.
        """
        self._release = _exclusive(self.app.db)
        for kind in self.app.jobs.kinds.values():
            with self.app.db.unit_of_work(ALL_TENANTS) as session:
                session.execute(
                    update(kind.model)
                    .where(kind.model.job_state == "running")
                    .values(job_state="pending", due_at=self.app.clock())
                )
        self._thread = threading.Thread(target=self._dispatch, name="jobs", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 20) -> None:
        """Start nothing more and wait for what runs, at most ``timeout`` seconds."""
        self._stopping.set()
        self.app.jobs.wake.set()
        if self._thread:
            self._thread.join(timeout)
        self._release()

    def _dispatch(self) -> None:
        jobs = self.app.jobs
        with ThreadPoolExecutor(self._threads, thread_name_prefix="job") as pool:
            while not self._stopping.is_set():
                jobs.wake.clear()
                try:
                    room = self._threads - len(self._running)
                    found = due(self.app, room, self._running) if room > 0 else []
                except SQLAlchemyError:
                    log.exception("jobs.database_unreachable")
                    found = []
                for one in found:
                    self._running.add(one)
                    pool.submit(self._run, *one)
                if not found:
                    jobs.wake.wait(_POLL)

    def _run(self, table: str, row_id: str) -> None:
        try:
            self.app.jobs.run(self.app, table, row_id)
        except Exception:
            # The row stays `running` in the database; the next start hands it back.
            log.exception("jobs.row_lost", table=table, row_id=row_id)
        finally:
            self._running.discard((table, row_id))
            self.app.jobs.wake.set()


def due(app: "App", room: int, running: Set[tuple[str, str]] = frozenset()) -> list[tuple[str, str]]:
    """Up to ``room`` rows to run now, as (table, id).

    Of each record only the oldest unfinished row, so that its work is done in order; of the tenants
    each in turn, so that one's backlog doesn't delay another.
    """
    lines: list[list[tuple[str, str]]] = []
    now = app.clock()
    for table, kind in app.jobs.kinds.items():
        model = kind.model
        earlier: Any = aliased(model)
        waiting = (
            select(earlier.id)
            .where(
                earlier.record_key == model.record_key,
                earlier.job_state.in_(("pending", "running")),
                earlier.id < model.id,
            )
            .exists()
        )
        turn = func.row_number().over(partition_by=model.tenant_id, order_by=model.id)
        heads = (
            select(model.id, turn.label("turn"))
            .where(model.job_state == "pending", model.due_at <= now, ~waiting)
            .subquery()
        )
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            ids = session.scalars(select(heads.c.id).order_by(heads.c.turn, heads.c.id).limit(_BATCH))
            lines.append([(table, row_id) for row_id in ids if (table, row_id) not in running])
    # One of each kind in turn: a flood of deliveries doesn't hold up the actions.
    found = [one for turns in zip_longest(*lines) for one in turns if one is not None]
    return found[:room]


def run_due(app: "App", limit: int = 1000) -> int:
    """Run what is due, in this thread, until nothing is; how many rows ran."""
    ran = 0
    while ran < limit and (found := due(app, _BATCH)):
        ran += sum(app.jobs.run(app, table, row_id) is not None for table, row_id in found)
    return ran


def _exclusive(db: Database) -> Callable[[], None]:
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        return _file_lock(Path(f"{url.database}.jobs")) if url.database else lambda: None
    return _advisory_lock(db.engine.connect())


def _file_lock(path: Path) -> Callable[[], None]:
    file: IO[str] = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AlreadyDispatched(f"another process holds {path}") from None
    return file.close


def _advisory_lock(connection: Connection) -> Callable[[], None]:
    taken = connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
    connection.commit()  # the lock is the connection's, not the transaction's
    if not taken:
        connection.close()
        raise AlreadyDispatched("another process holds the advisory lock of this database")

    def release() -> None:
        try:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()
        except SQLAlchemyError:
            connection.invalidate()  # the database went away, and the lock with it
        connection.close()

    return release

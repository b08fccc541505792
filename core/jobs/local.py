"""Local delivery: one dispatcher thread and a pool, in one process for the whole database.

For SQLite, and for PostgreSQL with one process. The dispatcher reads what is due; it is woken after
each commit of its own process, so its poll is only a safety net there.
"""

import fcntl
import threading
import time
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count, islice, zip_longest
from math import ceil
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, Integer, Table, bindparam, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from core.db.session import Database
from core.jobs.claims import Waiting, has_earlier
from core.jobs.engine import AlreadyRunning
from core.jobs.models import is_state

if TYPE_CHECKING:
    from core.app import App

log = structlog.get_logger(__name__)

Row = tuple[str, str]  # its table, its id

_POLL = 1.0  # seconds
_FRESH = 0.25  # seconds that what was read is worked off before it is read again
_BATCH = 100
_TENANTS = 25
_ADVISORY_LOCK = 0x6465616C


class LocalEngine:
    """Runs what is due until ``stop``. Only one may run on a database: a lock sees to it."""

    name = "local"
    reads_rows = True

    def __init__(self) -> None:
        self._wake = threading.Event()
        self._running: set[Row] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._release: Callable[[], None] = lambda: None

    def enqueue(self, connect: Callable[[], Connection], row: Waiting, wait: float) -> None:
        """Nothing more to write: the dispatcher reads the rows themselves."""

    def job_sql(self) -> str | None:
        return None

    def wake(self, db: Database) -> None:
        """Have the dispatcher look at once."""
        self._wake.set()

    def start(self, app: "App", first: Callable[[], None]) -> None:
        """Take the lock, call ``first``, and begin. Raises AlreadyRunning."""
        self._release = _exclusive(app.db)
        try:
            first()
        except BaseException:
            self._release()
            raise
        self._stopping.clear()
        self._thread = threading.Thread(target=self._dispatch, args=[app], name="jobs", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Start nothing more and wait for what runs, at most ``timeout`` seconds."""
        self._stopping.set()
        self._wake.set()
        if self._thread:
            self._thread.join(timeout)
        self._release()
        self._release = lambda: None

    def resubmit(self, app: "App") -> int:
        """Nothing is forgotten here: the dispatcher reads the rows themselves."""
        return 0

    def _dispatch(self, app: "App") -> None:
        room = threading.Semaphore(app.settings.worker_threads)
        with ThreadPoolExecutor(app.settings.worker_threads, thread_name_prefix="job") as pool:
            for turn in count():
                self._wake.clear()
                found = self._found(app, turn)
                fresh_until = time.monotonic() + _FRESH
                for one in found:
                    while not room.acquire(timeout=_POLL):
                        if self._stopping.is_set():
                            return
                    self._running.add(one)
                    pool.submit(self._run, app, room, *one)
                    if self._stopping.is_set() or time.monotonic() > fresh_until:
                        break
                if not found:
                    self._wake.wait(_POLL)
                if self._stopping.is_set():
                    return

    def _found(self, app: "App", turn: int) -> list[Row]:
        try:
            return due(app, _BATCH, set(self._running), turn)
        except SQLAlchemyError:
            log.exception("jobs.database_unreachable")
            return []

    def _run(self, app: "App", room: threading.Semaphore, table: str, row_id: str) -> None:
        try:
            app.jobs.run(app, table, row_id)
        except Exception:
            # The row stays `running` in the database until its lease runs out.
            log.exception("job.lost", table=table, row_id=row_id)
        finally:
            self._running.discard((table, row_id))
            room.release()
            self._wake.set()


def due(app: "App", limit: int, running: Set[Row] = frozenset(), turn: int = 0) -> list[Row]:
    """Up to ``limit`` rows to run now, as (table, id).

    Of each record only the oldest unfinished row, so that its work is done in order; of the tenants
    each in turn, so that one's backlog doesn't delay another; one of each kind in turn, so that a
    flood of deliveries doesn't hold up the actions. Where very many tenants wait, each ``turn``
    looks at others.
    """
    lines = [
        [(table, row_id) for row_id in _of_kind(app, kind.table, limit, running, turn)]
        for table, kind in app.jobs.kinds.items()
    ]
    return list(islice(_in_turn(lines), limit))


def _of_kind(app: "App", table: Table, limit: int, running: Set[Row], turn: int) -> Iterator[str]:
    tenants = [row.tenant_id for row in app.db.run(_waiting_tenants(table)) if row.tenant_id]
    start = turn * _TENANTS % len(tenants) if tenants else 0
    chosen = (tenants[start:] + tenants[:start])[:_TENANTS]
    each = {"_now": app.clock(), "_most": ceil(limit / len(chosen)) + len(running)} if chosen else {}
    heads = [
        [row.id for row in app.db.run(_heads(table), {"_tenant": tenant_id, **each})]
        for tenant_id in chosen
    ]
    names = {row_id for _, row_id in running}
    return (row_id for row_id in _in_turn(heads) if row_id not in names)


@cache
def _heads(table: Table) -> Any:
    """The rows of a tenant that may run now, oldest first."""
    return (
        select(table.c.id)
        .where(
            table.c.tenant_id == bindparam("_tenant"),
            is_state(table.c, "pending"),
            table.c.due_at <= bindparam("_now"),
            ~has_earlier(table),
        )
        .order_by(table.c.id)
        .limit(bindparam("_most", type_=Integer))
    )


@cache
def _waiting_tenants(table: Table) -> Any:
    """The tenants with pending rows: from one to the next in the index, not through all its rows."""
    first = select(func.min(table.c.tenant_id).label("tenant_id")).where(is_state(table.c, "pending"))
    found = first.cte(recursive=True)
    other = table.alias()
    after = (
        select(func.min(other.c.tenant_id))
        .where(is_state(other.c, "pending"), other.c.tenant_id > found.c.tenant_id)
        .scalar_subquery()
    )
    found = found.union_all(select(after).where(found.c.tenant_id.is_not(None)))
    return select(found.c.tenant_id)


def _in_turn(lines: Sequence[Sequence[Any]]) -> Iterator[Any]:
    """One of each line, then the second of each, and so on."""
    return (one for turns in zip_longest(*lines) for one in turns if one is not None)


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
        raise AlreadyRunning(f"another process holds {path}") from None
    return file.close


def _advisory_lock(connection: Connection) -> Callable[[], None]:
    taken = connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
    connection.commit()  # the lock is the connection's, not the transaction's
    if not taken:
        connection.close()
        raise AlreadyRunning("another process holds the advisory lock of this database")

    def release() -> None:
        try:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()
        except SQLAlchemyError:
            connection.invalidate()  # the database went away, and the lock with it
        connection.close()

    return release

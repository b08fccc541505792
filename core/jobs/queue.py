"""Delivery by procrastinate, for PostgreSQL: any number of workers, on any number of hosts.

A job is written with the row that it delivers, through the same connection and in the same
transaction. It holds the row's table and id and nothing else. It has no lock and no retries of its
own: order and retries are in the rows (core.jobs.claims), so what is next on a record is delivered
at once when its turn comes, and not at the queue's next poll.

The library itself is imported where jobs are run or the tables are made; writing a job takes its SQL
function only, which is part of its tables' interface, so the web process is spared the library.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, TextClause, inspect, select, text
from sqlalchemy import Engine as DatabaseEngine

from core.db.session import Database
from core.jobs.backlog import waiting_sql
from core.jobs.bell import Bell
from core.jobs.claims import Waiting, has_earlier
from core.jobs.models import is_state

if TYPE_CHECKING:
    import procrastinate

    from core.app import App

log = structlog.get_logger(__name__)

QUEUE = "dealpay"
TASK = "deliver"
_POLL = 1.0  # seconds; a safety net, since the bell is rung for new jobs
_AGAIN = 5.0  # seconds until the database is tried again that went away
_OVERDUE = timedelta(minutes=5)
_AT_ONCE = 1000


def _call(waiting: str) -> str:
    """The SQL call that writes the job of one row.

    The more of a tenant's rows are ``waiting``, the later the next ones come, so that its backlog
    doesn't delay the other tenants.
    """
    return (
        f"procrastinate_defer_jobs_v1(array[row('{QUEUE}', '{TASK}', (-{waiting} / 5)::int, null, null, "
        "cast(:job as jsonb), case when :wait > 0 then now() + make_interval(secs => :wait) end"
        ")::procrastinate_job_to_defer_v1])"
    )


@cache
def _defer(table: str) -> TextClause:
    return text(f"select {_call(waiting_sql(table))}")


def job_args(table: str, row_id: str) -> str:
    """What a job says: which row it delivers."""
    return json.dumps({"table": table, "row_id": row_id})


class QueueEngine:
    """Writes the jobs; after ``start`` also runs them, ``worker_threads`` at a time."""

    name = "procrastinate"
    reads_rows = False

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._cancel: Callable[[], object] = lambda: None
        self._bell = Bell(QUEUE)

    def enqueue(self, connect: Callable[[], Connection], row: Waiting, wait: float) -> None:
        """Write the row's job, in the transaction of the row."""
        values = {"job": job_args(row.table, row.row_id), "tenant_id": row.tenant_id, "wait": wait}
        connect().execute(_defer(row.table), values)

    def job_sql(self) -> str | None:
        """``job`` is as job_args gives it, ``wait`` in seconds."""
        return _call(":waiting")

    def wake(self, db: Database) -> None:
        """Tell the workers, wherever they are."""
        self._bell.ring(db)

    def start(self, app: "App", first: Callable[[], None]) -> None:
        """Run jobs in threads of this process, beside those of other processes."""
        first()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, args=[app], name="queue", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Fetch nothing more, and wait at most ``timeout`` seconds for what runs."""
        self._stopping.set()
        self._cancel()
        if self._thread:
            self._thread.join(timeout)

    def resubmit(self, app: "App") -> int:
        """Write jobs for rows that are overdue while the queue has next to nothing to do.

        That happens to rows from before the queue was chosen, and to what was restored from a copy.
        """
        if self._backlog(app) >= _AT_ONCE:
            return 0  # they are overdue because the queue is long
        count = 0
        for kind in app.jobs.kinds.values():
            table = kind.table
            overdue = (
                select(table.c.id, table.c.tenant_id, table.c.due_at)
                .where(
                    is_state(table.c, "pending"),
                    table.c.due_at < app.clock() - _OVERDUE,
                    ~has_earlier(table),
                )
                .order_by(table.c.due_at)
                .limit(_AT_ONCE)
            )
            with app.db.engine.begin() as connection:
                for row in connection.execute(overdue).all():
                    self.enqueue(lambda: connection, Waiting(table.name, *row), 0)
                    count += 1
        return count

    def _backlog(self, app: "App") -> int:
        ready = (
            "select count(*) from (select 1 from procrastinate_jobs where status = 'todo' "
            "and (scheduled_at is null or scheduled_at <= now()) limit :most) ready"
        )
        with app.db.engine.connect() as connection:
            return int(connection.scalar(text(ready), {"most": _AT_ONCE}) or 0)

    def _run(self, app: "App") -> None:
        # A worker of the library ends when the database goes away; this one begins again.
        while not self._stopping.is_set():
            try:
                asyncio.run(self._work(app))
            except Exception:
                if not self._stopping.is_set():
                    log.exception("jobs.queue_unreachable")
            self._stopping.wait(_AGAIN)

    async def _work(self, app: "App") -> None:
        threads, lease = app.settings.worker_threads, app.jobs.lease
        loop = asyncio.get_running_loop()
        # By itself the library would run sync jobs on no more than the loop's few threads.
        loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="job"))
        queue = library(app)
        async with queue.open_async():
            main = asyncio.current_task()
            assert main
            self._cancel = lambda: loop.call_soon_threadsafe(main.cancel)
            takeover = asyncio.create_task(_take_over(queue, lease))
            try:
                if not self._stopping.is_set():
                    await queue.run_worker_async(
                        queues=[QUEUE],
                        concurrency=threads,
                        fetch_job_polling_interval=_POLL,
                        update_heartbeat_interval=lease / 3,
                        stalled_worker_timeout=lease,
                        delete_jobs="successful",
                        install_signal_handlers=False,
                    )
            except asyncio.CancelledError:
                log.info("jobs.queue_stopped")
            finally:
                self._cancel = lambda: None
                takeover.cancel()


def library(app: "App") -> "procrastinate.App":
    """The library's app with the one task there is; an app for each worker, never shared."""
    import logging

    import procrastinate

    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # it writes two lines for each job
    url = app.db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    queue = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    # Tried again: a table that only a newer version knows is left to a worker of that version, and
    # a database that went away comes back. What becomes of the work itself is in the row.
    @queue.task(name=TASK, queue=QUEUE, retry=procrastinate.RetryStrategy(wait=5))
    def deliver(table: str, row_id: str) -> None:
        app.jobs.run(app, table, row_id)

    return queue


async def _take_over(queue: "procrastinate.App", lease: float) -> None:
    """Deliver again what a worker had fetched that is silent for ``lease`` seconds; a row that is
    done by now is left as it is."""
    while True:
        await asyncio.sleep(lease / 3)
        try:
            for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=lease):
                await queue.job_manager.retry_job(job)
        except Exception:
            # Another worker was quicker, or the database is away, which the worker itself finds out.
            log.warning("jobs.take_over_failed", exc_info=True)


def prepare(engine: DatabaseEngine) -> None:
    """Make the queue's tables where PostgreSQL has none yet. Run it with the migrations."""
    if not is_missing(engine):
        return
    from procrastinate.schema import SchemaManager

    with engine.begin() as connection:
        cursor: Any = connection.connection.cursor()
        cursor.execute(SchemaManager.get_schema())
        for statement in _TUNING:
            cursor.execute(statement)


_TUNING = (
    # A burst on a table with stale statistics is fetched slowly (procrastinate #1242).
    "create index procrastinate_jobs_line on procrastinate_jobs (lock, priority desc, id) "
    "where status in ('todo', 'doing')",
    "alter table procrastinate_jobs set "
    "(autovacuum_analyze_threshold = 200, autovacuum_analyze_scale_factor = 0)",
    # See core.jobs.bell.
    "alter table procrastinate_jobs disable trigger procrastinate_jobs_notify_queue_job_inserted_v1",
    # A diary of each job, for people; ours is the row. The workers go by their heartbeats.
    "alter table procrastinate_jobs disable trigger procrastinate_trigger_status_events_insert_v1",
    "alter table procrastinate_jobs disable trigger procrastinate_trigger_status_events_update_v1",
    "alter table procrastinate_jobs disable trigger procrastinate_trigger_scheduled_events_v1",
)


def is_missing(engine: DatabaseEngine) -> bool:
    """Whether PostgreSQL lacks the queue's tables."""
    return engine.dialect.name == "postgresql" and not inspect(engine).has_table("procrastinate_jobs")

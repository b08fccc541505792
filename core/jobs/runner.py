"""The seam between "this must run" and whatever runs it.

A row that is Work is the truth: it says what is to be done, whether it was, and when it is tried
again. An engine only brings row ids here, at least once each; the code below is the same for all.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import ColumnElement, Table, event, true
from sqlalchemy.orm import Session

from core.api.actions import Done, Later, Outcome, Skipped
from core.api.errors import (
    CredentialsError,
    DealpayError,
    NotSent,
    Rejected,
    Throttled,
    Unsupported,
)
from core.db.faultpoints import reached
from core.db.session import Database
from core.figures import JOBS
from core.jobs import once
from core.jobs.backlog import Backlog
from core.jobs.claims import (
    Claim,
    Waiting,
    claim,
    hand_back,
    is_followed,
    overtaken,
    prolong,
    settle,
    settle_alone,
)
from core.jobs.engine import Engine
from core.jobs.models import JobState, Work
from core.plugin_host.tracing import Purpose, made_for

if TYPE_CHECKING:
    from core.app import App

log = structlog.get_logger(__name__)

#: Seconds before each further try; after the last one the work is given up and left for a person.
DELAYS = (2, 5, 15, 60, 300, 900, 3600, 7200, 14400, 28800)
#: Trying the same again is no use: a person has to change something first.
FINAL = (Rejected, CredentialsError, Unsupported)

#: A request that runs a row itself has nobody who prolongs its claim, and calls a provider.
_REQUEST_LEASE = 120.0  # seconds

Handler = Callable[["App", str, str], Outcome]


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of work and what does it: ``handler(app, tenant_id, row_id)``."""

    model: type[Any]
    handler: Handler

    @property
    def table(self) -> Table:
        table: Table = self.model.__table__
        return table


@dataclass(frozen=True, slots=True)
class Periodic:
    """What is done again and again: ``function(app)``, every ``every`` seconds, by one worker of all.

    It answers with a sentence that says what it did, or with None where there was nothing to do.
    """

    name: str
    every: float
    function: Callable[["App"], str | None]


class Jobs:
    """The kinds of work of one app, and the code that runs one row of it.

    ``lease`` is how many seconds a worker may be silent before its rows are handed back.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime], engine: Engine, lease: float = 30):
        self.db = db
        self.clock = clock
        self.engine = engine
        self.backlog = Backlog(db)
        self.lease = lease
        self.kinds: dict[str, Kind] = {}
        self.periodics: dict[str, Periodic] = {}
        self._running: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def register(self, model: type[Work], handler: Handler) -> None:
        """Say what does the work that rows of ``model`` stand for."""
        self.kinds[model.__tablename__] = Kind(model, handler)  # type: ignore[attr-defined]

    def periodic(self, name: str, every: float, function: Callable[["App"], str | None]) -> None:
        """Have ``function`` called every ``every`` seconds, by one worker of all."""
        self.periodics[name] = Periodic(name, every, function)

    def submit(self, session: Session, row: Work) -> None:
        """Write ``row`` in the caller's transaction; it runs after the commit."""
        row.created_at = row.created_at or self.clock()
        row.due_at = row.due_at or row.created_at
        row.tenant_id = row.tenant_id or session.info["tenant_id"]
        session.add(row)
        if row.job_state in (None, "pending"):
            self._enqueue(session, row)

    def submit_once(self, model: type[Any], key: tuple[str, ...], row: dict[str, Any]) -> None:
        """``submit`` for what comes in by the hundred a second; see core.jobs.once."""
        once.submit_once(self, model, key, row)

    def retry(self, session: Session, row: Work) -> None:
        """Put work that was given up, or waits for its next try, in line for now, by hand."""
        row.job_state, row.due_at, row.attempts, row.finished_at = "pending", self.clock(), 0, None
        self._enqueue(session, row)

    def run(
        self,
        app: "App",
        table: str,
        row_id: str,
        *,
        now: bool = False,
        final: tuple[type[Exception], ...] = FINAL,
    ) -> JobState | None:
        """Claim one row, do its work and write down what came of it.

        The state it is left in; None where it wasn't there to claim: not due yet (``now`` runs it
        all the same), behind another row of its record, running elsewhere, or finished. After an
        error of ``final`` it isn't tried again.
        """
        kind = self.kinds[table]
        lease = _REQUEST_LEASE if now else self.lease
        held = claim(self.db, kind.table, row_id, now=self.clock(), lease=lease, due=not now)
        if held is None:
            return None
        reached("work.claimed")
        with self._lock:
            self._running.add((table, row_id))
        try:
            state, values = self._outcome(app, kind, held, final)
            self._settle(held, state, values)
        finally:
            with self._lock:
                self._running.discard((table, row_id))
        JOBS.labels(table, state).inc()
        log.info("job.ran", table=table, row_id=row_id, state=state, attempts=held.attempts)
        return state

    def running(self) -> dict[str, list[str]]:
        """The ids of the rows that are being run in this process, by table."""
        with self._lock:
            tables = {table for table, _ in self._running}
            return {of: [row_id for table, row_id in self._running if table == of] for of in tables}

    def keep(self) -> None:
        """Prolong the claims of this process, and hand back those that nobody prolonged."""
        until = self.clock() + timedelta(seconds=self.lease)
        for name, ids in self.running().items():
            with self.db.engine.begin() as connection:
                prolong(connection, self.kinds[name].table, ids, until)
        for kind in self.kinds.values():
            self._hand_back(kind.table, kind.table.c.due_at < self.clock())

    def let_go(self) -> None:
        """Hand back at once what runs in this process: it is about to end."""
        for name, ids in self.running().items():
            table = self.kinds[name].table
            self._hand_back(table, table.c.id.in_(ids))

    def start_over(self) -> None:
        """Hand back at once whatever is running: there is no other process that could."""
        for kind in self.kinds.values():
            while self._hand_back(kind.table, true()):
                continue

    def _hand_back(self, table: Table, which: ColumnElement[bool]) -> int:
        with self.db.engine.begin() as connection:
            lost = hand_back(connection, table, self.clock(), which)
            for row in lost:
                self.engine.enqueue(lambda: connection, row, 0)
        self.engine.wake(self.db)
        for row in lost:
            log.warning("job.handed_back", table=row.table, row_id=row.row_id)
        return len(lost)

    def _outcome(
        self, app: "App", kind: Kind, held: Claim, final: tuple[type[Exception], ...]
    ) -> tuple[JobState, dict[str, Any]]:
        """Do the work: the state it is in now, and what else to write down."""
        try:
            with made_for(Purpose(lambda: held.tenant_id, kind.table.name, held.row_id)):
                outcome = kind.handler(app, held.tenant_id, held.row_id)
        except Throttled as error:
            return self._again(held, error.retry_after or 1, str(error), counted=False)
        except Exception as error:
            if not isinstance(error, DealpayError):
                log.exception("job.crashed", table=kind.table.name, row_id=held.row_id)
            return self._failed(held, error, final)
        match outcome:
            case Done(summary):
                return "done", {"result": summary, "finished_at": self.clock()}
            case Skipped(reason):
                return "skipped", {"result": reason, "finished_at": self.clock()}
            case Later(after, reason):
                return self._again(held, after, reason, counted=False)

    def _failed(
        self, held: Claim, error: Exception, final: tuple[type[Exception], ...]
    ) -> tuple[JobState, dict[str, Any]]:
        reason = _sentence(error)
        if isinstance(error, final) or held.attempts > len(DELAYS):
            return "failed", {"result": reason, "last_error": reason, "finished_at": self.clock()}
        delay: float = DELAYS[held.attempts - 1]
        if isinstance(error, NotSent) and error.retry_after:
            delay = max(delay, error.retry_after)
        return self._again(held, delay, reason, counted=True)

    def _again(
        self, held: Claim, after: float, reason: str, *, counted: bool
    ) -> tuple[JobState, dict[str, Any]]:
        due_at = self.clock() + timedelta(seconds=after)
        attempts = held.attempts if counted else held.attempts - 1
        return "pending", {"due_at": due_at, "last_error": reason or None, "attempts": attempts}

    def _settle(self, held: Claim, state: JobState, values: dict[str, Any]) -> None:
        following = None
        alone = self.engine.reads_rows or (state != "pending" and not is_followed(self.db, held))
        reached("work.settling")
        if alone:
            settle_alone(self.db, held, state, values)
        else:
            with self.db.relaxed.begin() as connection:
                following = settle(connection, held, state, values)
                if following:  # it may be this row itself, for its next try
                    self.engine.enqueue(lambda: connection, following, self._wait(following.due_at))
        reached("work.settled")
        if not self.engine.reads_rows and (late := overtaken(self.db, held, following)):
            with self.db.relaxed.begin() as connection:
                self.engine.enqueue(lambda: connection, late, self._wait(late.due_at))
        self.engine.wake(self.db)

    def _wait(self, due_at: datetime) -> float:
        return max(0.0, (due_at - self.clock()).total_seconds())

    def _enqueue(self, session: Session, row: Any) -> None:
        waiting = Waiting(row.__tablename__, row.id, row.tenant_id, row.due_at)
        self.engine.enqueue(session.connection, waiting, self._wait(row.due_at))
        if not session.info.get("wakes"):
            session.info["wakes"] = True
            event.listen(session, "after_commit", lambda _: self.engine.wake(self.db), once=True)


def _sentence(error: Exception) -> str:
    match error:
        case Rejected():
            return error.user_message
        case DealpayError():
            return str(error)
    return f"Something unexpected went wrong ({type(error).__name__}); the log says more."

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
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from core.api.actions import Done, Later, Outcome, Skipped
from core.api.errors import CredentialsError, DealpayError, NotSent, Rejected, Unsupported
from core.db.session import ALL_TENANTS, Database
from core.jobs.models import JobState, Work

if TYPE_CHECKING:
    from core.app import App

log = structlog.get_logger(__name__)

#: Seconds before each further try; after the last one the work is given up and left for a person.
DELAYS = (2, 5, 15, 60, 300, 900, 3600, 7200, 14400, 28800)
#: Trying the same again is no use: a person has to change something first.
FINAL = (Rejected, CredentialsError, Unsupported)

Handler = Callable[["App", str, str], Outcome]


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of work and what does it: ``handler(app, tenant_id, row_id)``."""

    model: type[Any]
    handler: Handler


@dataclass(frozen=True, slots=True)
class Periodic:
    """What is done again and again: ``function(app)``, every ``every`` seconds, by one worker of all.

    It answers with a sentence that says what it did, or with None where there was nothing to do.
    """

    name: str
    every: float
    function: Callable[["App"], str | None]


class Jobs:
    """The kinds of work of one app, and the code that runs one row of it."""

    def __init__(self, db: Database, clock: Callable[[], datetime]):
        self.db = db
        self.clock = clock
        self.kinds: dict[str, Kind] = {}
        self.periodics: dict[str, Periodic] = {}
        self.wake = threading.Event()

    def register(self, model: type[Work], handler: Handler) -> None:
        """Say what does the work that rows of ``model`` stand for."""
        self.kinds[model.__tablename__] = Kind(model, handler)  # type: ignore[attr-defined]

    def periodic(self, name: str, every: float, function: Callable[["App"], str | None]) -> None:
        """Have ``function`` called every ``every`` seconds."""
        self.periodics[name] = Periodic(name, every, function)

    def submit(self, session: Session, row: Work) -> None:
        """Write ``row`` in the caller's transaction; it runs after the commit."""
        row.created_at = row.created_at or self.clock()
        row.due_at = row.due_at or row.created_at
        session.add(row)
        self.notify(session)

    def notify(self, session: Session) -> None:
        """Wake the dispatcher once ``session`` has committed."""
        if not session.info.get("wakes"):
            session.info["wakes"] = True
            event.listen(session, "after_commit", lambda _: self.wake.set(), once=True)

    def retry(self, session: Session, row: Work) -> None:
        """Put work that was given up back in line, by hand."""
        row.job_state, row.due_at, row.attempts, row.finished_at = "pending", self.clock(), 0, None
        self.notify(session)

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
        all the same), running elsewhere, or finished. After an error of ``final`` it isn't tried again.
        """
        kind = self.kinds[table]
        claimed = self._claim(kind.model, row_id, now)
        if claimed is None:
            return None
        tenant_id, attempts = claimed
        try:
            outcome = kind.handler(app, tenant_id, row_id)
        except DealpayError as error:
            state = self._failed(kind.model, row_id, attempts, error, final)
        except Exception as error:
            log.exception("job.crashed", table=table, row_id=row_id)
            state = self._failed(kind.model, row_id, attempts, error, final)
        else:
            state = self._finished(kind.model, row_id, outcome)
        log.info("job.ran", table=table, row_id=row_id, state=state, attempts=attempts)
        return state

    def _claim(self, model: type[Any], row_id: str, now: bool) -> tuple[str, int] | None:
        at = self.clock()
        claim = update(model).where(model.id == row_id, model.job_state == "pending")
        if not now:
            claim = claim.where(model.due_at <= at)
        with self.db.unit_of_work(ALL_TENANTS) as session:
            claim = claim.values(job_state="running", attempts=model.attempts + 1, started_at=at)
            if not session.execute(claim).rowcount:  # type: ignore[attr-defined]
                return None
            row = session.execute(
                select(model.tenant_id, model.attempts).where(model.id == row_id)
            ).one()
            return row.tenant_id, row.attempts

    def _finished(self, model: type[Any], row_id: str, outcome: Outcome) -> JobState:
        match outcome:
            case Done(summary):
                return self._settle(model, row_id, "done", result=summary)
            case Skipped(reason):
                return self._settle(model, row_id, "skipped", result=reason)
            case Later(after, reason):
                return self._again(model, row_id, after, reason, counted=False)

    def _failed(
        self,
        model: type[Any],
        row_id: str,
        attempts: int,
        error: Exception,
        final: tuple[type[Exception], ...],
    ) -> JobState:
        reason = _sentence(error)
        if isinstance(error, final) or attempts > len(DELAYS):
            return self._settle(model, row_id, "failed", result=reason, last_error=reason)
        delay: float = DELAYS[attempts - 1]
        if isinstance(error, NotSent) and error.retry_after:
            delay = max(delay, error.retry_after)
        return self._again(model, row_id, delay, reason, counted=True)

    def _settle(self, model: type[Any], row_id: str, state: JobState, **values: Any) -> JobState:
        return self._write(model, row_id, job_state=state, finished_at=self.clock(), **values)

    def _again(
        self, model: type[Any], row_id: str, after: float, reason: str, *, counted: bool
    ) -> JobState:
        values: dict[str, Any] = {"last_error": reason or None}
        if not counted:
            values["attempts"] = model.attempts - 1
        due_at = self.clock() + timedelta(seconds=after)
        return self._write(model, row_id, job_state="pending", due_at=due_at, **values)

    def _write(self, model: type[Any], row_id: str, *, job_state: JobState, **values: Any) -> JobState:
        with self.db.unit_of_work(ALL_TENANTS) as session:
            session.execute(
                update(model).where(model.id == row_id).values(job_state=job_state, **values)
            )
        # Whatever stood in line behind this row may go now.
        self.wake.set()
        return job_state


def _sentence(error: Exception) -> str:
    match error:
        case Rejected():
            return error.user_message
        case DealpayError():
            return str(error)
    return f"Something unexpected went wrong ({type(error).__name__}); the log says more."

"""Work that must happen: the row says what, whether it happened, and when it is tried again."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Index, String, Text, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantRow, WithId, utc_now

#: The longest record_key.
RECORD_KEY = 120

JobState = Literal["pending", "running", "done", "failed", "skipped"]


class Work(WithId, TenantRow):
    """The columns of a row that stands for work. Its table has the indexes of ``work_indexes``.

    Rows with one ``record_key`` run in the order of their ids, one at a time. ``due_at`` is when a
    pending row is to be run; of a running one, when whoever runs it is taken for dead.
    ``result`` is a sentence for people, whether the work was done, skipped or given up.
    """

    record_key: Mapped[str] = mapped_column(String(RECORD_KEY))
    job_state: Mapped[JobState] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=utc_now)
    result: Mapped[str | None] = mapped_column(Text)
    last_error: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


def work_indexes(table: str) -> tuple[Index, ...]:
    """The indexes of a table of work. They hold its unfinished rows only, so that they stay small.

    The last one lets no two rows of a record run at once, whoever may try.
    """
    return (
        _partial(f"ix_{table}_pending", "tenant_id", "id", where="job_state = 'pending'"),
        _partial(f"ix_{table}_due", "due_at", where="job_state in ('pending', 'running')"),
        _partial(f"ix_{table}_line", "record_key", "id", where="job_state in ('pending', 'running')"),
        _partial(f"uq_{table}_running", "record_key", where="job_state = 'running'", unique=True),
    )


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def is_state(columns: Any, *states: JobState) -> ColumnElement[bool]:
    """Whether a row, of a model or of the ``c`` of its table, is in one of these states.

    Written out rather than bound: a partial index is used for values that the planner can see.
    """
    written: list[Any] = [literal_column(f"'{state}'") for state in states]
    found: ColumnElement[bool] = columns.job_state.in_(written)
    return found if len(written) > 1 else columns.job_state == written[0]


class JobWorker(WithId, Base):
    """A process that runs jobs, and when it was last alive."""

    __tablename__ = "job_workers"
    id_prefix = "wrk"

    host: Mapped[str]
    pid: Mapped[int]
    version: Mapped[str] = mapped_column(String(40))
    engine: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class PeriodicTask(Base):
    """When something periodic is due next, and what came of it the last time.

    Every worker looks; the one that moves ``due_at`` on is the one that does it.
    """

    __tablename__ = "periodic_tasks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)

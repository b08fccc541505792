"""Work that must happen: the row says what, whether it happened, and when it is tried again."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem

from core.db.base import Base, TenantRow, WithId, utc_now

#: The longest record_key.
RECORD_KEY = 120

JobState = Literal["pending", "running", "done", "failed", "skipped"]


class Work(WithId, TenantRow):
    """The columns of a row that stands for work.

    Rows with one ``record_key`` run in the order of their ids, one at a time.
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

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[SchemaItem, ...]:
        return (Index(None, "job_state", "due_at"), Index(None, "record_key", "id"))


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

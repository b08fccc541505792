"""What the rows say about work that waits, about the workers, and about what is periodic."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import ColumnElement, and_, func, select
from ulid import ULID

from core.db.session import ALL_TENANTS
from core.jobs.models import JobWorker, PeriodicTask, is_state

if TYPE_CHECKING:
    from core.app import App

#: No more rows are counted: a scrape costs the same, however long the line is.
MOST = 100_000
#: How far back the figures of recent rows go.
RECENT = timedelta(minutes=5)
_SKEW = timedelta(minutes=15)


def figures(app: "App") -> Iterator[Metric]:
    """The length and the age of each line of work, the workers, and what is periodic."""
    yield from _work(app)
    yield from _workers(app)
    yield from _periodic(app)


def silence_allowed(app: "App") -> timedelta:
    """How long ago a worker may have shown itself and still be thought alive; it does so three times
    in a lease."""
    return timedelta(seconds=max(60, app.settings.job_lease))


def is_recent(model: Any, now: datetime) -> ColumnElement[bool]:
    """Whether a row was written in the last RECENT minutes.

    Ids begin with the time of the host that made them, so their index finds the few rows to look
    at; when exactly they were written, the clock that all hosts share has put beside.
    """
    first = str(ULID.from_datetime(now - RECENT - _SKEW))[:10]
    return and_(model.id >= f"{model.id_prefix}_{first}", model.created_at > now - RECENT)


def _work(app: "App") -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "dealpay_work_rows",
        f"Unfinished work, by kind; {MOST} stands for that or more.",
        labels=["kind", "state"],
    )
    overdue = GaugeMetricFamily(
        "dealpay_work_overdue_seconds", "How long the oldest work that is due waits.", labels=["kind"]
    )
    now = app.clock()
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for table, kind in app.jobs.kinds.items():
            model = kind.model
            for state in ("pending", "running"):
                some = select(model.id).where(is_state(model, state)).limit(MOST).subquery()
                rows.add_metric([table, state], session.scalar(select(func.count(some.c.id))) or 0)
            first = session.scalar(select(func.min(model.due_at)).where(is_state(model, "pending")))
            overdue.add_metric([table], max(0.0, (now - first).total_seconds()) if first else 0)
    yield rows
    yield overdue


def _workers(app: "App") -> Iterator[Metric]:
    alive = GaugeMetricFamily(
        "dealpay_workers", "Processes that run jobs, seen lately.", labels=["version"]
    )
    query = (
        select(JobWorker.version, func.count())
        .where(JobWorker.seen_at > app.clock() - silence_allowed(app))
        .group_by(JobWorker.version)
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for version, count in session.execute(query):
            alive.add_metric([version], count)
    yield alive


def _periodic(app: "App") -> Iterator[Metric]:
    finished = GaugeMetricFamily(
        "dealpay_periodic_finished_timestamp_seconds", "When it last ended.", labels=["task"]
    )
    failed = GaugeMetricFamily(
        "dealpay_periodic_failed", "1 where it last ended with an error.", labels=["task"]
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for task in session.scalars(select(PeriodicTask).order_by(PeriodicTask.name)):
            if task.finished_at:
                finished.add_metric([task.name], task.finished_at.timestamp())
                failed.add_metric([task.name], int(task.error is not None))
    yield finished
    yield failed

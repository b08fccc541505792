"""What is done again and again, by one worker of all.

When each is due is a row. Every worker looks; the one that moves the time on does it.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import or_, select, update

from core.db.session import ALL_TENANTS
from core.jobs.models import PeriodicTask
from core.jobs.runner import Periodic

if TYPE_CHECKING:
    from core.app import App

log = structlog.get_logger(__name__)

#: Whoever has been at it longer than this is taken for dead.
_LONGEST = timedelta(hours=1)


def run_next(app: "App") -> bool:
    """Do one thing that is due, if any is. A failure is written down and tried again when next due."""
    for task in _due(app):
        if not _take(app, task):
            continue
        values: dict[str, Any]
        try:
            values = {"result": task.function(app), "error": None}
        except Exception as error:
            log.exception("periodic.failed", name=task.name)
            values = {"error": f"{type(error).__name__}: {error}"[:500]}
        else:
            log.info("periodic.ran", name=task.name, result=values["result"])
        _write(app, task.name, finished_at=app.clock(), **values)
        return True
    return False


def _due(app: "App") -> list[Periodic]:
    tasks = app.jobs.periodics
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        rows = session.execute(select(PeriodicTask.name, PeriodicTask.due_at))
        known: dict[str, datetime] = {row.name: row.due_at for row in rows}
    for name in tasks.keys() - known.keys():
        _add(app, name)
    return [task for name, task in tasks.items() if name not in known or known[name] <= app.clock()]


def _add(app: "App", name: str) -> None:
    """A task that nobody has done yet is due at once: an outage may just have ended."""
    with app.db.unit_of_work(ALL_TENANTS) as session:
        session.execute(
            app.db.insert(PeriodicTask).values(name=name, due_at=app.clock()).on_conflict_do_nothing()
        )


def _take(app: "App", task: Periodic) -> bool:
    now = app.clock()
    free = or_(
        PeriodicTask.started_at.is_(None),
        PeriodicTask.finished_at >= PeriodicTask.started_at,
        PeriodicTask.started_at < now - _LONGEST,
    )
    take = update(PeriodicTask).where(PeriodicTask.name == task.name, PeriodicTask.due_at <= now, free)
    take = take.values(started_at=now, due_at=now + timedelta(seconds=task.every))
    with app.db.unit_of_work(ALL_TENANTS) as session:
        return bool(session.execute(take).rowcount)  # type: ignore[attr-defined]


def _write(app: "App", name: str, **values: Any) -> None:
    with app.db.unit_of_work(ALL_TENANTS) as session:
        session.execute(update(PeriodicTask).where(PeriodicTask.name == name).values(**values))

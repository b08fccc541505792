"""Whose turn a row is, and whose it is at the moment.

A row is claimed before its work is done and settled afterwards, each in a transaction of its own. A
claim is a lease: the process that holds it prolongs it while it lives, and where it ran out the row
is handed back. All this is in the rows, so it is the same whichever engine delivers their ids.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from core.db.engine import forgettable
from core.db.ready import kept
from core.db.session import Database
from core.jobs.models import JobState, is_state

_AT_ONCE = 500
#: An engine may go by a clock that is a second ahead of ours, and brings each row once.
_SLACK = timedelta(seconds=1.5)


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours to run. ``attempts`` counts this one, and tells our claim from a later one."""

    table: Table
    row_id: str
    tenant_id: str
    record_key: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that may be run from ``due_at`` on."""

    table: str
    row_id: str
    tenant_id: str
    due_at: datetime


def has_earlier(table: Table) -> ColumnElement[bool]:
    """Whether a row has to wait for another of its record: for an older one, or for one that runs."""
    other = table.alias()
    older = is_state(other.c, "pending") & (other.c.id < table.c.id)
    return (
        select(other.c.id)
        .where(
            other.c.record_key == table.c.record_key,
            is_state(other.c, "pending", "running"),
            other.c.id != table.c.id,
            is_state(other.c, "running") | older,
        )
        .exists()
    )


def claim(
    db: Database, table: Table, row_id: str, *, now: datetime, lease: float, due: bool = True
) -> Claim | None:
    """Take a row for ``lease`` seconds; None where it isn't its turn, or another's already.

    With ``due`` only where its time has come.
    """
    values = {"_row": row_id, "_now": now, "_until": now + timedelta(seconds=lease)}
    if due:
        values["_latest"] = now + _SLACK
    try:
        # Forgotten, it is claimed again: whatever must not be done twice is noted by whoever does it.
        rows = db.run(_claim(db.engine.dialect, table, due), values, relaxed=True)
    except IntegrityError:
        return None  # another row of the record was claimed at the same moment
    return Claim(table, row_id, *rows[0]) if rows else None


def settle(
    connection: Connection, held: Claim, state: JobState, values: dict[str, Any]
) -> Waiting | None:
    """Write down what came of a claim; the row of the record whose turn it is now, if any.

    Where the lease was lost, whoever has the row now says what came of it, and nothing is written.
    The transaction is to be a relaxed one: forgotten, the work is done again, which changes nothing.
    """
    table, values = held.table, {"job_state": state, **values}
    statement = _settle(connection.dialect, table, tuple(values))
    written = connection.execute(statement.made, _settled(held, values))
    if not written.rowcount:
        return None
    following = _following(connection.dialect, table).made
    row = connection.execute(following, {"_key": held.record_key}).one_or_none()
    return Waiting(table.name, *row) if row else None


def settle_alone(db: Database, held: Claim, state: JobState, values: dict[str, Any]) -> None:
    """``settle`` in a transaction of its own, where nobody has to be told whose turn it is."""
    values = {"job_state": state, **values}
    statement = _settle(db.engine.dialect, held.table, tuple(values))
    db.run(statement, _settled(held, values), relaxed=True)


def is_followed(db: Database, held: Claim) -> bool:
    """Whether another row of the record waits already."""
    return bool(db.run(_following(db.engine.dialect, held.table), {"_key": held.record_key}))


def _settled(held: Claim, values: dict[str, Any]) -> dict[str, Any]:
    given = {f"_{name}": value for name, value in values.items()}
    return given | {"_row": held.row_id, "_held": held.attempts}


def overtaken(db: Database, held: Claim, following: Waiting | None) -> Waiting | None:
    """The row whose turn it is after ``held`` was settled and committed, where it isn't ``following``.

    It was written meanwhile. Its own job may have come before the commit: then it was sent away,
    because ``held`` was still running.
    """
    for row in db.run(_next(db.engine.dialect, held.table), {"_key": held.record_key}):
        if following is None or row.id != following.row_id:
            return Waiting(held.table.name, row.id, row.tenant_id, row.due_at)
    return None


def prolong(connection: Connection, table: Table, ids: Iterable[str], until: datetime) -> None:
    """Keep the claims on rows whose work is still being done here."""
    mine = update(table).where(table.c.id.in_(list(ids)), is_state(table.c, "running"))
    connection.execute(mine.values(due_at=until))


def hand_back(
    connection: Connection, table: Table, now: datetime, which: ColumnElement[bool]
) -> list[Waiting]:
    """Put running rows of ``which`` back in line, some hundred at most; those it put back."""
    some = select(table.c.id).where(is_state(table.c, "running"), which).limit(_AT_ONCE)
    back = (
        update(table)
        .where(table.c.id.in_(some.scalar_subquery()), is_state(table.c, "running"))
        .values(job_state="pending", due_at=now)
        .returning(table.c.id, table.c.tenant_id, table.c.due_at)
    )
    return [Waiting(table.name, *row) for row in connection.execute(back)]


# Every job runs the statements below, so they are put together once for each table. They go past the
# ORM: rows of all tenants pass here, and nothing but the columns of work is touched. The underscores
# keep parameters apart from columns of the same name.


@kept
def _claim(dialect: str, table: Table, due: bool) -> Any:
    take = update(table).where(
        table.c.id == bindparam("_row"),
        is_state(table.c, "pending"),
        ~has_earlier(table),
        forgettable(dialect),
    )
    if due:
        take = take.where(table.c.due_at <= bindparam("_latest"))
    return take.values(
        job_state="running",
        attempts=table.c.attempts + 1,
        started_at=bindparam("_now"),
        due_at=bindparam("_until"),
    ).returning(table.c.tenant_id, table.c.record_key, table.c.attempts)


@kept
def _settle(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    mine = update(table).where(
        table.c.id == bindparam("_row"),
        is_state(table.c, "running"),
        table.c.attempts == bindparam("_held"),
        forgettable(dialect),
    )
    return mine.values({name: bindparam(f"_{name}") for name in names})


@kept
def _following(_: str, table: Table) -> Any:
    return _line(table)


@kept
def _next(_: str, table: Table) -> Any:
    return _line(table).where(~has_earlier(table))


def _line(table: Table) -> Any:
    return (
        select(table.c.id, table.c.tenant_id, table.c.due_at)
        .where(table.c.record_key == bindparam("_key"), is_state(table.c, "pending"))
        .order_by(table.c.id)
        .limit(1)
    )

"""Whose turn a row is, and whose it is at the moment.

A row is claimed before its work is done and settled afterwards, each in a transaction of its own. A
claim is a lease: the process that holds it prolongs it while it lives, and where it ran out the row
is handed back. All this is in the rows, so it is the same whichever engine delivers their ids.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from core.db.session import ALL_TENANTS, Database
from core.jobs.models import JobState, is_state

_AT_ONCE = 500
#: An engine may go by a clock that is a second ahead of ours, and brings each row once.
_SLACK = timedelta(seconds=1.5)


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours to run. ``attempts`` counts this one, and tells our claim from a later one."""

    model: type[Any]
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


def has_earlier(model: type[Any]) -> Any:
    """Whether a row has to wait for another of its record: for an older one, or for one that runs."""
    other = aliased(model)
    older = is_state(other, "pending") & (other.id < model.id)
    return (
        select(other.id)
        .where(
            other.record_key == model.record_key,
            is_state(other, "pending", "running"),
            other.id != model.id,
            is_state(other, "running") | older,
        )
        .exists()
    )


def claim(
    db: Database, model: type[Any], row_id: str, *, now: datetime, lease: float, due: bool = True
) -> Claim | None:
    """Take a row for ``lease`` seconds; None where it isn't its turn, or another's already.

    With ``due`` only where its time has come.
    """
    take = update(model).where(model.id == row_id, is_state(model, "pending"), ~has_earlier(model))
    if due:
        take = take.where(model.due_at <= now + _SLACK)
    take = take.values(
        job_state="running",
        attempts=model.attempts + 1,
        started_at=now,
        due_at=now + timedelta(seconds=lease),
    ).returning(model.tenant_id, model.record_key, model.attempts)
    try:
        with db.unit_of_work(ALL_TENANTS) as session:
            row = _without_sync(session, take).one_or_none()
    except IntegrityError:
        return None  # another row of the record was claimed at the same moment
    return Claim(model, row_id, *row) if row else None


def settle(session: Session, held: Claim, *, job_state: JobState, **values: Any) -> Waiting | None:
    """Write down what came of a claim; the row of the record whose turn it is now, if any.

    Where the lease was lost, whoever has the row now says what came of it, and nothing is written.
    """
    model = held.model
    mine = update(model).where(
        model.id == held.row_id, is_state(model, "running"), model.attempts == held.attempts
    )
    done = _without_sync(session, mine.values(job_state=job_state, **values))
    if not done.rowcount:
        return None
    following = (
        select(model.id, model.tenant_id, model.due_at)
        .where(model.record_key == held.record_key, is_state(model, "pending"))
        .order_by(model.id)
        .limit(1)
    )
    row = session.execute(following).one_or_none()
    return Waiting(model.__tablename__, *row) if row else None


def prolong(db: Database, model: type[Any], ids: Iterable[str], until: datetime) -> None:
    """Keep the claims on rows whose work is still being done here."""
    with db.unit_of_work(ALL_TENANTS) as session:
        mine = update(model).where(model.id.in_(list(ids)), is_state(model, "running"))
        _without_sync(session, mine.values(due_at=until))


def hand_back(
    session: Session, model: type[Any], now: datetime, which: ColumnElement[bool]
) -> list[Waiting]:
    """Put running rows of ``which`` back in line, some hundred at most; those it put back."""
    some = select(model.id).where(is_state(model, "running"), which).limit(_AT_ONCE)
    back = (
        update(model)
        .where(model.id.in_(some.scalar_subquery()), is_state(model, "running"))
        .values(job_state="pending", due_at=now)
        .returning(model.id, model.tenant_id, model.due_at)
    )
    return [Waiting(model.__tablename__, *row) for row in _without_sync(session, back)]


def _without_sync(session: Session, statement: Any) -> Any:
    # Nobody looks at the rows through this session, so there is nothing to bring up to date in it.
    return session.execute(statement, execution_options={"synchronize_session": False})

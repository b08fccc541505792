"""Writing a row of work and its job with one statement, unless the row is there already.

For what comes in by the hundred a second. It goes past the ORM: the statement is made and put into
words once for a table, and filled in each time.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, Table, bindparam, select, text
from sqlalchemy.exc import DBAPIError

from core.db.ready import Ready, ready
from core.jobs.queue import job_args

if TYPE_CHECKING:
    from core.jobs.runner import Jobs

_NEW = "new_"  # SQLAlchemy keeps the columns' own names for itself


def submit_once(jobs: "Jobs", model: type[Any], key: tuple[str, ...], row: dict[str, Any]) -> None:
    """Write ``row`` in a transaction of its own and have it delivered, unless it is there already.

    ``key`` are the columns by which that is told.
    """
    table: Table = model.__table__
    now = jobs.clock()
    values = {**_defaults(table), "created_at": now, "due_at": now, **row}
    job = jobs.engine.job_sql() if values["job_state"] == "pending" else None
    statement = _statement(jobs.db.engine.dialect, jobs.db.insert, table, tuple(values), key, job)
    filled_in = {_NEW + name: value for name, value in values.items()}
    if job:
        args = job_args(table.name, values["id"])
        waiting = jobs.backlog.add(table.name, values["tenant_id"])
        filled_in |= {"job": args, "wait": 0.0, "waiting": waiting}
    try:
        jobs.db.run(statement, filled_in)
    except DBAPIError:
        # A connection may have been cut while it lay idle. Done twice, it is there once.
        jobs.db.run(statement, filled_in)
    jobs.engine.wake(jobs.db)


@cache
def _defaults(table: Table) -> dict[str, Any]:
    """The values of columns that nothing is said about."""
    defaults: dict[str, Any] = {
        one.name: one.default for one in table.columns if one.default is not None
    }
    return {name: default.arg for name, default in defaults.items() if default.is_scalar}


@cache
def _statement(
    dialect: Dialect,
    insert: Callable[[Table], Any],
    table: Table,
    names: tuple[str, ...],
    key: tuple[str, ...],
    job: str | None,
) -> Ready:
    written = (
        insert(table)
        .values({name: bindparam(_NEW + name, type_=table.c[name].type) for name in names})
        .on_conflict_do_nothing(index_elements=key)
        .returning(table.c.id)
    )
    # The job is text and has values of its own.
    made = select(text(job)).select_from(written.cte("written")) if job else written
    return ready(made, dialect)

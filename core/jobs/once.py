"""Writing a row of work and its job with one statement, unless the row is there already.

For what comes in by the hundred a second. It goes past the ORM: the statement is made once for a
table and filled in each time.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, select, text
from sqlalchemy.sql import Executable

from core.jobs.queue import job_args

if TYPE_CHECKING:
    from core.jobs.runner import Jobs

_NEW = "new_"  # SQLAlchemy keeps the columns' own names for itself


def submit_once(jobs: "Jobs", model: type[Any], key: tuple[str, ...], row: dict[str, Any]) -> bool:
    """Write ``row`` in a transaction of its own and have it delivered; whether it was new.

    ``key`` are the columns by which it is told that it is there.
    """
    table: Table = model.__table__
    now = jobs.clock()
    values = _defaults(table) | {"created_at": now, "due_at": now} | row
    filled_in = {_NEW + name: value for name, value in values.items()}
    job = jobs.engine.job_sql() if values["job_state"] == "pending" else None
    if job:
        args = job_args(table.name, values["id"])
        waiting = jobs.backlog.add(table.name, values["tenant_id"])
        filled_in |= {"job": args, "wait": 0.0, "waiting": waiting}
    new = jobs.db.run(_statement(jobs.db.insert, table, key, job), filled_in)
    jobs.engine.wake(jobs.db)
    return bool(new)


@cache
def _defaults(table: Table) -> dict[str, Any]:
    """The values of columns that nothing is said about."""
    defaults: dict[str, Any] = {column.name: column.default for column in table.columns}
    return {
        name: one.arg if one is not None and one.is_scalar else None for name, one in defaults.items()
    }


@cache
def _statement(
    insert: Callable[[Table], Any], table: Table, key: tuple[str, ...], job: str | None
) -> Executable:
    written = (
        insert(table)
        .values({one.name: bindparam(_NEW + one.name, type_=one.type) for one in table.columns})
        .on_conflict_do_nothing(index_elements=key)
        .returning(table.c.id)
    )
    if job is None:
        return written  # type: ignore[no-any-return]
    return select(text(job)).select_from(written.cte("written"))

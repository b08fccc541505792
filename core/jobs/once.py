"""Writing a row of work and its job with one statement, unless the row is there already.

For what comes in by the hundred a second. It goes past the ORM: the statement is made and put into
words once for a table, and filled in each time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, Table, bindparam, select, text

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
        jobs.db.run_plain(statement.sql, statement.as_the_driver_takes(filled_in))
    except jobs.db.driver_error:
        # Done again the long way, it goes well, or says what is wrong in words that others know.
        jobs.db.run(statement.made, filled_in)
    jobs.engine.wake(jobs.db)


@dataclass(frozen=True)
class Statement:
    """A statement, and what the driver is told: its words, the order of its values (None where they
    go by name), and what some of them have to be turned into first."""

    made: Any
    sql: str
    order: tuple[str, ...] | None
    turn: Mapping[str, Callable[[Any], Any]]

    def as_the_driver_takes(self, values: Mapping[str, Any]) -> Any:
        """The values of one execution."""
        turned = dict(values)
        for name, turn in self.turn.items():
            turned[name] = turn(turned[name])
        return turned if self.order is None else [turned[name] for name in self.order]


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
) -> Statement:
    types = {_NEW + name: table.c[name].type for name in names}
    written = (
        insert(table)
        .values({name: bindparam(_NEW + name, type_=table.c[name].type) for name in names})
        .on_conflict_do_nothing(index_elements=key)
        .returning(table.c.id)
    )
    made = select(text(job)).select_from(written.cte("written")) if job else written
    compiled: Any = made.compile(dialect=dialect)
    turns = {name: type.dialect_impl(dialect).bind_processor(dialect) for name, type in types.items()}
    return Statement(
        made,
        str(compiled),
        tuple(compiled.positiontup) if compiled.positional else None,
        {name: turn for name, turn in turns.items() if turn},
    )

"""Statements made ready once, for what is done by the hundred a second.

SQLAlchemy puts a statement together, finds its words, turns the values and wraps the rows, each time
anew; for a small statement that is four fifths of the time. Here all but the values is done once.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Executable

Turn = Callable[[Any], Any]


class Ready:
    """A statement in the words of one database. It takes values by name, and gives rows by name.

    ``made`` selects or returns ``columns``, or nothing; its ``in_`` take no list of values.
    """

    def __init__(self, made: Executable, dialect: Dialect, columns: Iterable[Any]):
        compiled: Any = made.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.made = made
        self.sql = str(compiled)
        self._order: tuple[str, ...] | None = (
            tuple(compiled.positiontup) if compiled.positional else None
        )
        # What stands in the statement itself, such as the 1 of "attempts + 1".
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._into = _turns(compiled.binds.items(), lambda bind: _bind(bind.type, dialect))
        self._dialect, self._columns = dialect, tuple(columns)
        self._row: Any = namedtuple("Row", [one.key for one in self._columns]) if self._columns else None
        self._out: dict[int, Turn] | None = None

    def values(self, given: Mapping[str, Any]) -> Any:
        """``given`` as the driver takes it."""
        turned = {**self._fixed, **given}
        for name, turn in self._into.items():
            turned[name] = turn(turned[name])
        return turned if self._order is None else [turned[name] for name in self._order]

    def rows(self, cursor: Any) -> list[Any]:
        """What the driver's cursor has, with the names of the columns."""
        if self._row is None:
            return []
        fetched = cursor.fetchall()
        if self._out is None:
            # How a value is turned may depend on the type that the database says it has.
            described = zip(self._columns, cursor.description, strict=True)
            self._out = _turns(enumerate(described), lambda one: _result(one[0], one[1], self._dialect))
        if not self._out:
            return [self._row(*row) for row in fetched]
        return [self._row(*_turned(row, self._out)) for row in fetched]


def ready(made: Any, dialect: Dialect) -> Ready:
    """Make ``made`` ready; its columns are those that it selects or returns.

    Whoever calls keeps it: each call does all the work.
    """
    return Ready(made, dialect, made.exported_columns)


def _turned(row: Sequence[Any], turns: Mapping[int, Turn]) -> list[Any]:
    values = list(row)
    for place, turn in turns.items():
        values[place] = turn(values[place])
    return values


def _turns(items: Iterable[tuple[Any, Any]], find: Callable[[Any], Turn | None]) -> dict[Any, Turn]:
    return {key: turn for key, one in items if (turn := find(one))}


def _bind(type_: Any, dialect: Dialect) -> Turn | None:
    turn: Turn | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return turn


def _result(column: Any, described: Any, dialect: Dialect) -> Turn | None:
    impl = column.type.dialect_impl(dialect)
    turn: Turn | None = impl.result_processor(dialect, described[1])
    return turn


def kept(make: Callable[..., Any]) -> Callable[..., Ready]:
    """Have what ``make(dialect, ...)`` puts together made ready, once for each of its arguments."""

    @cache
    def made(dialect: Dialect, *arguments: Any) -> Ready:
        return ready(make(dialect.name, *arguments), dialect)

    return made

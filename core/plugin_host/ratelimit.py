"""Rate limits: one for each plugin and credential, shared by every caller of every process.

The limit is a row, so that all hosts together keep it. It works as the generic cell rate algorithm
does: the row knows when the next request is due, and taking a slot moves that on. So whoever waits
knows for how long, and nobody has to ask twice.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, Double, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.api.errors import Throttled
from core.api.text import _
from core.db.engine import forgettable
from core.db.ready import Ready, kept
from core.db.session import Database
from core.plugin_host.models import RateLine

#: A job that would wait longer for its first request gives its thread to another and comes again.
PATIENCE_OF_JOBS = 0.25  # seconds


class Buckets:
    """The rate limits of one app. ``db`` is filled in once there is a database."""

    def __init__(self, db: Database | None = None):
        self.db = db

    def get(
        self,
        plugin_id: str,
        credential: str,
        per_second: float,
        burst: int,
        *,
        patience: float | None = None,
    ) -> "Bucket":
        """The limit of a credential. ``patience`` bounds the wait for the first request, in seconds."""
        key = hashlib.sha256(f"{plugin_id}\n{credential}".encode()).hexdigest()
        return Bucket(self, key, per_second, burst, patience)

    def now(self) -> float:
        """Seconds since 1970, by the clock that all processes share."""
        return self.database.clock().timestamp()

    def sleep(self, seconds: float) -> None:
        """Let the time pass until a slot that was taken."""
        time.sleep(seconds)

    @property
    def database(self) -> Database:
        if self.db is None:
            raise RuntimeError("rate limits are kept in the database, and there is none yet")
        return self.db


class Bucket:
    """``per_second`` requests on average, and at most ``burst`` at once."""

    def __init__(
        self, shared: Buckets, key: str, per_second: float, burst: int, patience: float | None = None
    ):
        if per_second <= 0 or burst < 1:
            raise ValueError("a bucket needs a rate above 0 and a burst of at least 1")
        self._shared, self._key, self._patience = shared, key, patience
        self._each = 1 / per_second
        self._burst = self._each * (burst - 1)

    def acquire(self, timeout: float) -> None:
        """Take the next slot and wait for it, at most ``timeout`` seconds.

        Raises Throttled, without waiting, with the seconds until it would be this caller's turn.
        """
        if self._patience is not None:
            timeout, self._patience = min(timeout, self._patience), None
        deadline = self._shared.now() + timeout
        wait = self._take(deadline)
        while wait > 0:
            self._shared.sleep(wait)
            wait = self._pause_since(deadline)

    def _take(self, deadline: float) -> float:
        """Take the next slot: how many seconds off it is."""
        now = self._shared.now()
        given = {"_key": self._key, "_now": now, "_each": self._each, "_burst": self._burst}
        if row := self._write(_taken, given | {"_deadline": deadline}):
            free_at: float = max(now, row.next_at - self._each - self._burst, row.paused_until)
            return free_at - now
        # Each of those sent away is given a time of its own: together they come at the rate.
        row = self._write(_sent_away, given)
        assert row
        wait = row.line_until - now
        raise Throttled(_("The rate limit is reached, so nothing was sent."), retry_after=wait)

    def _pause_since(self, deadline: float) -> float:
        """How many seconds of a pause are left that was asked for while this caller waited."""
        now = self._shared.now()
        read = select(RateLine.paused_until).where(RateLine.key == self._key)
        paused_until: float = self._shared.database.run(read)[0].paused_until
        if paused_until > max(now, deadline):
            raise Throttled(_("The vendor asked for a pause."), retry_after=paused_until - now)
        return max(0.0, paused_until - now)

    def pause(self, seconds: float) -> None:
        """Give no slot for ``seconds``: the vendor asked for it."""
        self._write(_paused, {"_key": self._key, "_until": self._shared.now() + seconds})

    def _write(self, make: Callable[[Dialect], Ready], values: dict[str, Any]) -> Any:
        # A crash of the database may forget the last slots: the vendor's limit stands behind them.
        db = self._shared.database
        rows = db.run(make(db.engine.dialect), values, relaxed=True)
        return rows[0] if rows else None


# One statement each, so that no two callers stand between reading and writing.

_TABLE: Any = RateLine.__table__
_LINE = _TABLE.c


@kept
def _taken(dialect: str) -> Any:
    """Move the line on by one slot, where the next one is free by ``_deadline``."""
    greatest, write = _words(dialect)
    free_at = greatest(_NOW, _LINE.next_at - _BURST, _LINE.paused_until)
    first = {"next_at": _NOW + _EACH, "paused_until": 0.0, "line_until": 0.0}
    return (
        write(first)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"next_at": greatest(_LINE.next_at, free_at) + _EACH},
            where=(free_at <= bindparam("_deadline", type_=Double)) & forgettable(dialect),
        )
        .returning(_LINE.next_at, _LINE.paused_until)
    )


@kept
def _sent_away(dialect: str) -> Any:
    """Move the end of the line on, and say where it is."""
    greatest, _ = _words(dialect)
    free_at = greatest(_NOW, _LINE.next_at - _BURST, _LINE.paused_until)
    return (
        update(_TABLE)
        .where(_LINE.key == bindparam("_key"), forgettable(dialect))
        .values(line_until=greatest(_LINE.line_until, free_at) + _EACH)
        .returning(_LINE.line_until)
    )


@kept
def _paused(dialect: str) -> Any:
    greatest, write = _words(dialect)
    until = bindparam("_until", type_=Double)
    return write({"next_at": 0.0, "paused_until": until, "line_until": 0.0}).on_conflict_do_update(
        index_elements=["key"],
        set_={"paused_until": greatest(_LINE.paused_until, until)},
        where=forgettable(dialect),
    )


def _words(dialect: str) -> tuple[Any, Callable[[dict[str, Any]], Any]]:
    """How a database says "the greatest of", and "insert"."""
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]

    def write(values: dict[str, Any]) -> Any:
        return insert(_TABLE).values({"key": bindparam("_key"), **values})

    return func.max if dialect == "sqlite" else func.greatest, write


_NOW = bindparam("_now", type_=Double)
_EACH = bindparam("_each", type_=Double)
_BURST = bindparam("_burst", type_=Double)

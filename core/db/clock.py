"""One clock for all hosts: the database's.

Leases, due times and signatures are compared between hosts, whose own clocks may be minutes apart.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, event

from core.db.base import utc_now

log = structlog.get_logger(__name__)

#: Less is no skew but the way to the database and back; following it would make times jump.
_TOLERANCE = timedelta(seconds=1)
_NOTEWORTHY = timedelta(seconds=30)


class DatabaseClock:
    """Now by the clock of PostgreSQL, aware, in UTC.

    How far the host is off is measured with each new connection; ``host`` is the host's own clock.
    """

    def __init__(self, engine: Engine, host: Callable[[], datetime] = utc_now):
        self.offset = timedelta(0)
        self._host = host
        event.listen(engine, "connect", self._measure)

    def __call__(self) -> datetime:
        return self._host() + self.offset

    def _measure(self, connection: Any, record: object) -> None:
        asked = time.monotonic()
        with connection.cursor() as cursor:
            (theirs,) = cursor.execute("select clock_timestamp()").fetchone()
        connection.rollback()
        on_the_way = timedelta(seconds=(time.monotonic() - asked) / 2)
        offset = theirs + on_the_way - self._host()
        if abs(offset - self.offset) < _TOLERANCE:
            return
        self.offset = offset if abs(offset) >= _TOLERANCE else timedelta(0)
        if abs(self.offset) >= _NOTEWORTHY:
            log.warning("clock.off", seconds=round(self.offset.total_seconds(), 1))


def clock_of(engine: Engine) -> Callable[[], datetime]:
    """The clock that all processes on this database share; with SQLite that is the host's."""
    return DatabaseClock(engine) if engine.dialect.name == "postgresql" else utc_now

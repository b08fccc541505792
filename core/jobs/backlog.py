"""About how many rows of a tenant wait: exact enough to let another tenant's work go first."""

import threading
import time
from functools import cache

from sqlalchemy import TextClause, text

from core.db.session import Database

#: More than this many count as this many.
MOST = 500
_COUNTED_EVERY = 1.0  # seconds
_KEPT = 1000


class Backlog:
    """Counts each tenant's rows once a second, and adds what this process has written since.

    Counting for each row costs as much as writing it.
    """

    def __init__(self, db: Database):
        self._db = db
        self._known: dict[tuple[str, str], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def add(self, table: str, tenant_id: str) -> int:
        """How many rows wait in ``table``; from now on one more."""
        key, now = (table, tenant_id), time.monotonic()
        with self._lock:
            counted_at, waiting = self._known.get(key, (float("-inf"), 0))
            if now < counted_at + _COUNTED_EVERY:
                self._known[key] = counted_at, min(MOST, waiting + 1)
                return waiting
            # Whoever asks meanwhile gets by with the old number.
            self._known[key] = now, waiting
        counted = int(self._db.run(_count(table), {"tenant_id": tenant_id})[0][0])
        with self._lock:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = now, min(MOST, counted + 1)
        return counted


def waiting_sql(table: str) -> str:
    """The exact number, up to MOST, as an SQL expression; it takes ``:tenant_id``."""
    return (
        f"(select count(*) from (select 1 from {table} where tenant_id = :tenant_id "  # noqa: S608
        f"and job_state = 'pending' limit {MOST}) waiting)"
    )


@cache
def _count(table: str) -> TextClause:
    return text(f"select {waiting_sql(table)}")

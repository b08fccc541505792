"""Rate limits: one for each plugin and credential, shared by every caller of every process.

The limit is a row, so that all hosts together keep it. It works as the generic cell rate algorithm
does: the row knows when the next request is due, and taking a slot moves that on. So whoever waits
knows for how long, and nobody has to ask twice.
"""

import hashlib
import time

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.api.errors import Throttled
from core.db.session import ALL_TENANTS, Database
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
        with self._shared.database.unit_of_work(ALL_TENANTS) as session:
            line = self._locked(session)
            free_at = max(now, line.next_at - self._burst, line.paused_until)
            if taken := free_at <= deadline:
                line.next_at = max(line.next_at, free_at) + self._each
            else:
                # Each of those sent away is given a time of its own: together they come at the rate.
                line.line_until = free_at = max(line.line_until, free_at) + self._each
        if not taken:
            raise Throttled("The rate limit is reached, so nothing was sent.", retry_after=free_at - now)
        return free_at - now

    def _pause_since(self, deadline: float) -> float:
        """How many seconds of a pause are left that was asked for while this caller waited."""
        now = self._shared.now()
        with self._shared.database.unit_of_work(ALL_TENANTS, read_only=True) as session:
            paused_until = session.get_one(RateLine, self._key).paused_until
        if paused_until > max(now, deadline):
            raise Throttled("The vendor asked for a pause.", retry_after=paused_until - now)
        return max(0.0, paused_until - now)

    def pause(self, seconds: float) -> None:
        """Give no slot for ``seconds``: the vendor asked for it."""
        until = self._shared.now() + seconds
        with self._shared.database.unit_of_work(ALL_TENANTS) as session:
            line = self._locked(session)
            line.paused_until = max(line.paused_until, until)

    def _locked(self, session: Session) -> RateLine:
        db = self._shared.database
        if db.engine.dialect.name == "postgresql":
            # A crash may forget the last slots: the vendor's own limit stands behind them.
            session.execute(text("set local synchronous_commit to off"))
        row = select(RateLine).where(RateLine.key == self._key).with_for_update()
        if line := session.scalars(row).one_or_none():
            return line
        session.execute(
            db.insert(RateLine)
            .values(key=self._key, next_at=0.0, paused_until=0.0, line_until=0.0)
            .on_conflict_do_nothing()
        )
        return session.scalars(row).one()

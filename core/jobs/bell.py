"""Telling the queue's workers that there are new jobs: one notification for many of them.

PostgreSQL has transactions that notify commit one after the other, each waiting for the disk by
itself; with a notification in each of them, as the library would have it, 8 connections write a
fifth of the jobs. So the jobs are written in silence and the bell is rung afterwards. Where it isn't
(the process died in between), the workers find the jobs when they look by themselves.
"""

import threading
import time

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.db.session import Database

log = structlog.get_logger(__name__)

#: The workers look once for all that were written meanwhile.
_PAUSE = 0.02  # seconds
#: What the library's workers listen to, in the library's words.
_NOTIFY = text("select pg_notify(:channel, :said)")
_SAID = '{"type": "job_inserted", "job_id": 0}'


class Bell:
    """The bell of one queue. It rings at once after a silence; in a burst of work a thread rings it
    every now and then, and ends with the burst."""

    def __init__(self, queue: str):
        self._values = {"channel": f"procrastinate_queue_v1#{queue}", "said": _SAID}
        self._lock = threading.Lock()
        self._rung_at = float("-inf")
        self._burst = self._again = False

    def ring(self, db: Database) -> None:
        """Have the workers told, now or in a moment."""
        with self._lock:
            if self._burst:
                self._again = True
                return
            now = time.monotonic()
            burst = self._burst = self._again = now < self._rung_at + _PAUSE
            self._rung_at = now
        if burst:
            threading.Thread(target=self._ring_on, args=[db], name="bell", daemon=True).start()
            return
        try:
            db.run(_NOTIFY, self._values)
        except SQLAlchemyError as error:
            log.warning("jobs.not_notified", error=type(error).__name__)

    def _ring_on(self, db: Database) -> None:
        try:
            with db.engine.connect() as connection:
                # Its own, so that nothing of the pool is in use when the pool is thrown away.
                connection.detach()
                while self._goes_on():
                    connection.execute(_NOTIFY, self._values)
                    connection.commit()
        except SQLAlchemyError as error:
            log.warning("jobs.not_notified", error=type(error).__name__)
            self._burst = False

    def _goes_on(self) -> bool:
        time.sleep(_PAUSE)
        with self._lock:
            going, self._again = self._again, False
            self._burst = going
            return going

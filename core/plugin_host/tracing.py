"""Who answered: which plugin, which verb, how long it took, what came of it, and for what work.

Calls are gathered in memory and written together, some times a minute, so that a trace costs the
work that it follows next to nothing. It is for finding out, and no record: what a process hadn't
written when it was killed is missing. Nothing of what was asked or answered is in it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError
from ulid import ULID

from core.db.base import utc_now
from core.db.session import Database
from core.plugin_host.models import PluginCall

log = structlog.get_logger("dealpay.plugins")

_EVERY = 2.0  # seconds between two writings
#: While the database is away, the newest so many wait.
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Purpose:
    """What calls are made for: a request by its reference, or a row of work by its id.

    ``tenant`` is asked only once a call was made; it answers None where nobody is known.
    """

    tenant: Callable[[], str | None]
    kind: str
    id: str


_purpose: ContextVar[Purpose | None] = ContextVar("dealpay_purpose", default=None)


@contextmanager
def made_for(purpose: Purpose) -> Iterator[None]:
    """Whatever is called in here is called for ``purpose``."""
    token = _purpose.set(purpose)
    try:
        yield
    finally:
        _purpose.reset(token)


class Trace:
    """The calls of one process. ``db`` and its ``clock`` are filled in once there is a database."""

    def __init__(self) -> None:
        self.db: Database | None = None
        self.clock: Callable[[], datetime] = utc_now
        self.on = True
        self._waiting: deque[dict[str, Any]] = deque(maxlen=_MOST)
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def add(self, plugin_id: str, member: str, verb: str, seconds: float, outcome: str) -> None:
        """Note a call that has just ended. Without a workspace that it was made for it is left out."""
        purpose = _purpose.get()
        if purpose is None or self.db is None or not self.on:
            return
        tenant_id = purpose.tenant()
        if tenant_id is None:
            return
        at = self.clock() - timedelta(seconds=seconds)
        self._waiting.append(
            {
                "id": f"{PluginCall.id_prefix}_{ULID.from_datetime(at)}",
                "tenant_id": tenant_id,
                "at": at,
                "plugin_id": plugin_id,
                "member": member,
                "verb": verb,
                "ms": round(seconds * 1000),
                "outcome": outcome[:40],
                "work": purpose.kind,
                "work_id": purpose.id[:40],
            }
        )

    def write(self) -> None:
        """Write down what was gathered. Where that fails the calls are left out, and the log says so."""
        rows = []
        while self._waiting:
            rows.append(self._waiting.popleft())
        if not rows or self.db is None:
            return
        try:
            with self.db.relaxed.begin() as connection:
                connection.execute(insert(PluginCall.__table__), rows)  # type: ignore[arg-type]
        except SQLAlchemyError as error:
            log.warning("trace.not_written", calls=len(rows), error=type(error).__name__)

    def start(self) -> None:
        """Write from here on, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="trace", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write the rest."""
        if self._thread:
            self._stopping.set()
            self._thread.join(5)
            self.write()

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY):
            self.write()

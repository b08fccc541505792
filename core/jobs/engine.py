"""What delivers the ids of rows to the code that runs them: one of several engines, by setting."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from core.app import App


class Engine(Protocol):
    """Brings each row that is due to ``Jobs.run``, at least once and on time.

    It needn't know order, fairness within a record, or what is running: ``Jobs.run`` refuses a row
    whose turn it isn't, and asks for it again when it is.
    """

    name: str

    def enqueue(
        self, session: Session, table: str, row_id: str, tenant_id: str, due_at: datetime
    ) -> None:
        """Have a row delivered from ``due_at`` on, once the transaction of ``session`` is committed."""

    def start(self, app: "App") -> None:
        """Begin to deliver, in threads of this process. Raises AlreadyRunning."""

    def stop(self, timeout: float) -> None:
        """Deliver nothing more, and wait at most ``timeout`` seconds for what runs."""

    def resubmit(self, app: "App") -> int:
        """Deliver again what is long overdue and was perhaps forgotten; how many rows."""


class AlreadyRunning(RuntimeError):
    """Another process runs the jobs of this database, and this engine knows one only."""

"""What delivers the ids of rows to the code that runs them: one of several engines, by setting."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection

from core.db.session import Database
from core.jobs.claims import Waiting

if TYPE_CHECKING:
    from core.app import App


class Engine(Protocol):
    """Brings each row that is due to ``Jobs.run``, at least once and on time.

    It needn't know order, fairness within a record, or what is running: ``Jobs.run`` refuses a row
    whose turn it isn't, and asks for it again when it is.
    """

    name: str
    #: Whether it looks for rows that are due itself, so that it needn't be told of each.
    reads_rows: bool

    def enqueue(self, connect: Callable[[], Connection], row: Waiting, wait: float) -> None:
        """Have a row delivered in ``wait`` seconds, once the transaction has committed that the
        connection of ``connect`` is in."""

    def job_sql(self) -> str | None:
        """An SQL call that does what ``enqueue`` does, for use within the statement that writes the
        row; None where nothing needs to be written. It takes ``:job``, ``:wait``, and how many of the
        tenant's rows are ``:waiting`` already."""

    def wake(self, db: Database) -> None:
        """Such a transaction has just committed, in ``db``."""

    def start(self, app: "App", first: Callable[[], None]) -> None:
        """Call ``first``, then begin to deliver, in threads of this process.

        Nothing runs here before ``first`` has ended. Raises AlreadyRunning, without calling it.
        """

    def stop(self, timeout: float) -> None:
        """Deliver nothing more, and wait at most ``timeout`` seconds for what runs."""

    def resubmit(self, app: "App") -> int:
        """Deliver again what is long overdue and was perhaps forgotten; how many rows."""


class AlreadyRunning(RuntimeError):
    """Another process runs the jobs of this database, and this engine knows one only."""

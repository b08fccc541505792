"""Changes to one record take turns: a whole record that is sent back would undo the other's change."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from core.api.errors import NotSent
from core.api.records import RecordRef
from core.api.text import _

_LOCKS = 64  # records that share one wait for each other now and then


class Turns:
    """Locks for the threads of this process; two rules for one payment run at the same time."""

    def __init__(self) -> None:
        self._locks = tuple(Lock() for _ in range(_LOCKS))

    @contextmanager
    def taken(self, scope: str, ref: RecordRef, timeout: float) -> Iterator[None]:
        """While this lasts nobody else here changes the record. Raises NotSent after ``timeout``
        seconds of waiting."""
        lock = self._locks[hash((scope, ref)) % _LOCKS]
        if not lock.acquire(timeout=timeout):
            raise NotSent(_("Another change to this record in Kylas takes long. Nothing was done."))
        try:
            yield
        finally:
            lock.release()

"""The vendors' ends: what they were asked and did, and faults at certain requests."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.testing.store import Store
from tests.simulators import Recorded

_ID = re.compile(r"/(?:[a-z]{2,6}_\w+|\d+)(?=/|$)")


def shape(method: str, path: str) -> str:
    """A request without the ids in it: ``GET /v1/prices/{id}``."""
    return f"{method} {_ID.sub('/{id}', path)}"


@dataclass
class Trap:
    """The ``nth`` request of a shape and the next ones, ``times`` in all, get a fault for an answer."""

    request: str
    kind: str
    nth: int = 1
    times: int = 1
    seconds: float = 1.0
    #: How many requests got it.
    sprung: int = 0
    _hits: Any = field(default_factory=lambda: itertools.count(1))

    def spring(self, simulator: Any, method: str, path: str) -> None:
        if shape(method, path) != self.request:
            return
        if self.nth <= next(self._hits) < self.nth + self.times:
            self.sprung += 1
            simulator.faults.add(self.kind, method=method, path=path, times=1, seconds=self.seconds)


class Witness(Recorded):
    """Remembers also what was done; ``traps`` may be set for one test."""

    def __init__(self, simulator: Any):
        super().__init__(simulator)
        self.done: list[str] = []
        self.traps: list[Trap] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        for trap in self.traps:
            trap.spring(self.simulator, method, path)

        def answer(status: str, *more: Any) -> Any:
            if status.startswith("2"):
                self.done.append(shape(method, path))
            return start_response(status, *more)

        return super().__call__(environ, answer)

    def begin(self, app_url: str, store: Store | None = None) -> None:
        """A new simulator, with a copy of ``store``, in the place of the one that was served."""
        before = self.simulator
        before.deliveries.stop()
        mine = Store(namespace=before.id)
        if store:
            store._db.backup(mine._db)
        self.simulator = type(before)(base_url=before.base_url, app_url=app_url, store=mine)
        self.asked, self.done, self.traps = [], [], []

    def copy(self) -> Store:
        """What the simulator remembers now."""
        store = Store(namespace=self.simulator.id)
        self.simulator.store._db.backup(store._db)
        return store

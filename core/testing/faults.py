"""Faults that a person or a test switches on in a simulator."""

import threading
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What can go wrong. The last three are about the webhooks that a simulator sends."""

    RATE_LIMITED = "rate_limited"  # 429 before anything is done
    UNAVAILABLE = "unavailable"  # 503 before anything is done
    SERVER_ERROR = "server_error"  # 500 before anything is done
    LOST_REPLY = "lost_reply"  # all is done, the answer is cut
    SLOW = "slow"  # the answer takes `seconds`
    MALFORMED = "malformed"  # all is done, the answer isn't what it claims to be
    DOUBLED = "doubled"  # every delivery comes twice
    OUT_OF_ORDER = "out_of_order"  # a delivery is held back until the next has gone
    LOST = "lost"  # a delivery never leaves, nor is it tried again


@dataclass(slots=True)
class Fault:
    """One fault. ``path`` and ``method`` narrow it; ``times`` None means until it is cleared."""

    kind: FaultKind
    path: str = ""
    method: str = ""
    times: int | None = 1
    seconds: float = 5.0


class Faults:
    """The faults switched on in one simulator."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, kind: FaultKind | str, **narrowing: object) -> None:
        """``add("lost_reply", path="/v1/payment_links", method="POST", times=1)``."""
        with self._lock:
            self._faults.append(Fault(FaultKind(kind), **narrowing))  # type: ignore[arg-type]

    def take(self, kinds: tuple[FaultKind, ...], method: str = "", path: str = "") -> Fault | None:
        """The first fault of ``kinds`` that fits, counted down."""
        with self._lock:
            for fault in self._faults:
                if (
                    fault.kind in kinds
                    and fault.path in path
                    and fault.method in ("", method)
                    and fault.times != 0
                ):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def active(self) -> list[Fault]:
        with self._lock:
            return [fault for fault in self._faults if fault.times != 0]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

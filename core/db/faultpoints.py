"""Named points between the steps that a crash must not tear apart.

In production nothing is armed, and a point is a comparison with None. The tests in tests/fault arm a
process to die, or its database to go away, at one of them.
"""

from collections.abc import Callable
from typing import Literal, get_args

#: ``*.written`` stands in a transaction, just before its commit; what has a name of its own follows
#: on a commit or on an answer.
Point = Literal[
    # A link is made: core.links.service, tasks, ledger.
    "link.asked",
    "link.draft_written",
    "link.drafted",
    "link.taken_up",
    "link.made",
    "link.open_written",
    "link.opened",
    # A webhook comes in, and is applied: core.inbox, core.links.ledger, core.rules.
    "event.arrived",
    "event.verified",
    "event.written",
    "event.stored",
    "event.taken_up",
    "event.placed",
    "status.told",
    "payment.written",
    "runs.written",
    "ledger.written",
    "ledger.kept",
    # An action is run: core.rules.tasks.
    "run.taken_up",
    "step.begun",
    "step.looked_up",
    "step.done",
    "step.recorded",
    "step.forgotten",
    # Whatever work it is: core.jobs.runner.
    "work.claimed",
    "work.settling",
    "work.settled",
    # Any call of a provider or a CRM: core.plugin_host.calls.
    "call.asked",
    "call.answered",
]
POINTS: tuple[Point, ...] = get_args(Point)

_armed: Callable[[str], None] | None = None


def reached(point: Point) -> None:
    """Say which step was done last."""
    if _armed is not None:
        _armed(point)


def arm(act: Callable[[str], None] | None) -> None:
    """Have ``act`` called at every point from now on; None disarms. For tests only."""
    global _armed
    _armed = act

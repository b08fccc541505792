"""Which moves a rule makes by itself: none that takes back what a later event has brought about. Pure.

Events may come late, and one that was given up may be retried days after.
"""

from typing import Literal

from core.api.records import Pipeline, Stage, StageOutcome

Way = Literal["forward", "any"]

# The money is gone again: a deal that was won for it is no longer.
_MONEY_GOES = ("payment.refunded", "dispute.opened", "dispute.closed")
# Nothing was paid: the record may go back to an earlier stage, unless it was won meanwhile.
_NOTHING_CAME = ("payment.failed", "link.expired")


def stands_further(
    event: str, way: Way | None, pipeline: Pipeline, stands_in: str, target: str
) -> Stage | None:
    """The stage in which a record stands, where ``event`` must not move it on to ``target``.

    ``way`` is what the rule says; None leaves it to the event.
    """
    stages = {stage.id: stage for stage in pipeline.stages}
    now, then = stages.get(stands_in), stages.get(target)
    if now is None or then is None or now == then or way == "any":
        return None
    if way is None and event in _MONEY_GOES:
        return None
    if now.outcome is StageOutcome.WON:
        forward = then.outcome is StageOutcome.WON and then.position > now.position
        return None if forward else now
    if way is None and event in _NOTHING_CAME:
        return None
    # A lost record may be taken up again, and an open one may be lost.
    if StageOutcome.LOST in (now.outcome, then.outcome):
        return None
    return now if then.position < now.position else None

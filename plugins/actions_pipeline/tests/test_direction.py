"""No event takes back what a later one has brought about."""

import pytest

from core.api.records import Pipeline, Stage, StageOutcome
from plugins.actions_pipeline.direction import stands_further

NEW, OFFER, TALKS = (Stage(name, name, number) for number, name in enumerate(("new", "offer", "talks")))
WON = Stage("won", "won", 3, StageOutcome.WON)
DELIVERED = Stage("delivered", "delivered", 4, StageOutcome.WON)
LOST = Stage("lost", "lost", 5, StageOutcome.LOST)
SALES = Pipeline("sales", "Sales", "deal", (NEW, OFFER, TALKS, WON, DELIVERED, LOST))


@pytest.mark.parametrize(
    ("event", "stands_in", "target", "moves"),
    [
        ("link.paid", "offer", "won", True),
        ("link.paid", "lost", "won", True),
        ("link.paid", "delivered", "won", False),
        ("link.paid", "won", "delivered", True),
        ("link.part_paid", "talks", "offer", False),
        ("link.part_paid", "won", "talks", False),
        ("link.created", "lost", "offer", True),
        ("payment.failed", "talks", "offer", True),
        ("payment.failed", "won", "offer", False),
        ("link.expired", "won", "lost", False),
        ("link.expired", "talks", "lost", True),
        ("payment.refunded", "won", "talks", True),
        ("dispute.opened", "won", "talks", True),
        ("link.paid", "nowhere", "won", True),
        ("link.paid", "won", "nowhere", True),
        ("link.paid", "won", "won", True),
    ],
)
def test_an_event_moves_a_record(event: str, stands_in: str, target: str, moves: bool) -> None:
    assert (stands_further(event, None, SALES, stands_in, target) is None) is moves


def test_a_rule_may_say_otherwise() -> None:
    assert stands_further("link.part_paid", "any", SALES, "won", "talks") is None
    assert stands_further("payment.refunded", "forward", SALES, "won", "talks") == WON
    assert stands_further("payment.failed", "forward", SALES, "talks", "offer") == TALKS

"""What happened to a link, in sentences."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.links.models import LinkEvent
from core.links.timeline import timeline
from core.rules.models import ActionRun
from core.rules.service import EVENTS

AT = datetime(2026, 1, 2, tzinfo=UTC)


def sentence(name: str, **detail: Any) -> str:
    (entry,) = timeline([LinkEvent(name=name, detail=detail, at=AT)], [])
    return entry.sentence


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("link.created", {}, "The link was made."),
        ("payment.succeeded", {"amount": [100, "INR"], "payer": "Meena"}, "Meena paid 1.00 INR."),
        ("payment.succeeded", {"amount": [100, "INR"], "payer": None}, "The customer paid 1.00 INR."),
        (
            "payment.succeeded",
            {"amount": [100, "INR"], "payer": "Meena", "method": "card", "last4": "4242"},
            "Meena paid 1.00 INR by card •4242.",
        ),
        (
            "payment.succeeded",
            {"amount": [100, "INR"], "method": "some_new_way"},
            "The customer paid 1.00 INR by some new way.",
        ),
        (
            "link.sent",
            {"channel": "sms", "to": "+91 1", "by": "Razorpay"},
            "Razorpay sent the link by SMS to +91 1.",
        ),
        (
            "payment.failed",
            {"amount": [100, "INR"]},
            "The customer's payment of 1.00 INR failed. No money was moved.",
        ),
        (
            "payment.failed",
            {"amount": [100, "INR"], "payer": "Meena", "reason": "insufficient_funds"},
            "Meena's payment of 1.00 INR failed. No money was moved. Reason: not enough money.",
        ),
        (
            "payment.mismatch",
            {"problem": "It is too much."},
            "A payment does not match the link: It is too much. Look at it with the provider.",
        ),
        (
            "payment.refunded",
            {"amount": [40, "INR"], "left": [60, "INR"], "payer": "Meena", "reason": "duplicate"},
            "0.40 INR went back to Meena. 0.60 INR of the payment is left. Reason: duplicate.",
        ),
        (
            "payment.refunded",
            {"amount": [60, "INR"], "left": [0, "INR"], "reason": "requested_by_customer"},
            "0.60 INR went back to the customer. Nothing of the payment is left. "
            "Reason: requested by customer.",
        ),
        (
            "refund.returned",
            {"amount": [60, "INR"]},
            "A refund of 0.60 INR to the customer came back: their bank did not take it.",
        ),
        (
            "dispute.opened",
            {"amount": [60, "INR"], "reason": "fraudulent", "due_by": "2026-01-09T23:59:59+00:00"},
            "The customer disputes 0.60 INR with their bank. Reason: fraudulent. "
            "Answer by 2026-01-09 23:59:59+00:00.",
        ),
        (
            "dispute.closed",
            {"amount": [60, "INR"], "outcome": "won"},
            "The dispute about 0.60 INR is over. It was won: the money stays with you.",
        ),
        (
            "dispute.closed",
            {"amount": [60, "INR"], "outcome": "lost", "payer": "Meena"},
            "The dispute about 0.60 INR is over. It was lost: the money went back to Meena.",
        ),
        # A name is text, never a template.
        (
            "payment.succeeded",
            {"amount": [1, "JPY"], "payer": "{problem} {0}"},
            "{problem} {0} paid 1 JPY.",
        ),
        (
            "payment.succeeded",
            {"amount": [1, "JPY"], "payer": "100 %(amount)s"},
            "100 %(amount)s paid 1 JPY.",
        ),
        ("link.renamed", {}, "link.renamed"),
    ],
)
def test_a_sentence(name: str, detail: dict[str, Any], expected: str) -> None:
    assert sentence(name, **detail) == expected


OTHERS = ("link.expired", "link.deactivated", "payment.late", "refund.pending", "refund.failed")


@pytest.mark.parametrize("name", [*EVENTS, *OTHERS])
def test_every_event_has_one(name: str) -> None:
    assert sentence(name) != name


def test_the_newest_comes_first() -> None:
    events = [LinkEvent(name="link.created", detail={}, at=AT)]
    runs = [ActionRun(rule_name="Note", created_at=AT + timedelta(seconds=1))]
    assert [entry.sentence for entry in timeline(events, runs)] == ["Note", "The link was made."]


def test_an_event_stands_where_it_happened_and_not_where_it_was_heard_of() -> None:
    made = LinkEvent(name="link.created", detail={}, at=AT)
    paid = LinkEvent(name="link.paid", detail={}, at=AT + timedelta(hours=2))
    seen = LinkEvent(
        name="link.opened",
        detail={"at": (AT + timedelta(hours=1)).isoformat()},
        at=AT + timedelta(hours=3),
    )
    found = timeline([made, paid, seen], [])
    assert [entry.name for entry in found] == ["link.paid", "link.opened", "link.created"]


def test_it_says_who_did_it() -> None:
    events = [
        LinkEvent(name="link.created", detail={}, at=AT),
        LinkEvent(name="link.deactivated", detail={"user": "usr_1"}, at=AT + timedelta(hours=1)),
    ]
    found = timeline(events, [], names={"usr_1": "Ravi"}, maker="Asha")
    assert [entry.sentence for entry in found] == [
        "Ravi deactivated the link: nobody can pay it any more.",
        "Asha made the link.",
    ]
    # Somebody who is gone, or nobody of ours.
    gone = LinkEvent(name="link.deactivated", detail={"user": "usr_gone"}, at=AT)
    assert timeline([gone], [])[0].sentence == "The link was deactivated: nobody can pay it any more."


def test_each_entry_is_about_one_thing() -> None:
    names = (
        "link.created",
        "link.sent",
        "payment.succeeded",
        "link.expired",
        "payment.failed",
        "link.opened",
    )
    found = timeline([LinkEvent(name=name, detail={}, at=AT) for name in names], [])
    assert [entry.about for entry in found] == [
        "team",
        "customer",
        "money",
        "automation",
        "customer",
        "customer",
    ]

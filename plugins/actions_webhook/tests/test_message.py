"""What is posted."""

import json
from dataclasses import replace
from typing import Any

from core.api.actions import DisputeFacts, PaymentFacts, RefundFacts
from core.api.money import Money
from core.testing.context import EVENT_AT, domain_event
from plugins.actions_webhook.message import body

PAID = PaymentFacts("pay_1", Money(125_000, "INR"), "Asha पेयर", "asha@payer.example", "card")


def read(event: Any) -> Any:
    return json.loads(body(event))


def test_a_payment() -> None:
    message = read(domain_event("payment.succeeded", PAID))
    assert (message["type"], message["timestamp"]) == ("payment.succeeded", "2026-11-03T14:05:00Z")
    assert message["data"]["payment"] == {
        "id": "pay_1",
        "amount": {"minor": 125_000, "currency": "INR"},
        "payer": {"name": "Asha पेयर", "email": "asha@payer.example"},
        "method": "card",
        "reason": None,
    }
    assert message["data"]["record"] == {"kind": "deal", "id": "7", "title": "Office fit-out"}
    assert message["data"]["link"]["amount"] == {"minor": 125_000, "currency": "INR"}
    assert (message["data"]["refund"], message["data"]["dispute"]) == (None, None)


def test_a_link_that_was_made() -> None:
    data = read(domain_event("link.created"))["data"]
    assert (data["id"], data["payment"]) == ("lnk_1", None)
    assert data["link"]["created_at"] == "2026-11-03T14:05:00Z"


def test_a_refund_and_a_dispute() -> None:
    event = replace(
        domain_event("payment.refunded", PAID),
        refund=RefundFacts("ref_1", Money(500, "JPY"), "asked"),
        dispute=DisputeFacts("dis_1", Money(1_500, "KWD"), "open", None, EVENT_AT),
    )
    data = read(event)["data"]
    assert data["refund"] == {
        "id": "ref_1",
        "amount": {"minor": 500, "currency": "JPY"},
        "reason": "asked",
    }
    assert data["dispute"]["due_by"] == "2026-11-03T14:05:00Z"


def test_it_is_the_same_each_time() -> None:
    assert body(domain_event("payment.succeeded", PAID)) == body(domain_event("payment.succeeded", PAID))

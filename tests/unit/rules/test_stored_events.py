"""The event that a run was made for, as it was written down by this version or by another one."""

from dataclasses import replace
from typing import Any

import pytest

from core.api.actions import DisputeFacts, PaymentFacts, RefundFacts
from core.api.money import Money
from core.rules.models import ActionRun
from core.rules.notices import EVENT as STORED
from core.rules.service import event_of
from core.testing.context import EVENT_AT, domain_event

RUPEE = Money(100, "INR")
PAID = domain_event("payment.refunded", PaymentFacts("pay_1", RUPEE))
EVENT = replace(
    PAID,
    refund=RefundFacts("rfd_1", RUPEE, "duplicate"),
    dispute=DisputeFacts("dsp_1", RUPEE, "open", due_by=EVENT_AT),
    link=replace(PAID.link, left=Money(0, "INR"), due=RUPEE, expires_at=EVENT_AT),
)


@pytest.fixture
def stored() -> dict[str, Any]:
    written: dict[str, Any] = STORED.dump_python(EVENT, mode="json")
    return written


def test_an_event_comes_back_as_it_was(stored: dict[str, Any]) -> None:
    assert event_of(ActionRun(event=stored)) == EVENT


def test_a_run_from_before_there_were_refunds_is_readable(stored: dict[str, Any]) -> None:
    del stored["refund"], stored["dispute"]
    for name in ("left", "due", "expires_at"):
        del stored["link"][name]
    assert event_of(ActionRun(event=stored)) == PAID


def test_what_a_newer_version_knows_besides_is_left_out(stored: dict[str, Any]) -> None:
    """During an upgrade an older worker takes up runs that a newer one wrote."""
    stored |= {"fee": {"minor": 1, "currency": "INR"}}
    stored["link"] |= {"colour": "red"}
    assert event_of(ActionRun(event=stored)) == EVENT

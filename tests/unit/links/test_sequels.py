"""Refunds and disputes, told in any order and any number of times."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.api.money import Money
from core.api.payments import (
    DisputeState,
    DisputeStatus,
    LinkStatus,
    PaymentState,
    PaymentStatus,
    ProviderLinkState,
    RefundState,
    RefundStatus,
)
from core.app import App
from core.links import ledger
from core.links.models import Dispute, Flag, LinkEvent, Payment, PaymentLink, Refund
from core.people.service import Member
from tests.rows import add_account, add_link

ASKED = Money(100, "EUR")
PENDING, SUCCEEDED, FAILED = RefundState
OPEN, WON, LOST = DisputeState


class Bench:
    """One link whose customers have paid, and what the ledger says of it."""

    def __init__(self, app: App, owner: Member):
        self.app, self.owner = app, owner
        self.account = add_account(app, owner)
        self.new_link()

    def new_link(self) -> None:
        self.link_id = add_link(self.app, self.owner, self.account, ASKED).id

    def refund(self, state: RefundState, minor: int = 100, number: int = 1, **more: Any) -> RefundStatus:
        ref = f"re_{self.link_id}_{number}"
        return RefundStatus(ref, state, Money(minor, "EUR"), at=self.at(number), **more)

    def dispute(self, state: DisputeState, number: int = 1, **more: Any) -> DisputeStatus:
        return DisputeStatus(f"dp_{self.link_id}_{number}", state, ASKED, at=self.at(number), **more)

    def at(self, number: int) -> datetime:
        return self.app.clock() + timedelta(minutes=number)

    def payment(self, *sequels: RefundStatus | DisputeStatus, number: int = 1) -> PaymentStatus:
        return PaymentStatus(
            ref=f"cs_{self.link_id}_{number}",
            state=PaymentState.SUCCEEDED,
            money=ASKED,
            intent_ref=f"pi_{self.link_id}_{number}",
            payer_name="Meena",
            at=self.at(-10 + number),
            refunds=tuple(one for one in sequels if isinstance(one, RefundStatus)),
            disputes=tuple(one for one in sequels if isinstance(one, DisputeStatus)),
        )

    def tell(self, *payments: PaymentStatus, state: ProviderLinkState = ProviderLinkState.OPEN) -> None:
        """The provider's answer of this moment."""
        ref = f"plink_{self.link_id}"
        status = LinkStatus(ref, f"https://pay.example/{ref}", state, payments)
        ledger.write_down(self.app, self.owner.tenant_id, self.link_id, status)

    def rows(self, model: type[Any]) -> list[Any]:
        mine = select(model).where(model.link_id == self.link_id).order_by(model.id)
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return list(session.scalars(mine))

    def states(self, model: type[Any]) -> list[str]:
        return [row.state for row in self.rows(model)]

    def link(self) -> PaymentLink:
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return session.get_one(PaymentLink, self.link_id)

    def flags(self) -> Flag:
        return self.link().flags

    def events(self) -> list[str]:
        """What happened after the payments."""
        paid = {"link.created", "payment.succeeded", "link.paid", "payment.mismatch"}
        return [event.name for event in self.rows(LinkEvent) if event.name not in paid]


@pytest.fixture
def bench(app: App, owner: Member) -> Bench:
    return Bench(app, owner)


@pytest.mark.parametrize(
    ("told", "state", "events"),
    [
        ([PENDING], PENDING, ["refund.pending"]),
        ([SUCCEEDED], SUCCEEDED, ["payment.refunded"]),
        ([FAILED], FAILED, ["refund.failed"]),
        ([PENDING, SUCCEEDED], SUCCEEDED, ["refund.pending", "payment.refunded"]),
        ([PENDING, FAILED], FAILED, ["refund.pending", "refund.failed"]),
        ([SUCCEEDED, PENDING], SUCCEEDED, ["payment.refunded"]),
        # The payer's bank gives back what had gone through.
        ([SUCCEEDED, FAILED], FAILED, ["payment.refunded", "refund.returned"]),
        ([FAILED, SUCCEEDED], FAILED, ["refund.failed"]),
    ],
)
def test_a_refund_moves_forward_only(
    bench: Bench, told: list[RefundState], state: RefundState, events: list[str]
) -> None:
    for one in told:
        for _ in range(2):
            bench.tell(bench.payment(bench.refund(one)))
    assert bench.states(Refund) == [state]
    assert bench.events() == events
    assert bench.states(Payment) == ["succeeded"]
    assert bench.link().state == "paid"


@pytest.mark.parametrize(
    ("told", "state", "events"),
    [
        ([OPEN], OPEN, ["dispute.opened"]),
        ([WON], WON, ["dispute.closed"]),
        ([OPEN, LOST], LOST, ["dispute.opened", "dispute.closed"]),
        ([LOST, OPEN], LOST, ["dispute.closed"]),
        ([OPEN, WON, OPEN], WON, ["dispute.opened", "dispute.closed"]),
        ([LOST, WON], WON, ["dispute.closed", "dispute.closed"]),
    ],
)
def test_a_dispute_moves_forward_only(
    bench: Bench, told: list[DisputeState], state: DisputeState, events: list[str]
) -> None:
    for one in told:
        for _ in range(2):
            bench.tell(bench.payment(bench.dispute(one)))
    assert bench.states(Dispute) == [state]
    assert bench.events() == events


def test_what_is_known_of_a_refund_and_of_a_dispute_is_kept(bench: Bench) -> None:
    due = bench.at(60 * 24 * 7)
    bench.tell(
        bench.payment(
            bench.refund(SUCCEEDED, 30, reason="duplicate"),
            bench.dispute(OPEN, reason="fraudulent", due_by=due),
        )
    )
    (refund,), (dispute,), (payment,) = (bench.rows(one) for one in (Refund, Dispute, Payment))
    assert (refund.amount, refund.reason, refund.at) == (Money(30, "EUR"), "duplicate", bench.at(1))
    assert (dispute.amount, dispute.reason, dispute.due_by) == (ASKED, "fraudulent", due)
    assert refund.payment_id == dispute.payment_id == payment.id
    told = {event.name: event.detail for event in bench.rows(LinkEvent)}
    assert told["payment.refunded"]["left"] == [70, "EUR"]
    assert told["dispute.opened"]["due_by"] == due.isoformat()


def test_a_deadline_that_was_put_off_is_followed(bench: Bench) -> None:
    for days in (7, 9):
        bench.tell(bench.payment(bench.dispute(OPEN, due_by=bench.at(60 * 24 * days))))
    (dispute,) = bench.rows(Dispute)
    assert dispute.due_by == bench.at(60 * 24 * 9)
    assert bench.events() == ["dispute.opened"]


def test_refunds_of_parts_add_up(bench: Bench) -> None:
    parts = [bench.refund(SUCCEEDED, 30), bench.refund(SUCCEEDED, 30, 2), bench.refund(SUCCEEDED, 40, 3)]
    expected = [Flag.REFUNDED_PART, Flag.REFUNDED_PART, Flag.REFUNDED_FULL]
    for count, flag in enumerate(expected, 1):
        bench.tell(bench.payment(*parts[:count]))
        assert bench.flags() == flag
    assert bench.events() == ["payment.refunded"] * 3
    assert len({event.subject_id for event in bench.rows(LinkEvent)[-3:]}) == 3


def test_the_refund_of_a_second_payment_leaves_the_first_alone(bench: Bench) -> None:
    bench.tell(bench.payment(), bench.payment(number=2))
    assert bench.flags() == Flag.OVERPAID | Flag.NEEDS_ATTENTION
    back = bench.refund(SUCCEEDED)
    bench.tell(bench.payment(), bench.payment(back, number=2))
    assert bench.flags() == Flag(0)
    first, second = bench.rows(Payment)
    (refund,) = bench.rows(Refund)
    assert (first.state, first.problem, second.state) == ("succeeded", None, "succeeded")
    assert refund.payment_id == second.id
    assert bench.link().state == "paid"


def test_a_payment_that_begins_after_the_link_was_closed_is_late(bench: Bench) -> None:
    bench.tell(state=ProviderLinkState.INACTIVE)
    bench.tell(bench.payment(), state=ProviderLinkState.INACTIVE)
    assert (bench.link().state, bench.flags()) == ("paid", Flag.PAID_LATE | Flag.NEEDS_ATTENTION)
    assert bench.events() == ["link.deactivated", "payment.late"]
    bench.tell(bench.payment(bench.refund(SUCCEEDED)), state=ProviderLinkState.INACTIVE)
    assert bench.flags() == Flag.PAID_LATE | Flag.REFUNDED_FULL


def test_a_payment_that_was_there_when_the_link_was_closed_is_not_late(bench: Bench) -> None:
    begun = PaymentStatus(f"cs_{bench.link_id}_1", PaymentState.PENDING, ASKED)
    bench.tell(begun, state=ProviderLinkState.INACTIVE)
    assert (bench.link().state, bench.flags()) == ("deactivated", Flag.PENDING_PAYMENT)
    bench.tell(bench.payment(), state=ProviderLinkState.INACTIVE)
    assert (bench.link().state, bench.flags()) == ("paid", Flag(0))


def test_when_the_provider_was_last_asked_is_kept(bench: Bench) -> None:
    assert bench.link().checked_at is None
    bench.tell()
    assert bench.link().checked_at == bench.app.clock()


def test_the_refund_of_a_payment_that_was_never_heard_of_brings_both(bench: Bench) -> None:
    """Every event of the payment was lost; one look makes it good."""
    bench.tell(bench.payment(bench.refund(PENDING, 30), bench.refund(SUCCEEDED, 40, 2)))
    assert bench.states(Payment) == ["succeeded"]
    assert sorted(bench.states(Refund)) == ["pending", "succeeded"]
    assert bench.flags() == Flag.REFUNDED_PART


#: The answers that a provider gave one after another, while things happened.
LIVES = st.tuples(
    st.sampled_from([[PENDING, SUCCEEDED], [SUCCEEDED], [PENDING, FAILED], [SUCCEEDED, FAILED]]),
    st.sampled_from([[OPEN, WON], [OPEN, LOST], [OPEN]]),
)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lives=LIVES, data=st.data())
def test_answers_that_overtake_each_other_end_the_same(
    bench: Bench, lives: tuple[list[RefundState], list[DisputeState]], data: st.DataObject
) -> None:
    bench.new_link()
    refunds, disputes = lives
    answers = [
        bench.payment(bench.refund(refund, 40), bench.dispute(dispute))
        for refund in refunds
        for dispute in disputes
    ]
    last = bench.payment(bench.refund(refunds[-1], 40), bench.dispute(disputes[-1]))
    for answer in data.draw(st.lists(st.sampled_from(answers), max_size=5)):
        bench.tell(answer)
    bench.tell(last)
    assert (bench.states(Refund), bench.states(Dispute)) == ([refunds[-1]], [disputes[-1]])
    # A lost dispute takes the whole payment, and with it what a failed refund would have given back.
    returned = refunds[-1] is FAILED and disputes[-1] is not LOST
    assert (Flag.NEEDS_ATTENTION in bench.flags()) is (disputes[-1] is OPEN or returned)
    assert (Flag.REFUNDED_PART in bench.flags()) is (refunds[-1] is SUCCEEDED)
    happened = bench.events()
    assert len(happened) == len(set(happened))

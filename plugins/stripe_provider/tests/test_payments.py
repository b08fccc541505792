"""Stripe's sessions, refunds and disputes as the core's payments."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api.errors import InvalidAmount
from core.api.money import Money
from core.api.payments import DisputeState, PaymentState, RefundState
from plugins.stripe_provider import mapping, payments


@pytest.mark.parametrize(
    ("payment_status", "intent_status", "state"),
    [
        ("paid", "succeeded", PaymentState.SUCCEEDED),
        ("no_payment_required", None, PaymentState.SUCCEEDED),
        ("unpaid", "processing", PaymentState.PENDING),
        ("unpaid", "requires_action", PaymentState.PENDING),
        ("unpaid", None, PaymentState.PENDING),
        ("unpaid", "requires_payment_method", PaymentState.FAILED),
        ("unpaid", "canceled", PaymentState.FAILED),
    ],
)
def test_the_truth_table_of_paying(payment_status, intent_status, state):
    assert payments.payment_state(payment_status, intent_status) is state


SESSION = {
    "id": "cs_1",
    "payment_status": "paid",
    "payment_intent": {
        "id": "pi_1",
        "status": "succeeded",
        "latest_charge": {"created": 1795300060, "payment_method_details": {"type": "card"}},
    },
    "amount_total": 1234,
    "currency": "eur",
    "customer_details": {"name": "Ada Buyer", "email": "ada@buyer.example"},
    "created": 1795300000,
}


def test_a_completed_session_is_a_payment():
    payment = payments.payment(SESSION)
    assert (payment.ref, payment.intent_ref, payment.method) == ("cs_1", "pi_1", "card")
    assert (payment.payer_name, payment.payer_email) == ("Ada Buyer", "ada@buyer.example")
    assert (payment.state, payment.money) == (PaymentState.SUCCEEDED, Money(1234, "EUR"))
    assert payment.at == datetime(2026, 11, 21, 22, 27, 40, tzinfo=UTC)


def test_a_payment_needs_no_payer_intent_or_charge():
    free = payments.payment(SESSION | {"payment_intent": None, "customer_details": None})
    assert (free.intent_ref, free.payer_email, free.method) == (None, None, None)
    assert free.at == datetime(2026, 11, 21, 22, 26, 40, tzinfo=UTC)
    plain = payments.payment(SESSION | {"payment_intent": "pi_1", "payment_status": "unpaid"})
    assert (plain.intent_ref, plain.state) == ("pi_1", PaymentState.PENDING)


REFUND = {
    "id": "re_1",
    "amount": 234,
    "currency": "eur",
    "created": 1795300600,
    "reason": "duplicate",
    "status": "succeeded",
}
DISPUTE = {
    "id": "du_1",
    "amount": 1234,
    "currency": "eur",
    "created": 1795300900,
    "evidence_details": {"due_by": 1795400000},
    "reason": "fraudulent",
    "status": "needs_response",
}
PAID = Money(1234, "EUR")


def test_a_payment_brings_its_refunds_and_disputes():
    payment = payments.payment(SESSION, [REFUND, REFUND | {"id": "re_2"}], [DISPUTE])
    assert [one.ref for one in payment.refunds] == ["re_1", "re_2"]
    assert [one.ref for one in payment.disputes] == ["du_1"]
    assert (payment.state, payment.money) == (PaymentState.SUCCEEDED, PAID)


def test_a_refund():
    refund = payments.refund(REFUND)
    assert (refund.ref, refund.state, refund.money) == ("re_1", RefundState.SUCCEEDED, Money(234, "EUR"))
    assert (refund.reason, refund.at) == ("duplicate", datetime(2026, 11, 21, 22, 36, 40, tzinfo=UTC))
    failed = REFUND | {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    assert payments.refund(failed).reason == "lost_or_stolen_card"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("succeeded", RefundState.SUCCEEDED),
        ("pending", RefundState.PENDING),
        ("requires_action", RefundState.PENDING),
        (None, RefundState.PENDING),
        ("of_next_year", RefundState.PENDING),
        ("failed", RefundState.FAILED),
        ("canceled", RefundState.FAILED),
    ],
)
def test_the_truth_table_of_refunding(status, state):
    assert payments.refund(REFUND | {"status": status}).state is state


def test_a_dispute():
    dispute = payments.dispute(DISPUTE, PAID)
    assert (dispute.ref, dispute.state, dispute.money) == ("du_1", DisputeState.OPEN, PAID)
    assert (dispute.reason, dispute.at.minute) == ("fraudulent", 41)
    assert dispute.due_by == datetime(2026, 11, 23, 2, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("details", [None, {}, {"due_by": None}, {"due_by": 0}])
def test_not_every_dispute_asks_for_an_answer(details):
    assert payments.dispute(DISPUTE | {"evidence_details": details}, PAID).due_by is None


@pytest.mark.parametrize(
    ("status", "case", "state"),
    [
        ("warning_needs_response", "inquiry", DisputeState.OPEN),
        ("warning_under_review", "inquiry", DisputeState.OPEN),
        ("warning_closed", "inquiry", DisputeState.WON),
        ("needs_response", "chargeback", DisputeState.OPEN),
        ("under_review", "chargeback", DisputeState.OPEN),
        ("won", "chargeback", DisputeState.WON),
        ("lost", "chargeback", DisputeState.LOST),
        ("prevented", "block", DisputeState.WON),
        ("prevented", "resolution", DisputeState.LOST),
        ("of_next_year", None, DisputeState.OPEN),
    ],
)
def test_the_truth_table_of_disputing(status, case, state):
    details = {"type": "card", "card": {"case_type": case}} if case else None
    raw = DISPUTE | {"status": status, "payment_method_details": details}
    assert payments.dispute(raw, PAID).state is state


@pytest.mark.parametrize(
    ("raw", "paid"),
    [
        ({"amount": 1100, "currency": "usd"}, PAID),
        ({"amount": 1100, "currency": "xxx"}, PAID),
        ({"amount": 99_937, "currency": "isk"}, Money(1000, "ISK")),
    ],
)
def test_a_dispute_in_the_banks_own_money_is_about_all_that_was_paid(raw, paid):
    assert payments.dispute(DISPUTE | raw, paid).money == paid


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(sorted(mapping.CURRENCIES)), st.integers(0, 10**9), st.data())
def test_what_is_given_back_and_what_is_left_add_up_in_every_currency(currency, amount, data):
    paid = Money.of(amount, currency)
    back = Money(data.draw(st.integers(0, paid.minor)), currency)
    session = SESSION | {"amount_total": mapping.to_wire(paid), "currency": currency.lower()}
    try:
        wire = mapping.to_wire(back)
    except InvalidAmount:  # between two steps of the currency: nobody can give that back
        assert currency in {"MGA", "BHD", "JOD", "KWD", "OMR", "TND"}
        return
    raw = {"amount": wire, "currency": currency.lower()}
    told = payments.payment(session, [REFUND | raw], [DISPUTE | raw])
    assert told.money == paid
    assert told.refunds[0].money == told.disputes[0].money == back
    assert mapping.to_wire(told.money - back) == session["amount_total"] - wire

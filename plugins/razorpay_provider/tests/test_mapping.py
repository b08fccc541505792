"""Money and states between Razorpay and us."""

import pytest

from core.api.errors import InvalidAmount
from core.api.money import Money, exponent
from core.api.payments import DisputeState, PaymentState, ProviderLinkState
from plugins.razorpay_provider import mapping
from plugins.razorpay_provider.simulator.money import DECIMALS

PAYMENT = {"id": "pay_1", "amount": 100, "currency": "INR", "created_at": 1_795_000_000}
DISPUTE = {"id": "disp_1", "amount": 100, "currency": "INR", "created_at": 1_795_000_000}


def test_razorpays_decimals_are_those_of_iso_4217():
    assert {code: exponent(code) for code in mapping.CURRENCIES} == DECIMALS


@pytest.mark.parametrize(
    ("amount", "currency", "wire"),
    [("1", "INR", 100), ("12.34", "USD", 1234), ("500", "JPY", 500), ("99.990", "KWD", 99990)],
)
def test_amounts_are_in_the_smallest_unit(amount, currency, wire):
    assert mapping.to_wire(Money.of(amount, currency)) == wire


@pytest.mark.parametrize(
    ("money", "sentence"),
    [(Money(99991, "KWD"), "steps of 0.010"), (Money(100, "IRR"), "no payments in IRR")],
)
def test_amounts_that_razorpay_does_not_take(money, sentence):
    with pytest.raises(InvalidAmount, match=sentence):
        mapping.to_wire(money)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("created", ProviderLinkState.OPEN),
        ("partially_paid", ProviderLinkState.OPEN),
        ("something_new", ProviderLinkState.OPEN),
        ("paid", ProviderLinkState.INACTIVE),
        ("expired", ProviderLinkState.EXPIRED),
        ("cancelled", ProviderLinkState.INACTIVE),
    ],
)
def test_states_of_links(status, state):
    assert mapping.link_state({"status": status}) is state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("created", PaymentState.STARTED),
        ("authorized", PaymentState.PENDING),
        ("something_new", PaymentState.PENDING),
        ("captured", PaymentState.SUCCEEDED),
        ("refunded", PaymentState.SUCCEEDED),
        ("failed", PaymentState.FAILED),
    ],
)
def test_states_of_payments(status, state):
    assert mapping.payment(PAYMENT | {"status": status}, [], []).state is state


@pytest.mark.parametrize(
    ("status", "deducted", "state"),
    [
        ("open", 0, DisputeState.OPEN),
        ("under_review", 100, DisputeState.OPEN),
        ("something_new", 0, DisputeState.OPEN),
        ("won", 0, DisputeState.WON),
        ("closed", 0, DisputeState.WON),
        ("closed", 100, DisputeState.LOST),
        ("lost", 100, DisputeState.LOST),
    ],
)
def test_states_of_disputes(status, deducted, state):
    raw = DISPUTE | {"status": status, "amount_deducted": deducted}
    assert mapping.dispute(raw).state is state


@pytest.mark.parametrize("notes", [None, [], {}, {"other": "1"}])
def test_links_without_our_note(notes):
    assert mapping.link_id({"notes": notes}) is None

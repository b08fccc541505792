"""When a rule does anything."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from core.api.actions import PaymentFacts, RefundFacts
from core.api.money import Money
from core.api.records import Record, RecordRef, StageRef
from core.rules.conditions import OnlyIf, hold, read, why_not_there
from core.testing.context import domain_event

PAID = PaymentFacts("pay_1", Money(125_000, "INR"))
BASE = domain_event("payment.succeeded", PAID)
EVENT = replace(BASE, link=replace(BASE.link, account_id="acc_1"))


@pytest.mark.parametrize(
    ("only_if", "holds"),
    [
        ({}, True),
        ({"record_kind": "deal"}, True),
        ({"record_kind": "lead"}, False),
        ({"account_id": "acc_1"}, True),
        ({"account_id": "acc_2"}, False),
        ({"mode": "test"}, True),
        ({"mode": "live"}, False),
        ({"product": "UNI"}, True),
        ({"product": "Licence"}, False),
        ({"currency": "INR"}, True),
        ({"currency": "EUR"}, False),
        ({"currency": "INR", "at_least": "1250"}, True),
        ({"currency": "INR", "at_least": "1250.01"}, False),
        ({"currency": "INR", "at_most": "1250.00"}, True),
        ({"currency": "INR", "at_most": "1249.99"}, False),
        ({"currency": "EUR", "at_least": "1"}, False),
        ({"record_kind": "deal", "mode": "live"}, False),
        ({"record_kind": "deal", "stage_id": "7"}, True),
    ],
)
def test_what_the_event_tells(only_if: dict[str, Any], holds: bool) -> None:
    assert hold(OnlyIf.model_validate(only_if), EVENT) is holds


def test_the_amount_is_that_of_what_happened() -> None:
    refunded = replace(EVENT, refund=RefundFacts("ref_1", Money(5_000, "INR")))
    small = OnlyIf(currency="INR", at_most=Decimal(100))
    assert hold(small, refunded)
    assert not hold(small, EVENT)
    made = replace(EVENT, payment=None)
    assert hold(OnlyIf(currency="INR", at_least=Decimal(1250)), made)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"at_least": "5"}, "choose the currency"),
        ({"currency": "JPY", "at_most": "5.5"}, "JPY has 0 decimals"),
        ({"currency": "INR", "at_least": "9", "at_most": "5"}, "from the smaller one"),
    ],
)
def test_amounts_that_are_none(values: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        OnlyIf.model_validate(values)


def test_in_words() -> None:
    every = OnlyIf(
        record_kind="deal",
        stage_id="7",
        stage_name="Proposal",
        account_id="acc_1",
        account_name="Stripe",
        mode="live",
        product="Licence",
        currency="INR",
        at_least=Decimal(1000),
        at_most=Decimal(250000),
    )
    assert every.words == [
        "it is a deal",
        "it stands in Proposal",
        "the account is Stripe",
        "it is in live mode",
        "the product has “Licence” in its name",
        "the amount is at least 1,000 INR",
        "the amount is at most 250,000 INR",
    ]
    assert OnlyIf(currency="INR").words == ["it is paid in INR"]
    assert read(every.stored) == every
    assert read(None).words == []


def test_where_a_record_stands() -> None:
    record = Record(RecordRef("deal", "7"), "Office fit-out", "https://crm.example/7")
    wanted = OnlyIf(record_kind="deal", stage_id="7", stage_name="Proposal")
    there = replace(record, stage=StageRef("1", "Sales", "7", "Proposal"))
    won = replace(record, stage=StageRef("1", "Sales", "9", "Won"))
    assert why_not_there(wanted, there) is None
    assert why_not_there(OnlyIf(), won) is None
    assert why_not_there(wanted, won) == "The rule is for Proposal, and the record is in Won."
    assert why_not_there(wanted, record) == "The rule is for Proposal, and the record is in no stage."

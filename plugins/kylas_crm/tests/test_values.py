"""Kylas's scalars."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.money import Money
from plugins.kylas_crm import values


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2022-08-08T13:43:02.157+0000", datetime(2022, 8, 8, 13, 43, 2, 157000, UTC)),
        ("2022-08-08T13:43:02.157Z", datetime(2022, 8, 8, 13, 43, 2, 157000, UTC)),
        ("2021-09-30T05:04:37Z", datetime(2021, 9, 30, 5, 4, 37, tzinfo=UTC)),
        ("2021-09-30T10:34:37.000+0530", datetime(2021, 9, 30, 5, 4, 37, tzinfo=UTC)),
        ("2021-09-30T05:04:37", datetime(2021, 9, 30, 5, 4, 37, tzinfo=UTC)),
    ],
)
def test_every_way_to_write_a_time_is_aware_utc(written, meant):
    assert values.time(written) == meant
    assert values.time(written).tzinfo is UTC


@pytest.mark.parametrize("nonsense", [None, "", "yesterday", 1660000000])
def test_what_is_no_time_is_none(nonsense):
    assert values.time(nonsense) is None


@pytest.mark.parametrize(
    ("double", "currency", "expected"),
    [
        (300000.0, "INR", Money(30_000_000, "INR")),
        (1.0e7, "INR", Money(1_000_000_000, "INR")),
        (0.1 + 0.2, "EUR", Money(30, "EUR")),
        (1.005, "EUR", Money(101, "EUR")),
        (12.345, "BHD", Money(12345, "BHD")),
        (1500, "JPY", Money(1500, "JPY")),
        (1500.4, "JPY", Money(1500, "JPY")),
        ("75.50", "USD", Money(7550, "USD")),
    ],
)
def test_money_comes_from_doubles_without_their_error(double, currency, expected):
    assert values.money(double, currency) == expected


@pytest.mark.parametrize(
    ("value", "currency"),
    [
        (None, "INR"),
        (100, None),
        (True, "INR"),
        (float("nan"), "INR"),
        (float("inf"), "INR"),
        ("a lot", "INR"),
        ({"value": 1}, "INR"),
        (100, "rupees"),
    ],
)
def test_what_is_no_amount_is_none(value, currency):
    assert values.money(value, currency) is None


@given(st.integers(min_value=0, max_value=10**12))
def test_an_amount_in_cents_survives_the_double(cents):
    assert values.money(cents / 100, "EUR") == Money(cents, "EUR")


def test_currency_ids_of_both_lists():
    assert values.currency_codes([{"id": 431, "name": "INR"}, {"id": 400, "name": "USD"}]) == {
        "431": "INR",
        "400": "USD",
    }
    own = {"id": 77, "currencyValueId": 401938, "name": "BHD", "baseCurrency": False}
    assert values.currency_codes([own]) == {"77": "BHD", "401938": "BHD"}


def test_currency_rows_that_say_nothing_are_left_out():
    assert values.currency_codes([{"id": 1}, {"id": 2, "name": "Rupee"}, {"name": "INR"}, "INR"]) == {}


def test_the_primary_entry_or_the_first():
    first, second = {"value": "a"}, {"value": "b", "primary": True}
    assert values.primary([first, second]) is second
    assert values.primary([first]) is first
    assert values.primary([]) == {}
    assert values.primary(None) == {}


def test_names_may_lack_either_part():
    assert values.person_name({"firstName": "Asha", "lastName": "Rao"}) == "Asha Rao"
    assert values.person_name({"firstName": None, "lastName": "Rao"}) == "Rao"
    assert values.person_name({}) == ""


def test_stored_names():
    raw = {"metaData": {"idNameStore": {"ownerId": {"1": "Asha Rao"}}}}
    assert values.stored_name(raw, "ownerId", 1) == "Asha Rao"
    assert values.stored_name(raw, "ownerId", 2) is None
    for empty in ({}, {"metaData": None}, {"metaData": {"idNameStore": None}}):
        assert values.stored_name(empty, "ownerId", 1) is None

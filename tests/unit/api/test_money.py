"""Money is exact, in the currency's own decimals, or it is refused."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.errors import DealpayError, InvalidAmount
from core.api.money import Money, exponent

currencies = st.sampled_from(["EUR", "INR", "JPY", "KWD", "CLF", "UGX"])
monies = st.builds(Money, st.integers(-(10**15), 10**15), currencies)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        (Decimal("12.5"), "EUR", 1250),
        (12, "EUR", 1200),
        ("-0.01", "EUR", -1),
        ("1e2", "EUR", 10000),
        ("500", "JPY", 500),
        ("500.00", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
    ],
)
def test_major_units_become_minor_units(amount, currency, minor):
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.001", "EUR"),
        ("0.5", "JPY"),
        ("1.00000000000000000000000000000000001", "EUR"),
        ("1e-999999", "EUR"),
        ("1e999999", "EUR"),
        ("twelve", "EUR"),
        ("", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        (None, "EUR"),
        (1.5, "EUR"),
        ("1", "eur"),
    ],
)
def test_what_is_no_amount_or_finer_than_the_currency(amount, currency):
    with pytest.raises(InvalidAmount):
        Money.of(amount, currency)


@pytest.mark.parametrize("minor", [1.0, "1", True, None, Decimal(1)])
def test_minor_units_are_an_integer(minor):
    with pytest.raises(InvalidAmount, match="minor units are an integer"):
        Money(minor, "EUR")


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "E1R", "ÄÖÜ", "", None, 978])
def test_a_currency_is_three_capital_letters(currency):
    with pytest.raises(InvalidAmount, match="three capital letters"):
        Money(1, currency)


def test_two_currencies_do_not_mix():
    euro, yen = Money(1, "EUR"), Money(1, "JPY")
    for mix in (
        lambda: euro + yen,
        lambda: euro - yen,
        lambda: euro < yen,
        lambda: euro >= yen,
    ):
        with pytest.raises(InvalidAmount, match="don't add up"):
            mix()
    assert euro != yen


@pytest.mark.parametrize("times", [1.5, "2", True])
def test_only_a_whole_number_multiplies(times):
    with pytest.raises(TypeError):
        Money(100, "EUR") * times


def test_the_refusal_is_both_the_cores_and_a_value_error():
    assert issubclass(InvalidAmount, DealpayError)
    assert issubclass(InvalidAmount, ValueError)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(125000, "EUR"), "1,250.00 EUR"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(500, "JPY"), "500 JPY"),
        (Money(1, "KWD"), "0.001 KWD"),
    ],
)
def test_as_text(money, text):
    assert str(money) == text


@given(st.integers(-(10**50), 10**50), currencies)
def test_major_and_minor_units_are_the_same_money(minor, currency):
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money
    assert Money.of(str(money.amount), currency) == money


@given(monies, st.integers(0, 999_999))
def test_price_times_quantity(price, quantity):
    total = price * quantity
    assert (total.minor, total.currency) == (price.minor * quantity, price.currency)
    assert total.amount == price.amount * quantity


@given(monies, st.integers(-(10**15), 10**15))
def test_adding_and_taking_away(money, minor):
    other = Money(minor, money.currency)
    assert money + other - other == money
    assert money + other == other + money
    assert (money < other) == (money.minor < minor) == (other > money)
    assert (money <= other) == (money.minor <= minor) == (other >= money)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), currencies)
def test_an_amount_is_kept_exactly_or_refused(amount, currency):
    try:
        money = Money.of(amount, currency)
    except InvalidAmount:
        assert Fraction(amount) * 10 ** exponent(currency) % 1 != 0
    else:
        assert money.amount == amount

"""Money between ISO 4217 and Stripe's own units, and Stripe's objects as ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api.errors import InvalidAmount
from core.api.money import Money, exponent
from plugins.stripe_provider import mapping

currencies = st.sampled_from(sorted(mapping.CURRENCIES))
whole_amounts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("amount", "currency", "wire"),
    [
        ("12.34", "EUR", 1234),
        ("500", "JPY", 500),
        ("5.12", "KWD", 5120),
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("1200", "MGA", 1200),
        ("12.34", "HUF", 1234),
        ("12.34", "TWD", 1234),
        ("0", "USD", 0),
    ],
)
def test_the_wire_amounts_of_stripes_documentation(amount, currency, wire):
    money = Money.of(amount, currency)
    assert mapping.to_wire(money) == wire
    assert mapping.from_wire(wire, currency.lower()) == money


@pytest.mark.parametrize(
    ("money", "sentence"),
    [
        (Money(5124, "KWD"), "KWD in steps of 0.010; 5.124 KWD"),
        (Money(1250, "MGA"), "MGA in steps of 1; 12.50 MGA"),
        (Money(100, "IRR"), "no payments in IRR"),
    ],
)
def test_what_stripe_cannot_take_is_refused_in_a_sentence(money, sentence):
    with pytest.raises(InvalidAmount, match=sentence):
        mapping.to_wire(money)


def test_wire_amounts_finer_than_the_currency_are_refused():
    with pytest.raises(InvalidAmount, match="finer than ISK allows"):
        mapping.from_wire(550, "isk")
    with pytest.raises(InvalidAmount, match="no payments in XXX"):
        mapping.from_wire(550, "xxx")


@settings(deadline=None)  # the machine may be busy
@given(currencies, whole_amounts)
def test_whole_amounts_come_back_from_the_wire(currency, amount):
    money = Money.of(amount, currency)
    assert mapping.from_wire(mapping.to_wire(money), currency.lower()) == money


@settings(deadline=None)
@given(currencies, st.integers(0, 10**12))
def test_every_amount_comes_back_or_is_refused(currency, minor):
    money = Money(minor, currency)
    try:
        wire = mapping.to_wire(money)
    except InvalidAmount:
        assert currency in {"MGA", "BHD", "JOD", "KWD", "OMR", "TND"}
    else:
        assert mapping.from_wire(wire, currency.lower()) == money


@settings(deadline=None)
@given(currencies, whole_amounts)
def test_amounts_keep_their_order_and_scale(currency, amount):
    one, some = (mapping.to_wire(Money.of(n, currency)) for n in (1, amount))
    assert some == one * amount


def test_only_these_currencies_differ_from_iso():
    differ = {code for code in mapping.CURRENCIES if mapping.largest(code) != _iso_largest(code)}
    assert differ == {"ISK", "UGX", "MGA"}


def _iso_largest(code):
    return Money(mapping.MAX_AMOUNT, code).amount


def test_only_three_decimal_currencies_have_three_in_iso():
    assert {code for code in mapping.CURRENCIES if exponent(code) == 3} == {
        "BHD",
        "JOD",
        "KWD",
        "OMR",
        "TND",
    }


ACCOUNT = {"id": "acct_1", "default_currency": "inr", "country": "IN"}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (
            {"settings": {"dashboard": {"display_name": "Northwind"}}, "email": "a@b.example"},
            "Northwind",
        ),
        ({"business_profile": {"name": "Northwind Ltd"}, "email": "a@b.example"}, "Northwind Ltd"),
        ({"settings": {"dashboard": {"display_name": None}}, "email": "a@b.example"}, "a@b.example"),
        ({"settings": None, "business_profile": None}, "acct_1"),
    ],
)
def test_an_account_has_the_best_name_there_is(fields, name):
    account = mapping.account(ACCOUNT | fields, "test", ("Prices (write)",))
    assert (account.external_id, account.currency, account.country) == ("acct_1", "INR", "IN")
    assert (account.name, account.mode) == (name, "test")
    assert account.missing_permissions == ("Prices (write)",)


PRICE = {
    "id": "price_1",
    "active": True,
    "type": "one_time",
    "currency": "eur",
    "unit_amount": 1234,
    "lookup_key": None,
    "nickname": None,
    "product": {"id": "prod_1", "active": True, "name": "Book", "description": "A long one"},
}


def test_a_price_with_its_product_is_a_product():
    product = mapping.product(PRICE)
    assert (product.ref, product.name, product.price) == ("price_1", "Book", Money(1234, "EUR"))
    assert (product.description, product.unit) == ("A long one", False)


def test_the_unit_product_is_known_by_its_lookup_key():
    assert mapping.product(PRICE | {"lookup_key": "dealpay_unit_eur"}).unit
    assert not mapping.product(PRICE | {"lookup_key": "dealpay_unit_inr"}).unit


@pytest.mark.parametrize(
    "fields",
    [{"type": "recurring"}, {"unit_amount": None}, {"unit_amount": 150, "currency": "isk"}],
)
def test_what_a_quantity_cannot_charge_is_no_product(fields):
    assert mapping.product(PRICE | fields) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"product": {"id": "prod_1", "active": False}}, False),
        ({"product": {"id": "prod_1", "deleted": True}}, False),
    ],
)
def test_archived_and_deleted_are_not_on_sale(fields, expected):
    assert mapping.on_sale(PRICE | fields) is expected


def test_a_link_is_what_is_sent_to_the_payer():
    link = mapping.link({"id": "plink_1", "active": True, "url": "https://buy.example/1"})
    assert (link.ref, link.url) == ("plink_1", "https://buy.example/1")

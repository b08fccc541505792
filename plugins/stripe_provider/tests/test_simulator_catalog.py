"""Products and prices, their lists, and expansion."""

from decimal import Decimal

import pytest
import stripe

from plugins.stripe_provider.simulator.seed import GULF, SAKURA
from plugins.stripe_provider.tests.driving import client_of, link_of, price_of


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


@pytest.fixture
def product(client):
    return client.products.create({"name": "Book", "metadata": {"shelf": "7"}})


def test_a_product_is_made_changed_and_found_again(client, product):
    assert (product.active, product.metadata.to_dict()) == (True, {"shelf": "7"})
    changed = client.products.update(
        product.id, {"active": False, "description": "Of paper", "metadata": {"row": "1"}}
    )
    assert changed.metadata.to_dict() == {"shelf": "7", "row": "1"}
    assert client.products.retrieve(product.id).description == "Of paper"
    assert client.products.update(product.id, {"description": ""}).description is None
    assert [one.id for one in client.products.list({"active": False}).data] == [product.id]
    assert [one.id for one in client.products.list({"ids": [product.id]}).data] == [product.id]


def test_a_product_may_bring_its_price(client):
    product = client.products.create(
        {"name": "Pen", "default_price_data": {"currency": "inr", "unit_amount": 100}}
    )
    (price,) = client.prices.list({"product": product.id}).data
    assert price.id == product.default_price
    assert (price.unit_amount, price.unit_amount_decimal) == (100, Decimal(100))
    with pytest.raises(stripe.InvalidRequestError, match="default price"):
        client.prices.update(price.id, {"active": False})


def test_a_product_id_is_used_once(client):
    assert client.products.create({"name": "Unit", "id": "prod_unit"}).id == "prod_unit"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.products.create({"name": "Unit", "id": "prod_unit"})
    assert refused.value.code == "resource_already_exists"


def test_prices_are_filtered(client, product):
    made = client.prices.create(
        {"currency": "EUR", "unit_amount": 250, "product": product.id, "lookup_key": "unit-eur"}
    )
    for filters in (
        {"lookup_keys": ["unit-eur", "other"]},
        {"currency": "eur"},
        {"product": product.id, "active": True, "type": "one_time"},
    ):
        assert [one.id for one in client.prices.list(filters).data] == [made.id]
    client.prices.update(made.id, {"active": False})
    assert client.prices.list({"product": product.id, "active": True}).data == []
    assert client.prices.retrieve(made.id).active is False


def test_a_lookup_key_is_held_by_one_price(client, product):
    params = {"currency": "inr", "unit_amount": 100, "product": product.id, "lookup_key": "unit"}
    first = client.prices.create(params)
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        client.prices.create(params)
    second = client.prices.create(params | {"transfer_lookup_key": True})
    assert client.prices.retrieve(first.id).lookup_key is None
    assert [one.id for one in client.prices.list({"lookup_keys": ["unit"]}).data] == [second.id]


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ({"unit_amount": 100_000_000}, "no more than ₹999,999.99"),
        ({"unit_amount": -1}, "greater than or equal to 0"),
        ({}, "exactly one of: unit_amount"),
        ({"unit_amount": 1, "unit_amount_decimal": "1"}, "exactly one of: unit_amount"),
        ({"unit_amount": 1, "currency": "xxx"}, "Invalid currency: xxx"),
        ({"unit_amount": 1234, "currency": "kwd"}, "divisible by 10"),
        ({"unit_amount": 150, "currency": "isk"}, "divisible by 100"),
        ({"unit_amount": 150, "currency": "ugx"}, "divisible by 100"),
        ({"unit_amount": 1, "product": "prod_nowhere"}, "No such product"),
    ],
)
def test_a_price_that_cannot_be_is_refused(client, product, amount, message):
    with pytest.raises(stripe.InvalidRequestError, match=message):
        client.prices.create({"currency": "inr", "product": product.id} | amount)


@pytest.mark.parametrize(("start", "amount"), [(SAKURA, 3_000), (GULF, 45_500)])
def test_other_currencies_count_in_their_own_units(simulator, http, start, amount):
    (price,) = client_of(simulator, http, start.key).prices.list().data
    assert (price.currency, price.unit_amount) == (start.currency, amount)


def test_pages_follow_each_other_in_both_directions(client):
    made = [client.products.create({"name": f"Book {number}"}).id for number in range(5)]
    newest = made[::-1]
    first = client.products.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (newest[:2], True)
    second = client.products.list({"limit": 2, "starting_after": newest[1]})
    assert [one.id for one in second.data] == newest[2:4]
    back = client.products.list({"limit": 2, "ending_before": newest[4]})
    assert ([one.id for one in back.data], back.has_more) == (newest[2:4], True)
    everything = [one.id for one in client.products.list({"limit": 2}).auto_paging_iter()]
    assert everything[:5] == newest
    assert len(everything) == len(set(everything)) == 7


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_holds_1_to_100(client, limit):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.products.list({"limit": limit})
    assert refused.value.param == "limit"


def test_a_cursor_has_to_exist(client):
    with pytest.raises(stripe.InvalidRequestError, match="No such product: 'prod_x'") as refused:
        client.products.list({"starting_after": "prod_x"})
    assert (refused.value.param, refused.value.code) == ("starting_after", "resource_missing")


def test_created_is_a_range(simulator, client, product):
    now = product.created
    assert product.id in [one.id for one in client.products.list({"created": {"gte": now}}).data]
    assert client.products.list({"created": {"gt": now + 1}}).data == []


def test_expansion_replaces_ids_by_objects(client):
    price = client.prices.list({"expand": ["data.product"]}).data[0]
    assert price.product.name == "Annual licence"
    link = link_of(client, expand=["line_items"])
    assert link.line_items.data[0].price.id == price_of(client).id
    assert client.prices.retrieve(price.id).product == price.product.id


@pytest.mark.parametrize("path", ["name", "nothing", "default_price.product.a.b.c"])
def test_what_cannot_be_expanded_is_refused(client, product, path):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.products.retrieve(product.id, {"expand": [path]})
    assert refused.value.param == "expand"

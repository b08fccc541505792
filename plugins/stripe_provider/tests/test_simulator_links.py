"""Payment links: what makes one, what can be changed, and what is refused."""

import pytest
import stripe

from plugins.stripe_provider.tests.driving import client_of, link_of, price_of, raw


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


def test_a_link_holds_what_it_was_given(client, simulator):
    link = link_of(
        client,
        quantity=3,
        metadata={"link": "7"},
        payment_intent_data={"metadata": {"link": "7"}, "description": "Deal 7"},
        restrictions={"completed_sessions": {"limit": 1}},
        inactive_message="This link has been paid.",
        after_completion={"type": "redirect", "redirect": {"url": "https://crm.example/thanks"}},
    )
    assert link.active
    assert link.url.startswith(f"{simulator.base_url}/pay/")
    assert link.metadata.to_dict() == link.payment_intent_data.metadata.to_dict() == {"link": "7"}
    assert link.restrictions.completed_sessions.to_dict() == {"count": 0, "limit": 1}
    assert client.payment_links.retrieve(link.id).inactive_message == "This link has been paid."
    (item,) = client.payment_links.line_items.list(link.id).data
    assert (item.quantity, item.amount_total, item.currency) == (3, 1_350_000, "inr")
    assert item.description == "Onboarding package"


def test_an_inline_price_is_not_listed(client):
    product = client.products.create({"name": "Deal"})
    prices = {one.id for one in client.prices.list().data}
    data = {"currency": "inr", "product": product.id, "unit_amount": 1234}
    link = client.payment_links.create(
        {"line_items": [{"price_data": data, "quantity": 1}], "expand": ["line_items"]}
    )
    price = link.line_items.data[0].price
    assert (price.unit_amount, price.product) == (1234, product.id)
    assert {one.id for one in client.prices.list().data} == prices
    assert client.prices.retrieve(price.id).unit_amount == 1234


def test_an_inline_price_may_bring_its_product(client):
    data = {"currency": "inr", "unit_amount": 1234, "product_data": {"name": "Deal 9"}}
    link = client.payment_links.create(
        {"line_items": [{"price_data": data, "quantity": 2}], "expand": ["line_items"]}
    )
    assert link.line_items.data[0].description == "Deal 9"
    assert link.line_items.data[0].amount_total == 2468


def test_what_has_no_whole_unit_price_is_rounded_at_the_end(client):
    data = {"currency": "inr", "unit_amount_decimal": "0.5", "product_data": {"name": "Byte"}}
    link = client.payment_links.create(
        {"line_items": [{"price_data": data, "quantity": 25}], "expand": ["line_items"]}
    )
    item = link.line_items.data[0]
    assert (item.price.unit_amount, item.amount_total) == (None, 13)


def test_an_update_changes_what_may_change(client):
    link = link_of(
        client,
        metadata={"a": "1", "b": "2"},
        payment_intent_data={"metadata": {"a": "1"}, "description": "Deal"},
        restrictions={"completed_sessions": {"limit": 1}},
        inactive_message="Paid.",
    )
    item = client.payment_links.line_items.list(link.id).data[0]
    changed = client.payment_links.update(
        link.id,
        {
            "active": False,
            "metadata": {"a": "", "c": "3"},
            "payment_intent_data": {"metadata": {"c": "3"}},
            "restrictions": "",
            "inactive_message": "",
            "line_items": [{"id": item.id, "quantity": 2}],
            "after_completion": {
                "type": "hosted_confirmation",
                "hosted_confirmation": {"custom_message": "Thank you!"},
            },
        },
    )
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert changed.payment_intent_data.metadata.to_dict() == {"c": "3"}
    assert changed.payment_intent_data.description == "Deal"
    assert (changed.active, changed.restrictions, changed.inactive_message) == (False, None, None)
    assert changed.after_completion.hosted_confirmation.custom_message == "Thank you!"
    assert client.payment_links.line_items.list(link.id).data[0].amount_total == 900_000
    assert client.payment_links.update(link.id, {"active": True}).active


def test_links_are_listed_by_whether_they_are_active(client):
    first, second = link_of(client), link_of(client)
    client.payment_links.update(first.id, {"active": False})
    assert [one.id for one in client.payment_links.list({"active": True}).data] == [second.id]
    assert [one.id for one in client.payment_links.list({"active": False}).data] == [first.id]


@pytest.mark.parametrize("quantity", [0, -1, 1_000_000])
def test_a_quantity_out_of_bounds_is_refused(client, quantity):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        link_of(client, quantity)
    assert (refused.value.code, refused.value.param) == (
        "parameter_invalid_integer",
        "line_items[0][quantity]",
    )
    assert client.payment_links.list().data == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"active": True}, "unknown parameter: active"),
        ({"line_items": [{"price": "price_x", "quantity": 1}]}, "No such price: 'price_x'"),
        ({"line_items": [{"quantity": 1}]}, r"exactly one of: line_items\[0\]\[price\]"),
        ({"line_items": [{"price": "price_x"}]}, r"Missing required param: line_items\[0\]\[quantity\]"),
        ({"line_items": [{"price": "price_x", "quantity": "12.5"}]}, "Invalid integer: 12.5"),
        ({"line_items": [{"price": "price_x", "quantity": 1}] * 21}, "1 to 20 items"),
        ({"restrictions": {"completed_sessions": {"limit": 0}}}, "at least 1"),
        ({"currency": "eur"}, "currency doesn't match"),
        ({"after_completion": {"type": "redirect"}}, "Not a valid URL"),
        ({"after_completion": {"type": "redirect", "redirect": {"url": "crm"}}}, "Not a valid URL"),
        ({"submit_type": "gift"}, "must be one of"),
    ],
)
def test_what_stripe_would_refuse_is_refused(client, changed, message):
    items = [{"price": price_of(client).id, "quantity": 1}]
    with pytest.raises(stripe.InvalidRequestError, match=message):
        client.payment_links.create({"line_items": items} | changed)


def test_what_is_archived_cannot_be_sold(client):
    product = client.products.create({"name": "Old"})
    price = client.prices.create({"currency": "inr", "unit_amount": 100, "product": product.id})
    items = {"line_items": [{"price": price.id, "quantity": 1}]}
    client.products.update(product.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="its product is not active"):
        client.payment_links.create(items)
    client.products.update(product.id, {"active": True})
    client.prices.update(price.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="only accepts active prices") as refused:
        client.payment_links.create(items)
    assert refused.value.param == "line_items[0][price]"


def test_a_total_above_stripes_maximum_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError, match="no more than") as refused:
        link_of(client, quantity=223)
    assert refused.value.code == "amount_too_large"
    assert link_of(client, quantity=222).active


def test_currencies_do_not_mix_and_subscriptions_are_not_simulated(client):
    product = client.products.create({"name": "Book"})
    euro = client.prices.create({"currency": "eur", "unit_amount": 100, "product": product.id})
    monthly = client.prices.create(
        {
            "currency": "inr",
            "unit_amount": 100,
            "product": product.id,
            "recurring": {"interval": "month"},
        }
    )
    first = {"price": price_of(client).id, "quantity": 1}
    for other, message in ((euro, "same currency"), (monthly, "no subscriptions")):
        items = [first, {"price": other.id, "quantity": 1}]
        with pytest.raises(stripe.InvalidRequestError, match=message):
            client.payment_links.create({"line_items": items})


def test_only_existing_items_can_be_changed(client):
    link = link_of(client)
    with pytest.raises(stripe.InvalidRequestError, match="No such line item") as refused:
        client.payment_links.update(link.id, {"line_items": [{"id": "li_x", "quantity": 2}]})
    assert refused.value.param == "line_items[0][id]"


def test_an_unknown_link_is_a_404(client, simulator):
    with pytest.raises(stripe.InvalidRequestError, match="No such payment link: 'plink_x'") as refused:
        client.payment_links.retrieve("plink_x")
    assert refused.value.http_status == 404
    assert raw(simulator, "DELETE", "/v1/payment_links/plink_x").status_code == 404

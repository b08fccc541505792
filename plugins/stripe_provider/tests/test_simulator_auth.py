"""Keys: who gets in, what a restricted key may do, and that accounts don't see each other."""

import pytest
import stripe

from plugins.stripe_provider.simulator.seed import (
    EUROPA,
    GULF,
    LAKESIDE,
    NORTHWIND,
    RESTRICTED_KEY,
    REVOKED_KEY,
    SAKURA,
)
from plugins.stripe_provider.tests.driving import VERSION, client_of, link_of, raw


@pytest.mark.parametrize("start", [NORTHWIND, LAKESIDE, SAKURA, GULF, EUROPA])
def test_a_key_opens_its_account(simulator, http, start):
    client = client_of(simulator, http, start.key)
    account = client.accounts.retrieve_current()
    assert (account.id, account.default_currency, account.country) == (
        start.id,
        start.currency,
        start.country,
    )
    assert account.settings.dashboard.display_name == start.name
    assert client.balance.retrieve().livemode is (start is EUROPA)


def test_basic_authentication_works_as_well(simulator):
    answer = raw(
        simulator, "GET", "/v1/account", headers={"Authorization": None}, auth=(NORTHWIND.key, "")
    )
    assert answer.json()["id"] == NORTHWIND.id


@pytest.mark.parametrize(
    ("key", "code", "message"),
    [
        ("sk_test_nobody_0000", None, r"Invalid API Key provided: sk_test_\*+0000"),
        (REVOKED_KEY, "api_key_expired", "Expired API Key"),
        ("pk_test_northwind", "secret_key_required", "publishable"),
    ],
)
def test_a_key_that_opens_nothing_is_a_401(simulator, http, key, code, message):
    with pytest.raises(stripe.AuthenticationError, match=message) as refused:
        client_of(simulator, http, key).accounts.retrieve_current()
    assert refused.value.http_status == 401
    assert getattr(refused.value.error, "code", None) == code
    assert refused.value.error.type == "invalid_request_error"
    assert key not in str(refused.value)


@pytest.mark.parametrize("header", [None, "Bearer", "Basic !", "Digest x"])
def test_no_key_is_a_401(simulator, header):
    answer = raw(simulator, "GET", "/v1/account", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "did not provide an API key" in answer.json()["error"]["message"]


def test_a_restricted_key_does_what_it_may(simulator, http):
    client = client_of(simulator, http, RESTRICTED_KEY)
    link = link_of(client)
    assert client.checkout.sessions.list({"payment_link": link.id}).data == []


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        (lambda v1: v1.accounts.retrieve_current(), "\"Account Read\" ('connected_account_read')"),
        (lambda v1: v1.webhook_endpoints.list(), "\"Webhook Endpoints Read\" ('webhook_read')"),
        (
            lambda v1: v1.checkout.sessions.expire("cs_1"),
            "\"Checkout Sessions Write\" ('checkout_session_write')",
        ),
    ],
)
def test_a_restricted_key_is_told_what_it_lacks(simulator, http, call, permission):
    with pytest.raises(stripe.PermissionError) as refused:
        call(client_of(simulator, http, RESTRICTED_KEY))
    assert refused.value.http_status == 403
    assert refused.value.error.code == "more_permissions_required"
    assert permission in str(refused.value)


def test_an_account_does_not_see_another_ones_objects(simulator, http):
    mine = client_of(simulator, http)
    link = link_of(mine)
    price = mine.payment_links.line_items.list(link.id).data[0].price
    other = client_of(simulator, http, LAKESIDE.key)
    assert (
        other.payment_links.list().data == other.events.list().data == other.products.list().data == []
    )
    for read in (
        lambda: other.payment_links.retrieve(link.id),
        lambda: other.payment_links.update(link.id, {"active": False}),
        lambda: other.prices.retrieve(price.id),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            read()
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="No such price") as refused:
        other.payment_links.create({"line_items": [{"price": price.id, "quantity": 1}]})
    assert refused.value.param == "line_items[0][price]"
    assert mine.payment_links.retrieve(link.id).active


def test_answers_carry_a_request_id_and_the_version(simulator, http):
    answer = raw(simulator, "GET", "/v1/balance", headers={"Stripe-Version": VERSION})
    assert answer.headers["Stripe-Version"] == VERSION
    assert answer.headers["Request-Id"].startswith("req_")
    refused = raw(simulator, "GET", "/v1/balance", headers={"Stripe-Version": "latest"})
    assert refused.status_code == 400
    assert "Invalid Stripe API version" in refused.json()["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_unknown_path_is_a_404_in_stripes_shape(simulator, method):
    answer = raw(simulator, method, "/v1/unicorns")
    assert answer.status_code == 404
    assert f"({method}: /v1/unicorns)" in answer.json()["error"]["message"]

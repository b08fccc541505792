"""Idempotency keys: replay, misuse, and a request that is still running."""

import threading

import pytest
import stripe

from plugins.stripe_provider.simulator.seed import LAKESIDE, NORTHWIND
from plugins.stripe_provider.tests.driving import client_of, raw

KEY = {"idempotency_key": "plink-7-1"}


def books(simulator, start=NORTHWIND):
    return simulator.account(start.id).all("product", lambda one: one["name"] == "Book")


def test_the_same_request_is_answered_from_memory(simulator, http):
    client = client_of(simulator, http)
    first = client.products.create({"name": "Book"}, KEY)
    again = client.products.create({"name": "Book"}, KEY)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.request_id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(books(simulator)) == 1


def test_other_parameters_under_the_same_key_are_refused(simulator, http):
    client = client_of(simulator, http)
    client.products.create({"name": "Book"}, KEY)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        client.products.create({"name": "Bookcase"}, KEY)
    assert refused.value.http_status == 400
    assert refused.value.error.type == "idempotency_error"


def test_a_request_still_running_is_not_started_again(simulator, http):
    simulator.faults.add("slow", path="/v1/products", seconds=0.5)
    client = client_of(simulator, http)
    first = threading.Thread(target=client.products.create, args=({"name": "Book"}, KEY))
    first.start()
    while not simulator.in_flight.busy:
        pass
    answer = raw(
        simulator,
        "POST",
        "/v1/products",
        data={"name": "Book"},
        headers={"Idempotency-Key": KEY["idempotency_key"]},
    )
    first.join()
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_in_use"
    assert len(books(simulator)) == 1
    assert client.products.create({"name": "Book"}, KEY).id == books(simulator)[0]["id"]


def test_a_request_refused_for_its_parameters_leaves_the_key_free(simulator, http):
    client = client_of(simulator, http)
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        client.products.create({"name": "Book", "colour": "red"}, KEY)
    assert client.products.create({"name": "Book"}, KEY).name == "Book"


def test_a_refusal_of_the_endpoint_is_replayed(simulator, http):
    client = client_of(simulator, http)
    items = [{"price": "price_nowhere", "quantity": 1}]
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.payment_links.create({"line_items": items}, KEY)
        assert refused.value.headers.get("Idempotent-Replayed") == replayed


def test_keys_belong_to_their_account_and_last_a_day(simulator, http):
    client_of(simulator, http).products.create({"name": "Book"}, KEY)
    client_of(simulator, http, LAKESIDE.key).products.create({"name": "Book"}, KEY)
    assert len(books(simulator, LAKESIDE)) == 1
    now = simulator.clock()
    simulator.clock = lambda: now + 24 * 60 * 60
    client_of(simulator, http).products.create({"name": "Book"}, KEY)
    assert len(books(simulator)) == 2


def test_a_key_of_256_characters_is_refused(simulator, http):
    with pytest.raises(stripe.IdempotencyError, match="1 to 255"):
        client_of(simulator, http).products.create({"name": "Book"}, {"idempotency_key": "k" * 256})

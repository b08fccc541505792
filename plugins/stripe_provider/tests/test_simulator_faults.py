"""Each fault as the real client meets it, and what was done all the same."""

import pytest
import stripe

from plugins.stripe_provider.simulator.seed import NORTHWIND
from plugins.stripe_provider.tests.driving import client_of, raw

BOOK = {"name": "Book"}
KEY = {"idempotency_key": "product-7-1"}


def books(simulator):
    return len(simulator.account(NORTHWIND.id).all("product", lambda one: one["name"] == "Book"))


def test_too_many_requests(simulator, http):
    simulator.faults.add("rate_limited", path="/v1/products", method="POST")
    with pytest.raises(stripe.RateLimitError) as refused:
        client_of(simulator, http, retries=2).products.create(BOOK)
    assert refused.value.http_status == 429
    assert refused.value.error.code == "rate_limit"
    assert books(simulator) == 0


@pytest.mark.parametrize(("kind", "status"), [("unavailable", 503), ("server_error", 500)])
def test_stripe_is_down_for_a_moment(simulator, http, kind, status):
    simulator.faults.add(kind)
    with pytest.raises(stripe.APIError) as refused:
        client_of(simulator, http).products.create(BOOK)
    assert refused.value.http_status == status
    assert books(simulator) == 0
    simulator.faults.add(kind, times=2)
    client_of(simulator, http, retries=2).products.create(BOOK)
    assert books(simulator) == 1


def test_a_lost_reply_is_found_again_under_its_key(simulator, http):
    simulator.faults.add("lost_reply", path="/v1/products", method="POST")
    client = client_of(simulator, http, retries=2)
    with pytest.raises(stripe.APIConnectionError):
        client.products.create(BOOK, KEY)  # the client retries no answer that breaks off
    assert books(simulator) == 1
    assert client.products.create(BOOK, KEY).name == "Book"
    assert books(simulator) == 1


def test_a_slow_answer_runs_into_the_time_limit(simulator, http):
    simulator.faults.add("slow", path="/v1/products", seconds=1)
    with pytest.raises(stripe.APIConnectionError):
        client_of(simulator, http, timeout=0.2).products.create(BOOK, KEY)
    # Meanwhile the first request is at work: the client waits its turn.
    with pytest.raises(stripe.APIError) as refused:
        client_of(simulator, http).products.create(BOOK, KEY)
    assert refused.value.error.code == "idempotency_key_in_use"
    while simulator.in_flight.busy:
        pass
    client_of(simulator, http).products.create(BOOK, KEY)
    assert books(simulator) == 1


def test_a_malformed_answer_is_an_api_error(simulator, http):
    simulator.faults.add("malformed", path="/v1/products", method="POST")
    client = client_of(simulator, http)
    with pytest.raises(stripe.APIError, match="Invalid response body"):
        client.products.create(BOOK, KEY)
    assert client.products.create(BOOK, KEY).name == "Book"
    assert books(simulator) == 1


def test_faults_leave_the_pages_alone(simulator, http):
    simulator.faults.add("unavailable", times=None)
    assert http.get(simulator.base_url + "/").status_code == 200
    assert raw(simulator, "GET", "/v1/balance").status_code == 503

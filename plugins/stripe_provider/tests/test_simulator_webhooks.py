"""Webhook endpoints and what reaches them: signed, tried again, and logged."""

import json

import pytest
import stripe

from plugins.stripe_provider.simulator import signed
from plugins.stripe_provider.simulator.seed import EUROPA, LAKESIDE, NORTHWIND
from plugins.stripe_provider.tests.driving import (
    BANK_DEBIT,
    VERSION,
    client_of,
    link_of,
    pay,
    receiving,
    session_of,
    visit,
)

COMPLETED = "checkout.session.completed"
SUCCEEDED = "checkout.session.async_payment_succeeded"


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


@pytest.fixture
def receiver(simulator):
    simulator.webhooks.retry_delays = (0.05, 0.05, 0.05)
    with receiving() as receiver:
        yield receiver
        simulator.deliveries.stop()


def endpoint_of(client, url, *events, **params):
    return client.webhook_endpoints.create({"url": url, "enabled_events": list(events), **params})


def test_the_secret_is_in_the_first_answer_only(client):
    made = endpoint_of(client, "https://app.example/hooks", COMPLETED, api_version=VERSION)
    assert made.secret.startswith("whsec_")
    assert made.api_version == VERSION
    (listed,) = client.webhook_endpoints.list().data
    assert listed.id == made.id
    assert "secret" not in listed
    assert "secret" not in client.webhook_endpoints.retrieve(made.id)


def test_an_endpoint_is_changed_and_removed(client):
    made = endpoint_of(client, "https://app.example/hooks", COMPLETED, metadata={"app": "dealpay"})
    changed = client.webhook_endpoints.update(
        made.id, {"enabled_events": ["*"], "disabled": True, "metadata": {"row": "1"}}
    )
    assert (changed.status, changed.enabled_events) == ("disabled", ["*"])
    assert changed.metadata.to_dict() == {"app": "dealpay", "row": "1"}
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: api_version"):
        client.webhook_endpoints.update(made.id, {"api_version": VERSION})
    assert client.webhook_endpoints.delete(made.id).deleted
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.webhook_endpoints.retrieve(made.id)
    assert refused.value.http_status == 404


def test_an_account_has_at_most_16(client):
    for number in range(16):
        endpoint_of(client, f"https://app.example/{number}", COMPLETED)
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16 test webhook endpoints"):
        endpoint_of(client, "https://app.example/16", COMPLETED)


def test_plain_http_is_for_test_mode_only(simulator, http, client):
    assert endpoint_of(client, "http://localhost:6543/hooks", COMPLETED).url.startswith("http://")
    live = client_of(simulator, http, EUROPA.key)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        endpoint_of(live, "http://localhost:6543/hooks", COMPLETED)
    assert (refused.value.code, refused.value.param) == ("url_invalid", "url")
    assert endpoint_of(live, "https://app.example/hooks", COMPLETED).livemode


@pytest.mark.parametrize("wrong", [{"enabled_events": ["all of it"]}, {"api_version": "newest"}])
def test_what_makes_no_sense_is_refused(client, wrong):
    params = {"url": "https://app.example/hooks", "enabled_events": [COMPLETED]} | wrong
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.webhook_endpoints.create(params)
    assert refused.value.param in wrong


def test_an_event_arrives_signed_and_in_the_endpoints_version(client, http, receiver):
    endpoint = endpoint_of(client, receiver.url, COMPLETED, api_version="2025-09-30.clover")
    link = link_of(client, metadata={"link": "é"})
    pay(http, link.url)
    ((body, header),) = receiver.wait(1)
    event = stripe.Webhook.construct_event(body, header, endpoint.secret)
    assert event.type == COMPLETED
    assert event.api_version == "2025-09-30.clover"
    assert event.data.object["id"] == session_of(client, link).id
    assert event.data.object["metadata"].to_dict() == {"link": "é"}
    assert event.pending_webhooks == 1
    assert client.events.retrieve(event.id).type == COMPLETED


def test_endpoints_get_what_they_asked_for_and_nothing_of_other_accounts(
    simulator, http, client, receiver
):
    endpoint_of(client, receiver.url, "payment_link.created", "checkout.session.expired")
    off = endpoint_of(client, receiver.url, "*")
    client.webhook_endpoints.update(off.id, {"disabled": True})
    with receiving() as others:
        endpoint_of(client_of(simulator, http, LAKESIDE.key), others.url, "*")
        link = link_of(client)
        visit(http, link.url)
        client.checkout.sessions.expire(session_of(client, link).id)
        receiver.wait(2)
        assert receiver.types() == ["payment_link.created", "checkout.session.expired"]
        assert others.got == []


def test_events_name_the_request_that_caused_them(client):
    link = client.payment_links.create(
        {"line_items": [{"price": client.prices.list().data[0].id, "quantity": 1}]},
        {"idempotency_key": "plink-7-1"},
    )
    event = client.events.list({"type": "payment_link.created"}).data[0]
    assert event.request.idempotency_key == "plink-7-1"
    assert event.request.id == link.last_response.request_id


def test_a_refused_delivery_is_tried_again_with_a_fresh_signature(simulator, client, http, receiver):
    receiver.statuses = [500, 301]
    secret = endpoint_of(client, receiver.url, COMPLETED).secret
    now, ticks = simulator.clock(), iter(range(1000))
    simulator.clock = lambda: now + next(ticks)
    pay(http, link_of(client).url)
    tries = receiver.wait(3)
    bodies, headers = zip(*tries, strict=True)
    assert len(set(bodies)) == 1
    assert len(set(headers)) == 3
    for body, header in tries:
        assert stripe.Webhook.construct_event(body, header, secret, tolerance=0).type == COMPLETED


def test_the_log_tells_what_was_delivered(simulator, client, http, receiver):
    receiver.statuses = [500] * 4
    endpoint_of(client, receiver.url, COMPLETED)
    pay(http, link_of(client).url)
    receiver.wait(4)
    simulator.deliveries.stop()
    (delivery,) = simulator.account(NORTHWIND.id).all("delivery")
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500] * 4
    missed = client.events.list({"types": [COMPLETED, SUCCEEDED], "delivery_success": False}).data
    assert [event.id for event in missed] == [delivery["event"]]
    assert client.events.list({"type": "checkout.*", "delivery_success": True}).data == []


def test_a_delivered_event_is_pending_no_more(simulator, client, http, receiver):
    endpoint_of(client, receiver.url, COMPLETED)
    pay(http, link_of(client).url)
    receiver.wait(1)
    simulator.deliveries.stop()
    (event,) = client.events.list({"type": COMPLETED, "delivery_success": True}).data
    assert event.pending_webhooks == 0


def test_nobody_listening_is_logged_as_no_answer(simulator, client, http):
    simulator.webhooks.retry_delays = ()
    endpoint_of(client, "http://127.0.0.1:9/hooks", COMPLETED)
    pay(http, link_of(client).url)
    simulator.deliveries.stop()
    (delivery,) = simulator.account(NORTHWIND.id).all("delivery")
    assert [attempt["status"] for attempt in delivery["attempts"]] == [0]


def test_a_removed_endpoint_is_not_tried_again(simulator, client, http, receiver):
    simulator.deliveries.held = []
    receiver.statuses = [500]
    endpoint = endpoint_of(client, receiver.url, COMPLETED)
    pay(http, link_of(client).url)
    client.webhook_endpoints.delete(endpoint.id)
    assert simulator.deliveries.flush() == [500]
    assert simulator.deliveries.held == []


def test_a_delayed_payment_tells_twice(client, http, receiver):
    endpoint_of(client, receiver.url, COMPLETED, SUCCEEDED)
    page = pay(http, link_of(client).url, BANK_DEBIT)
    http.post(f"{page.url}/settle", data={"outcome": "succeeded"})
    states = [json.loads(body)["data"]["object"]["payment_status"] for body, _ in receiver.wait(2)]
    assert receiver.types() == [COMPLETED, SUCCEEDED]
    assert states == ["unpaid", "paid"]


def test_doubled_deliveries(simulator, client, http, receiver):
    simulator.faults.add("doubled")
    endpoint_of(client, receiver.url, COMPLETED)
    pay(http, link_of(client).url)
    (first, _), (second, _) = receiver.wait(2)
    assert json.loads(first)["id"] == json.loads(second)["id"]


def test_out_of_order_deliveries(simulator, client, http, receiver):
    simulator.faults.add("out_of_order")
    endpoint_of(client, receiver.url, COMPLETED, SUCCEEDED)
    page = pay(http, link_of(client).url, BANK_DEBIT)
    http.post(f"{page.url}/settle", data={"outcome": "succeeded"})
    receiver.wait(2)
    assert receiver.types() == [SUCCEEDED, COMPLETED]


def test_a_lost_delivery_never_leaves_and_its_event_stays(simulator, client, http, receiver):
    simulator.faults.add("lost")
    endpoint_of(client, receiver.url, COMPLETED)
    lost, delivered = (pay(http, link_of(client).url).url.rsplit("/", 1)[-1] for _ in range(2))
    [(body, _)] = receiver.wait(1)
    simulator.deliveries.stop()
    assert json.loads(body)["data"]["object"]["id"] == delivered
    assert len(receiver.got) == 1
    (event,) = client.events.list({"type": COMPLETED, "delivery_success": False}).data
    assert event.data.object.id == lost


def test_a_lost_delivery_is_not_flushed_either(simulator, client, http, receiver):
    simulator.deliveries.held = []
    simulator.faults.add("lost")
    endpoint_of(client, receiver.url, COMPLETED)
    for _ in range(2):
        pay(http, link_of(client).url)
    assert simulator.deliveries.flush() == [200]
    assert len(receiver.got) == 1


def test_a_signed_event_passes_the_real_check():
    event = {"id": "evt_1", "object": "event", "type": COMPLETED, "data": {"object": {"name": "é"}}}
    body, headers = signed(event, "whsec_x")
    assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_x").id == "evt_1"
    body, headers = signed(event, "whsec_x", timestamp=1_700_000_000)
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_x")

"""Every answer of the Stripe simulator, and every event it sends, against Stripe's own schemas.

One walk through what the simulator can do: the traffic of the real client is held against the
document at the HTTP layer, requests and answers alike.
"""

import json
from urllib.parse import urlsplit

import pytest
import requests
import stripe

from core.testing.server import serve
from plugins.stripe_provider.simulator import StripeSimulator, disputes, refunds, seed
from plugins.stripe_provider.tests.driving import (
    BANK_DEBIT,
    CARD,
    DECLINED,
    client_of,
    link_of,
    pay,
    session_of,
    visit,
)
from tests.contract.schema import DATA
from tests.contract.schema import stripe as contract

EVENTS = json.loads((DATA / "stripe-events.json").read_text())["events"]


class Checked(requests.Session):
    """A session that holds everything below /v1 against the contract."""

    def __init__(self):
        super().__init__()
        self.seen = set()
        self.errors = []

    def request(self, method, url, **options):
        answer = super().request(method, url, **options)
        parts = urlsplit(url)
        if parts.path.startswith("/v1/"):
            form = parts.query if method.upper() == "GET" else (options.get("data") or "")
            self.check(method.upper(), parts.path, form, answer)
        return answer

    def check(self, method, path, form, answer):
        errors = contract().answer_errors(method, path, answer.status_code, answer.json())
        if answer.ok and method != "DELETE":
            errors += contract().request_errors(method, path, form)
        self.errors += [f"{method} {path} {answer.status_code}: {error}" for error in errors]
        self.seen.add((method, "/".join(path.split("/")[:4]), answer.status_code))


@pytest.fixture
def http():
    with Checked() as session:
        yield session
    # Not earlier: the client turns whatever its HTTP layer raises into an error of its own.
    assert session.errors == []


@pytest.fixture
def simulator():
    made = []
    with serve(lambda url: made.append(StripeSimulator(base_url=url)) or made[0]):
        yield made[0]
        made[0].deliveries.stop()


@pytest.mark.parametrize("start", [seed.NORTHWIND, seed.SAKURA, seed.GULF, seed.EUROPA])
def test_every_answer_and_event_fits_the_schema(simulator, http, start):
    client = client_of(simulator, http, start.key)
    client.accounts.retrieve_current()
    endpoint = client.webhook_endpoints.create(
        {"url": "https://app.example/hooks", "enabled_events": ["charge.refunded"]}
    )
    client.webhook_endpoints.update(endpoint.id, {"disabled": True, "description": "Off"})
    client.webhook_endpoints.retrieve(endpoint.id)
    client.webhook_endpoints.list()
    client.webhook_endpoints.delete(endpoint.id)

    product = client.products.create({"name": "Book", "metadata": {"a": "1"}})
    client.products.update(product.id, {"description": "Of paper"})
    client.products.list({"active": True, "limit": 3})
    price = client.prices.create(
        {"currency": start.currency, "unit_amount": 5_000, "product": product.id, "lookup_key": "k"}
    )
    client.prices.update(price.id, {"nickname": "One book"})
    client.prices.list({"lookup_keys": ["k"], "expand": ["data.product"]})

    def link(**params):
        items = [{"price": price.id, "quantity": 2}]
        return client.payment_links.create({"line_items": items, **params})

    limited = link(
        restrictions={"completed_sessions": {"limit": 1}},
        payment_intent_data={"metadata": {"link": "7"}},
        metadata={"link": "7"},
        inactive_message="Paid.",
        expand=["line_items"],
    )
    redirecting = link(
        after_completion={"type": "redirect", "redirect": {"url": "https://crm.example/thanks"}}
    )
    inline = client.payment_links.create(
        {
            "line_items": [
                {
                    "price_data": {
                        "currency": start.currency,
                        "product": product.id,
                        "unit_amount": 5_000,
                    },
                    "quantity": 1,
                }
            ]
        }
    )
    visit(http, redirecting.url)
    client.checkout.sessions.expire(session_of(client, redirecting).id)
    page = pay(http, limited.url, DECLINED)
    http.post(page.url, data=CARD)
    for outcome in ("succeeded", "failed"):
        page = pay(http, inline.url, BANK_DEBIT)
        client.checkout.sessions.list(
            {"expand": ["data.line_items", "data.payment_intent.latest_charge"]}
        )
        http.post(f"{page.url}/settle", data={"outcome": outcome})
    client.payment_links.update(inline.id, {"active": False, "metadata": {"a": "1"}})
    client.payment_links.retrieve(limited.id)
    client.payment_links.list({"active": False})
    client.payment_links.line_items.list(limited.id)
    paid = session_of(client, limited)
    client.checkout.sessions.retrieve(paid.id, {"expand": ["payment_link", "line_items"]})
    client.checkout.sessions.line_items.list(paid.id)
    intent = client.payment_intents.retrieve(paid.payment_intent)
    client.charges.retrieve(intent.latest_charge)
    client.balance.retrieve()
    _take_back(client, simulator.account(start.id), inline, intent)

    list(client.events.list({"limit": 10}).auto_paging_iter())
    events = simulator.account(start.id).all("event")
    for event in events:
        obj = event["data"]["object"]
        assert contract().object_errors("event", event) == []
        assert contract().object_errors(obj["object"], obj) == [], event["type"]
    client.events.retrieve(events[0]["id"])
    assert {event["type"] for event in events} >= {
        "charge.failed",
        "charge.pending",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "payment_link.created",
        "payment_link.updated",
        "refund.created",
        "refund.updated",
        "refund.failed",
    }
    assert len(http.seen) >= 20


def _take_back(client, account, debited, intent):
    """A payment by card is refunded in parts and disputed, one by bank debit slowly refunded."""
    client.refunds.create({"charge": intent.latest_charge, "amount": 1000, "reason": "duplicate"})
    failed = client.refunds.create({"payment_intent": intent.id, "amount": 2000})
    refunds.settle(account, failed.id, succeeded=False)
    paid = account.all(
        "checkout.session",
        lambda one: one["payment_link"] == debited.id and one["payment_status"] == "paid",
    )
    for session in paid:
        slow = client.refunds.create(
            {"payment_intent": session["payment_intent"], "metadata": {"a": "b"}}
        )
        client.refunds.retrieve(slow.id)
        refunds.settle(account, slow.id, succeeded=True)
    client.refunds.list({"payment_intent": intent.id})
    client.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    for won in (True, False):
        dispute = disputes.open(account, intent.id, amount=1000)
        client.disputes.list({"charge": intent.latest_charge, "limit": 3})
        disputes.close(account, dispute["id"], won=won)
        client.disputes.retrieve(dispute["id"], {"expand": ["charge"]})
    client.checkout.sessions.list({"expand": ["data.payment_intent.latest_charge.refunds"]})
    client.events.list({"types": ["charge.refunded"], "created": {"gte": 1}})


@pytest.mark.parametrize(
    ("key", "call", "status"),
    [
        (seed.NORTHWIND.key, lambda v1: v1.prices.retrieve("price_x"), 404),
        (seed.NORTHWIND.key, lambda v1: v1.products.create({"name": ""}), 400),
        (seed.REVOKED_KEY, lambda v1: v1.products.list(), 401),
        (seed.RESTRICTED_KEY, lambda v1: v1.accounts.retrieve_current(), 403),
    ],
)
def test_refusals_fit_the_schema(simulator, http, key, call, status):
    with pytest.raises(stripe.StripeError) as refused:
        call(client_of(simulator, http, key))
    assert refused.value.http_status == status
    assert {seen[2] for seen in http.seen} == {status}


@pytest.mark.parametrize("kind", ["rate_limited", "unavailable", "server_error"])
def test_faults_fit_the_schema(simulator, http, kind):
    simulator.faults.add(kind)
    with pytest.raises(stripe.StripeError):
        link_of(client_of(simulator, http))
    assert len(http.seen) == 1


@pytest.mark.parametrize("name", EVENTS)
def test_adopted_samples_fit_the_schema(simulator, http, name):
    sample = simulator.adopt(EVENTS[name])
    client = client_of(simulator, http)
    client.events.retrieve(EVENTS[name]["id"])
    if sample["object"] == "checkout.session" and sample["payment_intent"]:
        intent = client.payment_intents.retrieve(sample["payment_intent"])
        client.charges.retrieve(intent.latest_charge)
    assert http.seen

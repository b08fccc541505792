"""The account holder's page, as a person without scripts uses it."""

import json

import pytest
import requests
from bs4 import BeautifulSoup

from plugins.stripe_provider.simulator.seed import GULF, LAKESIDE, NORTHWIND, REVOKED_KEY, STARTS
from plugins.stripe_provider.tests.driving import (
    BANK_DEBIT,
    CARD,
    client_of,
    link_of,
    pay,
    receiving,
    session_of,
)


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


@pytest.fixture
def dashboard(simulator, http):
    def show(start=NORTHWIND):
        page = http.get(f"{simulator.base_url}/", params={"account": start.id})
        page.raise_for_status()
        return BeautifulSoup(page.text, "html.parser")

    return show


@pytest.fixture
def send(simulator, http):
    def post(path, start=NORTHWIND, **form):
        return http.post(f"{simulator.base_url}/dashboard/{start.id}/{path}", data=form)

    return post


def section(page, id):
    return page.find(id=id).get_text(" ", strip=True)


def test_it_is_marked_as_a_simulator_and_lists_the_accounts(simulator, http):
    page = BeautifulSoup(http.get(simulator.base_url + "/").text, "html.parser")
    assert "Stripe simulator , no real money" in page.find(class_="marker").get_text(" ", strip=True)
    shown = page.nav.get_text(" ", strip=True)
    assert all(start.name in shown for start in STARTS)
    assert page.h1.string == NORTHWIND.name


def test_keys_can_be_copied(dashboard):
    values = {field["value"] for field in dashboard().find(id="keys").find_all("input")}
    assert {NORTHWIND.key, REVOKED_KEY} < values
    assert LAKESIDE.key not in values
    assert "Old secret key (revoked)" in section(dashboard(), "keys")


def test_a_product_is_added_archived_and_restored(client, dashboard, send):
    assert send("products", name="Audit", price="99.50").ok
    product = client.products.list().data[0]
    assert (product.name, client.prices.retrieve(product.default_price).unit_amount) == ("Audit", 9_950)
    assert "₹99.50" in section(dashboard(), "products")
    send(f"products/{product.id}", active="false")
    assert client.products.retrieve(product.id).active is False
    assert "Audit Archived" in section(dashboard(), "products")
    send(f"products/{product.id}", active="true")
    assert client.products.retrieve(product.id).active


@pytest.mark.parametrize(
    ("form", "start", "said"),
    [
        ({"name": "Audit", "price": "1.234"}, NORTHWIND, "INR has 2 decimals"),
        ({"name": "Audit", "price": "ten"}, NORTHWIND, "is not an amount"),
        ({"name": "", "price": "10"}, NORTHWIND, "empty string"),
        ({"name": "Audit", "price": "1.234"}, GULF, "divisible by 10"),
    ],
)
def test_a_mistake_is_told_where_it_was_made(send, form, start, said):
    answer = send("products", start, **form)
    assert answer.status_code == 400
    alert = BeautifulSoup(answer.text, "html.parser").find(id="products").find(role="alert")
    assert said in alert.string


def test_links_and_payments_are_shown_with_their_state(client, http, dashboard, send):
    link = link_of(client, restrictions={"completed_sessions": {"limit": 1}})
    pay(http, link.url, BANK_DEBIT)
    page = dashboard()
    assert page.find(id="links").a["href"] == link.url
    assert "₹4,500.00, 1 of 1 used" in section(page, "links")
    assert "₹4,500.00 Pending" in section(page, "payments")
    session = session_of(client, link)
    send(f"payments/{session.id}", outcome="succeeded")
    assert "₹4,500.00 Paid" in section(dashboard(), "payments")
    send(f"payments/{session.id}", outcome="failed")
    assert session_of(client, link).payment_status == "paid"


def test_a_failed_debit_is_shown_with_its_reason(client, http, dashboard, send):
    link = link_of(client)
    pay(http, link.url, BANK_DEBIT)
    send(f"payments/{session_of(client, link).id}", outcome="failed")
    shown = section(dashboard(), "payments")
    assert "Failed" in shown
    assert "The bank account has too little money." in shown


def test_an_endpoint_is_added_fed_and_deleted(simulator, client, http, dashboard, send):
    with receiving(200) as receiver:
        events = ["checkout.session.completed", "checkout.session.expired"]
        assert send("webhooks", url=receiver.url, events=events).ok
        secret = dashboard().find(id="webhooks").find("input", readonly=True)["value"]
        assert secret.startswith("whsec_")
        pay(http, link_of(client).url)
        receiver.wait(1)
        simulator.deliveries.stop()
    shown = dashboard().find(id="deliveries").get_text()
    assert "checkout.session.completed" in shown
    assert "200" in shown
    (endpoint,) = client.webhook_endpoints.list().data
    assert endpoint.enabled_events == events
    send(f"webhooks/{endpoint.id}/delete")
    assert client.webhook_endpoints.list().data == []


def test_a_delivery_is_sent_again(simulator, client, http, send):
    with receiving() as receiver:
        send("webhooks", url=receiver.url, events=["checkout.session.completed"])
        pay(http, link_of(client).url)
        receiver.wait(1)
        (delivery,) = simulator.account(NORTHWIND.id).all("delivery")
        send(f"deliveries/{delivery['id']}")
        (first, _), (second, _) = receiver.wait(2)
        simulator.deliveries.stop()
    assert json.loads(first)["id"] == json.loads(second)["id"]


def test_an_endpoint_without_events_is_refused(send):
    answer = send("webhooks", url="http://localhost:1/")
    assert answer.status_code == 400
    assert "Choose at least one event. Nothing was added." in answer.text


def test_every_field_has_a_label_and_nothing_is_inline(client, http, dashboard):
    checkout = BeautifulSoup(http.get(link_of(client).url).text, "html.parser")
    for page in (dashboard(), checkout):
        labels = {label["for"] for label in page.find_all("label")}
        fields = page.find_all(["input", "select", "textarea"])
        assert fields
        assert all(field["id"] in labels for field in fields)
        assert not page.find_all("style")
        assert not page.find_all(style=True)
        assert all(script["src"] and not script.string for script in page.find_all("script"))


def test_pages_and_their_files_are_served_under_a_strict_policy(simulator, http):
    page = http.get(simulator.base_url + "/")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    for name, kind in (("simulator.css", "text/css"), ("simulator.js", "text/javascript")):
        assert f"{simulator.base_url}/static/{name}" in page.text
        assert kind in http.get(f"{simulator.base_url}/static/{name}").headers["Content-Type"]


@pytest.mark.parametrize("path", ["/?account=acct_x", "/dashboard/acct_x/products"])
def test_an_unknown_account_is_a_404(simulator, path):
    method = "POST" if "dashboard" in path else "GET"
    assert requests.request(method, simulator.base_url + path, timeout=30).status_code == 404


LATER = CARD | {"number": "4000 0000 0000 7726"}


@pytest.fixture
def paid(client, http):
    """A function that makes a payment of 4,500.00 INR; answers with its session's id."""

    def make(form=CARD):
        link = link_of(client)
        pay(http, link.url, form)
        return session_of(client, link).id

    return make


def test_a_payment_is_given_back_in_parts(dashboard, send, paid):
    session = paid()
    field = dashboard().find(id=f"refund-{session}")
    assert field["value"] == "4500.00"
    page = send(f"payments/{session}/refunds", amount="1,500")
    assert page.status_code == 400
    assert "Nothing was refunded." in page.text
    for amount, left in (("1500", "3000.00"), ("0.50", "2999.50")):
        assert send(f"payments/{session}/refunds", amount=amount).url.endswith("#payments")
        assert dashboard().find(id=f"refund-{session}")["value"] == left
    shown = section(dashboard(), "payments")
    assert "₹4,500.00 Partly refunded" in shown
    assert "Refund of ₹1,500.00 Succeeded" in shown
    assert "greater than unrefunded" in send(f"payments/{session}/refunds", amount="3000").text
    send(f"payments/{session}/refunds", amount="2999.50")
    assert dashboard().find(id=f"refund-{session}") is None
    assert "₹4,500.00 Refunded" in section(dashboard(), "payments")


@pytest.mark.parametrize(
    ("outcome", "shown"), [("succeeded", "₹4,500.00 Refunded"), ("failed", "₹4,500.00 Paid")]
)
def test_the_bank_says_what_became_of_a_refund(dashboard, send, paid, account, outcome, shown):
    send(f"payments/{paid(LATER)}/refunds", amount="4500")
    [refund] = account.all("refund")
    assert "Bank pays it out" in section(dashboard(), "payments")
    send(f"refunds/{refund['id']}", outcome=outcome)
    text = section(dashboard(), "payments")
    assert shown in text
    assert f"Refund of ₹4,500.00 {outcome.capitalize()}" in text
    assert "Bank pays it out" not in text


@pytest.mark.parametrize(("outcome", "state"), [("won", "Won"), ("lost", "Lost")])
def test_a_payment_is_disputed_and_decided(dashboard, send, paid, account, outcome, state):
    session = paid()
    send(f"payments/{session}/disputes")
    text = section(dashboard(), "payments")
    assert "₹4,500.00 Disputed" in text
    assert "Needs response Answer due by" in text
    assert "Refund or dispute" not in text
    assert "disputed already" in send(f"payments/{session}/disputes").text
    [dispute] = account.all("dispute")
    send(f"disputes/{dispute['id']}", outcome=outcome)
    text = section(dashboard(), "payments")
    assert f"Dispute of ₹4,500.00 {state}" in text
    assert bool(dashboard().find(id=f"refund-{session}")) is (outcome == "won")


def test_what_was_not_paid_is_neither_given_back_nor_disputed(dashboard, send, client, http):
    link = link_of(client)
    http.get(link.url)
    session = session_of(client, link).id
    assert "Refund or dispute" not in section(dashboard(), "payments")
    assert "No such payment intent" in send(f"payments/{session}/disputes").text
    refused = send(f"payments/{session}/refunds", amount="1")
    assert (refused.status_code, "No such payment intent" in refused.text) == (400, True)

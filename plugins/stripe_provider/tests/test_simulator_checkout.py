"""What a payer does on the hosted page, and what the API says of it afterwards."""

import pytest
import requests
import stripe

from plugins.stripe_provider.simulator.seed import EUROPA, GULF, SAKURA
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

ONCE = {"completed_sessions": {"limit": 1}}


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


def types(client):
    return [event.type for event in client.events.list({"limit": 100}).data][::-1]


def test_each_visit_makes_a_session(client, http):
    link = link_of(client, quantity=2, metadata={"link": "7"})
    visit(http, f"{link.url}?client_reference_id=deal_7&prefilled_email=ada@example.com")
    visit(http, f"{link.url}?client_reference_id=deal%207")
    second, first = client.checkout.sessions.list({"payment_link": link.id, "status": "open"}).data
    assert (first.client_reference_id, first.customer_email) == ("deal_7", "ada@example.com")
    assert second.client_reference_id is None
    assert (first.amount_total, first.currency, first.mode) == (900_000, "inr", "payment")
    assert (first.payment_status, first.payment_intent) == ("unpaid", None)
    assert first.metadata.to_dict() == {"link": "7"}
    assert first.expires_at - first.created == 24 * 60 * 60
    assert client.checkout.sessions.line_items.list(first.id).data[0].quantity == 2
    assert "₹9,000.00" in http.get(first.url).text


def test_a_card_pays_at_once(client, http):
    link = link_of(client, payment_intent_data={"metadata": {"link": "7"}, "description": "Deal 7"})
    page = pay(http, link.url)
    assert "Thanks for your payment" in page.text
    session = session_of(client, link, expand=["data.payment_intent.latest_charge"])
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert session.customer_details.email == "ada@example.com"
    assert session.customer_details.name == "Ada Payer"
    intent = session.payment_intent
    assert (intent.status, intent.amount_received, intent.description) == (
        "succeeded",
        450_000,
        "Deal 7",
    )
    assert intent.metadata.to_dict() == intent.latest_charge.metadata.to_dict() == {"link": "7"}
    assert client.charges.retrieve(intent.latest_charge.id).paid
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert types(client)[-4:] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert client.balance.retrieve().available[0].amount == 450_000


def test_a_declined_card_stays_on_the_page_and_another_pays(client, http):
    link = link_of(client)
    page = pay(http, link.url, DECLINED)
    assert "Your card was declined. Nothing was charged." in page.text
    declined = session_of(client, link, expand=["data.payment_intent"])
    assert (declined.status, declined.payment_status) == ("open", "unpaid")
    assert declined.payment_intent.last_payment_error.decline_code == "generic_decline"
    assert types(client)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    assert "Thanks for your payment" in http.post(page.url, data=CARD).text
    paid = session_of(client, link)
    assert paid.payment_intent == declined.payment_intent.id
    assert paid.payment_status == "paid"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"number": "4242"}, "card number is incomplete"),
        ({"number": "4111 1111 1111 1111"}, "used a non test card"),
        ({"number": "4000000000009995"}, "insufficient funds"),
        ({"expiry": "13/34"}, "expiration date is incomplete"),
        ({"expiry": "01/20"}, "expiration date is in the past"),
        ({"code": "12"}, "security code is incomplete"),
    ],
)
def test_a_card_that_cannot_pay_is_told_why(client, http, typed, message):
    link = link_of(client)
    assert message in pay(http, link.url, CARD | typed).text
    assert session_of(client, link).status == "open"


@pytest.mark.parametrize(
    ("outcome", "payment_status", "said", "last"),
    [
        ("succeeded", "paid", "Thanks for your payment", "checkout.session.async_payment_succeeded"),
        ("failed", "unpaid", "The payment failed", "checkout.session.async_payment_failed"),
    ],
)
def test_a_bank_debit_waits_for_its_bank(client, http, outcome, payment_status, said, last):
    link = link_of(client)
    page = pay(http, link.url, BANK_DEBIT)
    assert "Your payment is pending" in page.text
    waiting = session_of(client, link, expand=["data.payment_intent"])
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"
    assert types(client)[-1] == "checkout.session.completed"
    settled = http.post(f"{page.url}/settle", data={"outcome": outcome})
    assert said in settled.text
    assert session_of(client, link).payment_status == payment_status
    assert types(client)[-1] == last
    http.post(f"{page.url}/settle", data={"outcome": "succeeded"})
    assert types(client)[-1] == last


@pytest.mark.parametrize(
    ("start", "method"),
    [(EUROPA, "sepa_debit"), (SAKURA, "customer_balance"), (GULF, "customer_balance")],
)
def test_the_delayed_method_is_one_of_the_currency(simulator, http, start, method):
    client = client_of(simulator, http, start.key)
    (price,) = client.prices.list().data
    link = client.payment_links.create({"line_items": [{"price": price.id, "quantity": 1}]})
    pay(http, link.url, BANK_DEBIT)
    session = session_of(client, link, expand=["data.payment_intent.latest_charge"])
    assert session.payment_intent.latest_charge.payment_method_details.type == method
    assert session.livemode is (start is EUROPA)
    assert session.id.startswith("cs_live_" if start is EUROPA else "cs_test_")


def test_leaving_expires_the_session(client, http):
    link = link_of(client)
    page = pay(http, link.url, CARD | {"action": "abandon"})
    assert "This payment page has expired" in page.text
    assert link.url in page.text
    assert session_of(client, link).status == "expired"
    assert types(client)[-1] == "checkout.session.expired"
    assert "has expired" in http.post(page.url, data=CARD).text
    assert session_of(client, link).payment_status == "unpaid"


def test_a_session_lives_24_hours(simulator, client, http):
    link = link_of(client)
    url = visit(http, link.url)
    now = simulator.clock()
    simulator.clock = lambda: now + 24 * 60 * 60 + 1
    assert "has expired" in http.post(url, data=CARD).text
    assert client.checkout.sessions.list({"status": "expired"}).data[0].payment_link == link.id
    assert types(client)[-1] == "checkout.session.expired"


def test_an_open_session_can_be_expired_through_the_api(client, http):
    link = link_of(client)
    visit(http, link.url)
    session = session_of(client, link)
    assert client.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="has a status of expired"):
        client.checkout.sessions.expire(session.id)


def test_a_link_for_one_payment_is_used_up_by_it(client, http):
    link = link_of(client, restrictions=ONCE, inactive_message="This link has been paid.")
    open_elsewhere = visit(http, link.url)
    pay(http, link.url)
    used = client.payment_links.retrieve(link.id)
    assert used.restrictions.completed_sessions.to_dict() == {"count": 1, "limit": 1}
    assert used.active is False
    updated = client.events.list({"type": "payment_link.updated"}).data[0]
    assert updated.data.previous_attributes["active"] is True
    assert "This link has been paid." in http.get(link.url).text
    # Whether Stripe lets a session that is open by then be paid is not known: the app has to cope.
    assert "Thanks for your payment" in http.post(open_elsewhere, data=CARD).text
    paid = client.checkout.sessions.list({"payment_link": link.id, "status": "complete"}).data
    assert [one.payment_status for one in paid] == ["paid", "paid"]


def test_a_link_switched_off_takes_no_visitors(client, http):
    link = link_of(client)
    client.payment_links.update(link.id, {"active": False})
    page = http.get(link.url)
    assert "no longer active" in page.text
    assert client.checkout.sessions.list({"payment_link": link.id}).data == []


def test_the_payer_goes_where_the_link_says(client, http):
    target = "https://crm.example/thanks?session={CHECKOUT_SESSION_ID}"
    link = link_of(client, after_completion={"type": "redirect", "redirect": {"url": target}})
    page = visit(http, link.url)
    assert "form-action 'self' https://crm.example" in http.get(page).headers["Content-Security-Policy"]
    gone = http.post(page, data=CARD, allow_redirects=False)
    session = session_of(client, link)
    assert gone.headers["Location"] == f"https://crm.example/thanks?session={session.id}"


def test_the_confirmation_shows_the_links_message(client, http):
    confirmation = {
        "type": "hosted_confirmation",
        "hosted_confirmation": {"custom_message": "Bye & thanks"},
    }
    link = link_of(client, after_completion=confirmation)
    assert "Bye &amp; thanks" in pay(http, link.url).text


def test_paying_twice_on_one_page_pays_once(client, http):
    link = link_of(client)
    url = visit(http, link.url)
    http.post(url, data=CARD)
    assert "Thanks for your payment" in http.post(url, data=CARD).text
    assert types(client).count("charge.succeeded") == 1


def test_nothing_to_pay_needs_no_payment(client, http):
    product = client.products.create({"name": "Sample"})
    data = {"currency": "inr", "product": product.id, "unit_amount": 0}
    link = client.payment_links.create({"line_items": [{"price_data": data, "quantity": 1}]})
    pay(http, link.url)
    session = session_of(client, link)
    assert (session.payment_status, session.payment_intent) == ("no_payment_required", None)


@pytest.mark.parametrize("path", ["/pay/plink_x", "/c/pay/cs_x", "/nowhere"])
def test_an_unknown_page_says_so(simulator, path):
    page = requests.get(simulator.base_url + path, timeout=30)
    assert page.status_code == 404
    assert "There is nothing at this address." in page.text

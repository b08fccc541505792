"""Refunds: what they change, what is refused, and how the slow ones end."""

import pytest
import stripe

from plugins.stripe_provider.simulator import refunds
from plugins.stripe_provider.tests.driving import BANK_DEBIT, CARD, client_of, link_of, pay, session_of

LATER = CARD | {"number": "4000 0000 0000 7726"}


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


@pytest.fixture
def intent(client, http):
    """The intent of a payment of 4,500.00 INR by card."""
    return _paid(client, http)


def _paid(client, http, form=CARD):
    link = link_of(client)
    page = pay(http, link.url, form)
    if form is BANK_DEBIT:
        http.post(f"{page.url}/settle", data={"outcome": "succeeded"})
    return session_of(client, link).payment_intent


def _charge(client, intent):
    expand = {"expand": ["latest_charge.refunds"]}
    return client.payment_intents.retrieve(intent, expand).latest_charge


def _types(account, newest):
    return [event["type"] for event in account.all("event")[:newest]][::-1]


def test_a_refund_without_an_amount_gives_everything_back(client, intent, account):
    refund = client.refunds.create({"payment_intent": intent, "reason": "duplicate"})
    charge = _charge(client, intent)
    assert (refund.status, refund.amount, refund.currency) == ("succeeded", 450_000, "inr")
    assert (charge.refunded, charge.amount_refunded) == (True, 450_000)
    assert charge.refunds.data[0].id == refund.id
    assert client.refunds.retrieve(refund.id).reason == "duplicate"
    assert _types(account, 2) == ["refund.created", "charge.refunded"]


def test_a_payment_is_given_back_in_parts_until_nothing_is_left(client, intent, account):
    for amount, left in ((100_000, 350_000), (349_900, 100)):
        client.refunds.create({"payment_intent": intent, "amount": amount})
        charge = _charge(client, intent)
        assert (charge.refunded, charge.amount - charge.amount_refunded) == (False, left)
    assert account.all("event")[0]["data"]["previous_attributes"] == {"amount_refunded": 100_000}
    assert client.refunds.create({"charge": charge.id}).amount == 100
    assert _charge(client, intent).refunded
    assert len(client.refunds.list({"payment_intent": intent}).data) == 3


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"amount": 450_001}, "greater than unrefunded amount on charge"),
        ({"amount": 0}, "Invalid positive integer"),
        ({"charge": "ch_1"}, "exactly one of"),
        ({"reason": "boredom"}, "Invalid reason"),
    ],
)
def test_what_cannot_be_given_back_is_refused(client, intent, params, message):
    with pytest.raises(stripe.InvalidRequestError, match=message):
        client.refunds.create({"payment_intent": intent, **params})
    assert _charge(client, intent).amount_refunded == 0


def test_nothing_is_given_back_twice(client, intent):
    client.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"


def test_what_was_never_paid_cannot_be_given_back(client, http, account):
    link = link_of(client)
    pay(http, link.url, BANK_DEBIT)
    intent = session_of(client, link).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError, match="not paid"):
        client.refunds.create({"charge": account.get("payment_intent", intent)["latest_charge"]})


@pytest.mark.parametrize("form", [BANK_DEBIT, LATER])
def test_a_slow_refund_is_pending_until_the_bank_has_done_it(client, http, account, form):
    intent = _paid(client, http, form)
    refund = client.refunds.create({"payment_intent": intent})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert _charge(client, intent).refunded
    refunds.settle(account, refund.id, succeeded=True)
    assert client.refunds.retrieve(refund.id).status == "succeeded"
    assert _types(account, 3) == ["refund.created", "charge.refunded", "refund.updated"]


@pytest.mark.parametrize("form", [CARD, LATER])
def test_a_refund_may_fail_later_and_can_be_made_again(client, http, account, form):
    intent = _paid(client, http, form)
    refund = client.refunds.create({"payment_intent": intent})
    for _ in range(2):
        refunds.settle(account, refund.id, succeeded=False)
    failed = client.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = _charge(client, intent)
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert _types(account, 1) == ["refund.failed"]
    assert client.refunds.create({"payment_intent": intent}).amount == 450_000
    assert [one.status for one in _charge(client, intent).refunds.data] == [refund.status, "failed"]

"""Disputes: opened and closed by the payer's bank, read through the API."""

import pytest
import stripe

from plugins.stripe_provider.simulator import disputes
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.tests.driving import BANK_DEBIT, client_of, link_of, pay, session_of


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


@pytest.fixture
def intent(client, http):
    """The intent of a payment of 4,500.00 INR by card."""
    link = link_of(client)
    pay(http, link.url)
    return session_of(client, link).payment_intent


def _types(account, newest):
    return [event["type"] for event in account.all("event")[:newest]][::-1]


def test_a_dispute_takes_the_money_back_and_asks_for_an_answer(client, intent, account):
    opened = disputes.open(account, intent)
    [dispute] = client.disputes.list({"payment_intent": intent}).data
    assert (dispute.id, dispute.status, dispute.amount) == (opened["id"], "needs_response", 450_000)
    assert dispute.evidence_details.due_by > dispute.created
    assert client.charges.retrieve(dispute.charge).disputed
    assert _types(account, 2) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"


@pytest.mark.parametrize(
    ("won", "status", "events"),
    [
        (True, "won", ["charge.dispute.closed", "charge.dispute.funds_reinstated"]),
        (False, "lost", ["charge.dispute.closed"]),
    ],
)
def test_a_dispute_is_decided_once(client, intent, account, won, status, events):
    dispute = disputes.open(account, intent, amount=100_000, reason="duplicate")
    disputes.close(account, dispute["id"], won=won)
    disputes.close(account, dispute["id"], won=not won)
    closed = client.disputes.retrieve(dispute["id"])
    assert (closed.status, closed.amount, closed.reason) == (status, 100_000, "duplicate")
    assert _types(account, len(events)) == events
    assert client.charges.retrieve(closed.charge).disputed


def test_a_payment_that_was_won_back_can_be_refunded_and_disputed_again(client, intent, account):
    disputes.close(account, disputes.open(account, intent)["id"], won=True)
    client.refunds.create({"payment_intent": intent, "amount": 1})
    disputes.open(account, intent)
    assert len(client.disputes.list().data) == 2


def test_only_a_payment_that_succeeded_is_disputed_and_once_at_a_time(client, http, intent, account):
    disputes.open(account, intent)
    with pytest.raises(Refusal, match="disputed already"):
        disputes.open(account, intent)
    link = link_of(client)
    pay(http, link.url, BANK_DEBIT)
    with pytest.raises(Refusal, match="succeeded"):
        disputes.open(account, session_of(client, link).payment_intent)

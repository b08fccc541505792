"""Sample events that become state: the API then says what the event said."""

import json
from pathlib import Path

import pytest

from plugins.stripe_provider.simulator.seed import LAKESIDE
from plugins.stripe_provider.tests.driving import client_of

DATA = Path(__file__).parents[3] / "tests" / "contract" / "data" / "stripe-events.json"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the sample events are not in {DATA}")
EVENTS = json.loads(DATA.read_text())["events"] if DATA.exists() else {}
SESSIONS = [name for name, event in EVENTS.items() if event["type"].startswith("checkout.")]


@pytest.fixture
def client(simulator, http):
    return client_of(simulator, http)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_as_its_event_says(simulator, client, name):
    sample = EVENTS[name]["data"]["object"]
    assert simulator.adopt(EVENTS[name]) == sample
    assert client.checkout.sessions.retrieve(sample["id"]).to_dict() == sample
    assert client.events.retrieve(EVENTS[name]["id"]).to_dict() == EVENTS[name]
    if sample["payment_link"]:
        (listed,) = client.checkout.sessions.list({"payment_link": sample["payment_link"]}).data
        assert listed.id == sample["id"]


@pytest.mark.parametrize(
    ("name", "intent", "charge"),
    [
        ("paid_card", "succeeded", "succeeded"),
        ("delayed_1_completed_unpaid", "processing", "pending"),
        ("delayed_2_succeeded", "succeeded", "succeeded"),
        ("delayed_2_failed", "requires_payment_method", "failed"),
    ],
)
def test_a_session_brings_its_payment(simulator, client, name, intent, charge):
    sample = simulator.adopt(EVENTS[name])
    paid = client.payment_intents.retrieve(sample["payment_intent"], {"expand": ["latest_charge"]})
    assert (paid.status, paid.latest_charge.status) == (intent, charge)
    assert (paid.amount, paid.currency) == (sample["amount_total"], sample["currency"])


def test_later_events_move_the_same_payment(simulator, client):
    first = simulator.adopt(EVENTS["delayed_1_completed_unpaid"])
    simulator.adopt(EVENTS["delayed_2_succeeded"])
    session = client.checkout.sessions.retrieve(first["id"], {"expand": ["payment_intent"]})
    assert (session.payment_status, session.payment_intent.status) == ("paid", "succeeded")


def test_links_charges_and_declines_are_adopted(simulator, client):
    simulator.adopt(EVENTS["link_used_up"])
    assert client.payment_links.retrieve("plink_1TestLink000000000000001").active is False
    declined = simulator.adopt(EVENTS["declined"])
    assert client.payment_intents.retrieve(declined["id"]).status == "requires_payment_method"
    charge = simulator.adopt(EVENTS["charge_refunded_partial"])
    assert client.charges.retrieve(charge["id"]).amount_refunded == 234


@pytest.mark.parametrize("name", EVENTS)
def test_every_sample_can_be_adopted_into_any_account(simulator, http, name):
    simulator.adopt(EVENTS[name], LAKESIDE.id)
    client = client_of(simulator, http, LAKESIDE.key)
    assert client.events.retrieve(EVENTS[name]["id"]).type == EVENTS[name]["type"]
    assert client_of(simulator, http).events.list({"types": [EVENTS[name]["type"]]}).data == []


@pytest.mark.parametrize(
    ("name", "refunds", "disputes"),
    [
        ("refund_created", [("succeeded", 1234)], []),
        ("refund_failed", [("failed", 1234)], []),
        ("charge_refunded_full", [("succeeded", 1234)], []),
        ("charge_refunded_partial", [("succeeded", 234)], []),
        ("dispute_opened", [], [("needs_response", 1234)]),
        ("dispute_lost", [], [("lost", 1234)]),
    ],
)
def test_what_is_taken_back_changes_the_payment(simulator, client, name, refunds, disputes):
    session = simulator.adopt(EVENTS["paid_card"])
    for _ in range(2):
        simulator.adopt(EVENTS[name])
    expand = {"expand": ["payment_intent.latest_charge.refunds"]}
    charge = client.checkout.sessions.retrieve(session["id"], expand).payment_intent.latest_charge
    assert [(one.status, one.amount) for one in charge.refunds.data] == refunds
    listed = client.disputes.list({"charge": charge.id}).data
    assert [(one.status, one.amount) for one in listed] == disputes
    assert charge.disputed is bool(disputes)
    returned = sum(amount for status, amount in refunds if status == "succeeded")
    assert (charge.amount_refunded, charge.refunded) == (returned, returned == 1234)

"""What the Stripe provider makes of each of the sample events, signed as Stripe signs."""

import json
from datetime import UTC, datetime

import pytest
import stripe

from core.api.payments import Delivery
from plugins.stripe_provider import webhook
from tests.contract.schema import DATA

EVENTS = json.loads((DATA / "stripe-events.json").read_text())["events"]
LINK = "plink_1TestLink000000000000001"
INTENT = "pi_3Test000000000000000001"
FOREIGN = "plink_1OtherApp0000000000001"
TYPE = "Dealpay doesn't follow events of this type."
NO_LINK = "The checkout wasn't opened from a payment link."

# The link or the payment that each event is about, or why it is none of ours. Whether a link is one
# we made is for the core to say: another app's link looks the same here.
EXPECTED = {
    "paid_card": LINK,
    "paid_jpy_zero_decimal": LINK,
    "paid_kwd_three_decimal": LINK,
    "paid_isk_wire_two_decimal": LINK,
    "free_by_promo_code": LINK,
    "delayed_1_completed_unpaid": LINK,
    "delayed_2_succeeded": LINK,
    "delayed_2_failed": LINK,
    "expired": LINK,
    "other_app_same_account": FOREIGN,
    "no_payment_link_plain_checkout": NO_LINK,
    "link_created": TYPE,
    "link_used_up": TYPE,
    "declined": NO_LINK,
    "refund_created": INTENT,
    "refund_failed": INTENT,
    "charge_refunded_full": INTENT,
    "charge_refunded_partial": INTENT,
    "dispute_opened": INTENT,
    "dispute_lost": INTENT,
    "dispute_won": INTENT,
}


def delivered(event):
    body = json.dumps(event).encode()
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_1")
    return Delivery(body, {"stripe-signature": header}, ("whsec_1",), datetime.now(UTC))


def test_the_table_names_every_sample():
    assert set(EXPECTED) == set(EVENTS)
    assert len(EVENTS) == 21


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_leads_to_its_link_or_payment_or_says_why_not(name):
    event = webhook.parse(delivered(EVENTS[name]), "test")
    assert (event.event_id, event.type) == (EVENTS[name]["id"], EVENTS[name]["type"])
    assert (event.link_ref or event.intent_ref or event.ignored) == EXPECTED[name]
    assert bool(event.link_ref or event.intent_ref) is not bool(event.ignored)


@pytest.mark.parametrize("name", [name for name, ref in EXPECTED.items() if ref in (LINK, INTENT)])
def test_our_own_id_comes_along(name):
    event = json.loads(json.dumps(EVENTS[name]))
    event["data"]["object"]["metadata"] = {"dealpay_link_id": "lnk_1"}
    assert webhook.parse(delivered(event), "test").link_id == "lnk_1"

"""Deliveries: who may be believed, and what a believed one says."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api.errors import InvalidSignature
from core.api.payments import Delivery
from plugins.stripe_provider import webhook

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
SECRET = "whsec_one"
OTHER = "whsec_two"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "api_version": "2026-05-27.dahlia",
    "created": AT - 1,
    "livemode": False,
    "type": "checkout.session.completed",
    "data": {
        "object": {
            "id": "cs_1",
            "object": "checkout.session",
            "payment_link": "plink_1",
            "metadata": {"dealpay_link_id": "lnk_1", "note": "Zoë"},
        }
    },
}
BODY = json.dumps(EVENT, indent=2, ensure_ascii=False).encode()


def sign(body=BODY, secret=SECRET, at=AT):
    """The header as Stripe's own client writes it."""
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)


def delivery(header, body=BODY, secrets=(SECRET,), now=NOW):
    headers = {} if header is None else {"stripe-signature": header}
    return Delivery(body=body, headers=headers, secrets=tuple(secrets), received_at=now)


def refusal(given):
    with pytest.raises(InvalidSignature) as refused:
        webhook.parse(given, "test")
    assert refused.value.__context__ is None or refused.value.__suppress_context__
    return str(refused.value)


def test_a_signed_event_tells_which_link_it_is_about():
    event = webhook.parse(delivery(sign()), "test")
    assert (event.event_id, event.type) == ("evt_1", "checkout.session.completed")
    assert (event.link_ref, event.link_id, event.ignored) == ("plink_1", "lnk_1", None)
    assert event.at == NOW - timedelta(seconds=1)


V1 = sign().split("v1=")[1]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "header is missing"),
        ("", "header is missing"),
        ("nonsense", "holds no time"),
        ("t=,v1=" + V1, "holds no time"),
        (f"t=soon,v1={V1}", "holds no time"),
        (f"t=-{AT},v1={V1}", "holds no time"),
        (f"t={AT},t={AT},v1={V1}", "holds no time"),
        (f"t=٣{AT},v1={V1}", "holds no time"),
        (f"t={'9' * 5000},v1={V1}", "holds no time"),
        (f"t={AT}", "holds no v1 signature"),
        (f"t={AT},v1=", "holds no v1 signature"),
        (f"t={AT},v0={V1}", "holds no v1 signature"),
        (f"t={AT},v1=é{V1[1:]}", "holds no v1 signature"),
        (f"t={AT},v1={V1[:-1]}", "holds no v1 signature"),
        (f"t={AT},v1={V1.upper()}", "holds no v1 signature"),
        (f"t={AT},v1={'0' * 64}", "no signature matches"),
        (f"t={AT - 1},v1={V1}", "no signature matches"),
        (sign(secret="whsec_another_account"), "no signature matches"),
    ],
)
def test_unsigned_and_badly_signed_deliveries_are_refused(header, reason):
    assert reason in refusal(delivery(header))


def test_one_changed_byte_is_refused():
    assert "no signature matches" in refusal(delivery(sign(), BODY.replace(b"lnk_1", b"lnk_2")))
    assert "no signature matches" in refusal(delivery(sign(), json.dumps(EVENT).encode()))


@pytest.mark.parametrize("age", [-300, -299, 0, 299, 300])
def test_fresh_signatures_pass(age):
    assert webhook.parse(delivery(sign(at=AT - age)), "test").link_id == "lnk_1"


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (301, "more than five minutes old"),
        (10**8, "five minutes"),
        (-301, "future"),
        (-(10**8), "future"),
    ],
)
def test_stale_and_future_signatures_are_refused(age, reason):
    assert reason in refusal(delivery(sign(at=AT - age)))


def test_one_right_signature_among_several_is_enough():
    header = f"t={AT},v1={'0' * 64},v0=abc,v1=é,v1={V1}"
    assert webhook.parse(delivery(header), "test").link_id == "lnk_1"


@pytest.mark.parametrize("secrets", [(SECRET, OTHER), (OTHER, SECRET), (f" {SECRET}\n",), ("", SECRET)])
def test_any_of_the_stored_secrets_will_do(secrets):
    assert webhook.parse(delivery(sign(), secrets=secrets), "test").link_id == "lnk_1"


@pytest.mark.parametrize("secrets", [(), ("",), (" \n", "")])
def test_without_a_secret_nothing_is_believed(secrets):
    unsigned = f"t={AT},v1=" + sign(secret="").split("v1=")[1]
    assert "no signing secret is stored" in refusal(delivery(unsigned, secrets=secrets))


def test_a_body_that_is_not_text_can_be_signed_badly_and_never_crashes():
    assert "no signature matches" in refusal(delivery(sign(), b"\xff\xfe\x00"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "isn't JSON"),
        ("{", "isn't JSON"),
        ("[" * 100_000, "isn't JSON"),
        ("[]", "isn't an event"),
        ("null", "isn't an event"),
        ('"event"', "isn't an event"),
        ("{}", "isn't an event"),
        (json.dumps({"id": "evt_1", "object": "v2.core.event", "type": "v1.x"}), "thin event"),
        (json.dumps(EVENT | {"object": "charge"}), "isn't an event"),
        (json.dumps(EVENT | {"id": None}), "isn't an event"),
        (json.dumps(EVENT | {"id": "\ud800"}), "isn't an event"),
        (json.dumps(EVENT | {"id": "e" * 300}), "isn't an event"),
        (json.dumps(EVENT | {"type": 1}), "isn't an event"),
        (json.dumps(EVENT | {"created": None}), "isn't an event"),
        (json.dumps(EVENT | {"created": 10**20}), "isn't an event"),
        (json.dumps(EVENT | {"data": []}), "isn't an event"),
        (json.dumps(EVENT | {"data": {"object": "cs_1"}}), "isn't an event"),
    ],
)
def test_signed_bodies_that_are_no_snapshot_events_are_refused(body, reason):
    assert reason in refusal(delivery(sign(body.encode()), body.encode()))


@settings(deadline=None)  # the machine may be busy
@given(st.text(max_size=200), st.binary(max_size=200))
def test_a_refusal_never_repeats_what_was_sent(header, body):
    with pytest.raises(InvalidSignature) as refused:
        webhook.parse(delivery(header, body), "test")
    assert str(refused.value) in {
        "the Stripe-Signature header is missing",
        "the Stripe-Signature header holds no time",
        "the Stripe-Signature header holds no v1 signature",
        "no signature matches the stored signing secrets",
    }


def changed(**fields):
    session = EVENT["data"]["object"] | fields.pop("session", {})
    return EVENT | fields | {"data": {"object": session}}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (changed(type="charge.captured"), "doesn't follow events of this type"),
        (changed(type="payment_link.updated", session={"payment_link": None}), "of this type"),
        (changed(session={"payment_link": None}), "wasn't opened from a payment link"),
        (changed(session={"payment_link": ["plink_1"]}), "wasn't opened from a payment link"),
        (changed(livemode=True), "isn't of the test mode"),
        (changed(account="acct_2"), "connected account"),
        (changed(type="refund.created"), "wasn't taken through a payment intent"),
        (changed(type="refund.failed", session={"payment_intent": 7}), "payment intent"),
        (changed(type="charge.refunded", livemode=True), "isn't of the test mode"),
        (changed(type="charge.dispute.closed", account="acct_2"), "connected account"),
    ],
)
def test_events_that_are_not_ours_say_why(event, reason):
    translated = webhook.translate(event, "test")
    assert reason in translated.ignored
    refs = (translated.link_ref, translated.link_id, translated.intent_ref)
    assert refs == (None, None, None)


@pytest.mark.parametrize("event_type", webhook.EVENT_TYPES[:4])
def test_every_checkout_leads_to_its_link(event_type):
    translated = webhook.translate(changed(type=event_type), "test")
    assert (translated.link_ref, translated.ignored) == ("plink_1", None)


@pytest.mark.parametrize(
    ("metadata", "told"), [({"dealpay_link_id": "lnk_1"}, ("pi_1", "lnk_1")), ({}, (None, None))]
)
def test_a_refused_payment_leads_to_its_link_by_our_id(metadata, told):
    intent = {"id": "pi_1", "object": "payment_intent", "metadata": metadata}
    event = EVENT | {"type": "payment_intent.payment_failed", "data": {"object": intent}}
    translated = webhook.translate(event, "test")
    assert (translated.intent_ref, translated.link_id) == told
    assert (translated.ignored is None) == bool(metadata)


@pytest.mark.parametrize("event_type", webhook.EVENT_TYPES[5:])
@pytest.mark.parametrize("metadata", [{}, {"dealpay_link_id": "lnk_1"}])
def test_refunds_and_disputes_lead_to_their_payment(event_type, metadata):
    money = {"id": "x_1", "payment_intent": "pi_1", "metadata": metadata}
    translated = webhook.translate(EVENT | {"type": event_type, "data": {"object": money}}, "test")
    assert (translated.intent_ref, translated.ignored) == ("pi_1", None)
    assert (translated.link_ref, translated.link_id) == (None, metadata.get("dealpay_link_id"))


@pytest.mark.parametrize("metadata", [None, {}, [], {"dealpay_link_id": 7}, {"dealpay_link_id": "a b"}])
def test_a_link_may_come_without_our_id(metadata):
    translated = webhook.translate(changed(session={"metadata": metadata}), "test")
    assert (translated.link_ref, translated.link_id) == ("plink_1", None)


def test_live_events_belong_to_live_keys():
    assert webhook.translate(changed(livemode=True), "live").link_id == "lnk_1"
    assert "live mode" in webhook.translate(EVENT, "live").ignored

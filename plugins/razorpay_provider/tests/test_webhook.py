"""Deliveries: who may be believed, and what a believed one says."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api.errors import InvalidSignature
from core.api.payments import Delivery
from plugins.razorpay_provider import webhook

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECRET = "made up by the merchant"
OTHER = "of another account"
LINK = {"id": "plink_1", "reference_id": "lnk_1", "notes": {"dealpay_link_id": "lnk_1", "note": "Zoë"}}
PAYMENT = {"id": "pay_1", "notes": []}


def event(type="payment_link.paid", **entities):
    payload = {name: {"entity": entity} for name, entity in entities.items()}
    return {
        "entity": "event",
        "account_id": "acc_1",
        "event": type,
        "contains": list(entities),
        "payload": payload,
        "created_at": int(NOW.timestamp()) - 1,
    }


EVENT = event(payment_link=LINK, payment=PAYMENT)
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


def sign(body=BODY, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(signature, body=BODY, secrets=(SECRET,), event_id="Evt1"):
    given = {"x-razorpay-signature": signature, "x-razorpay-event-id": event_id}
    headers = {name: value for name, value in given.items() if value is not None}
    return Delivery(body=body, headers=headers, secrets=tuple(secrets), received_at=NOW)


def told(given_event, **fields):
    body = json.dumps(given_event).encode()
    return webhook.parse(delivery(sign(body), body, **fields))


def refusal(given):
    with pytest.raises(InvalidSignature) as refused:
        webhook.parse(given)
    assert refused.value.__context__ is None or refused.value.__suppress_context__
    return str(refused.value)


def test_a_signed_event_tells_which_link_it_is_about():
    found = webhook.parse(delivery(sign()))
    assert (found.event_id, found.type) == ("Evt1", "payment_link.paid")
    assert (found.link_ref, found.link_id, found.intent_ref) == ("plink_1", "lnk_1", "pay_1")
    assert (found.ignored, found.at) == (None, NOW - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (None, "header is missing"),
        ("", "header is missing"),
        ("nonsense", "holds no signature"),
        (sign()[:-1], "holds no signature"),
        (sign().upper(), "holds no signature"),
        (f"sha256={sign()}", "holds no signature"),
        ("é" + sign()[1:], "holds no signature"),
        ("٣" + sign()[1:], "holds no signature"),
        ("0" * 64, "matches none"),
        (sign(secret=OTHER), "matches none"),
        (sign(secret=""), "matches none"),
    ],
)
def test_unsigned_and_badly_signed_deliveries_are_refused(signature, reason):
    assert reason in refusal(delivery(signature))


def test_one_changed_byte_is_refused():
    assert "matches none" in refusal(delivery(sign(), BODY.replace(b"lnk_1", b"lnk_2")))
    assert "matches none" in refusal(delivery(sign(), json.dumps(EVENT).encode()))


@pytest.mark.parametrize("secrets", [(SECRET, OTHER), (OTHER, SECRET), (f" {SECRET}\n",), ("", SECRET)])
def test_any_of_the_stored_secrets_will_do(secrets):
    assert webhook.parse(delivery(sign(), secrets=secrets)).link_id == "lnk_1"


def test_a_secret_may_have_any_characters():
    assert webhook.parse(delivery(sign(secret="पासवर्ड"), secrets=["पासवर्ड"])).link_id == "lnk_1"


@pytest.mark.parametrize("secrets", [(), ("",), (" \n", "")])
def test_without_a_secret_nothing_is_believed(secrets):
    assert "no signing secret" in refusal(delivery(sign(secret=""), secrets=secrets))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "isn't JSON"),
        (b"paid!", "isn't JSON"),
        (b"\xff\xfe", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"[]", "isn't an event"),
        (json.dumps([EVENT]).encode(), "isn't an event"),
        (b"null", "isn't an event"),
        (json.dumps(EVENT | {"entity": "payment"}).encode(), "isn't an event"),
        (json.dumps(EVENT | {"event": None}).encode(), "isn't an event"),
        (json.dumps(EVENT | {"payload": []}).encode(), "isn't an event"),
        (json.dumps(EVENT | {"created_at": "now"}).encode(), "isn't an event"),
        (json.dumps(EVENT | {"created_at": True}).encode(), "isn't an event"),
        (json.dumps(EVENT | {"created_at": 10**12}).encode(), "isn't an event"),
    ],
)
def test_signed_nonsense_is_refused(body, reason):
    assert reason in refusal(delivery(sign(body), body))


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_whatever_is_signed_is_an_event_or_refused(body):
    with pytest.raises(InvalidSignature):
        webhook.parse(delivery(sign(body), body))


def test_an_event_has_one_id_however_often_it_comes():
    assert {webhook.parse(delivery(sign())).event_id for _ in range(2)} == {"Evt1"}
    nameless = {webhook.parse(delivery(sign(), event_id=None)).event_id for _ in range(2)}
    assert len(nameless) == 1
    assert nameless != {told(EVENT | {"created_at": 1}, event_id=None).event_id}


@pytest.mark.parametrize("event_id", ["", "a b", "é", "x" * 256])
def test_an_id_that_is_none_is_not_used(event_id):
    assert webhook.parse(delivery(sign(), event_id=event_id)).event_id.startswith("body_")


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_refunds_and_disputes_name_the_payment(kind):
    type = {"refund": "refund.processed", "dispute": "payment.dispute.created"}[kind]
    about = {"id": "x_1", "payment_id": "pay_7"}
    found = told(event(type, payment=PAYMENT, **{kind: about}))
    assert (found.intent_ref, found.link_ref, found.ignored) == ("pay_7", None, None)


@pytest.mark.parametrize("type", ["payment.captured", "order.paid", "refund.speed_changed", "new.event"])
def test_other_events_are_ignored(type):
    found = told(event(type, payment=PAYMENT, payment_link=LINK))
    assert found.ignored == "Dealpay doesn't follow events of this type."
    assert (found.link_ref, found.link_id, found.intent_ref) == (None, None, None)


@pytest.mark.parametrize(
    "broken",
    [
        event("payment_link.paid"),
        event("payment_link.paid", payment_link=[]),
        event("payment_link.paid", payment_link={"id": 7}),
        event("payment_link.paid", payment_link={"id": "a b"}),
        event("refund.created", payment=PAYMENT),
        EVENT | {"payload": {"payment_link": LINK}},
        EVENT | {"payload": {"payment_link": None}},
    ],
)
def test_events_about_nothing_are_ignored(broken):
    assert told(broken).ignored == "The event doesn't say what it is about."


def test_a_link_of_somebody_else_has_no_id_of_ours():
    found = told(event(payment_link=LINK | {"notes": []}, payment=PAYMENT))
    assert (found.link_ref, found.link_id) == ("plink_1", None)


@pytest.mark.parametrize("type", webhook.EVENT_TYPES)
def test_every_event_that_is_followed_is_told(type):
    about = {"id": "x_1", "payment_id": "pay_1"}
    found = told(event(type, payment_link=LINK, payment=PAYMENT, refund=about, dispute=about))
    assert (found.type, found.ignored) == (type, None)

"""What a page shows of what a provider sent: everything but secrets and who paid."""

import json
from typing import Any

import pytest

from core.web.payloads import LONGEST, redact_payload
from core.web.redaction import HIDDEN
from tests.contract.schema import DATA

EVENTS: dict[str, Any] = json.loads((DATA / "stripe-events.json").read_text())["events"]
PERSONAL = ("buyer@example.com", "Ada Buyer", "Jenny Rosen", "10115", "AOB934RVNwzk6xtn", "4242")


def shown(value: Any) -> Any:
    text = redact_payload(json.dumps(value))
    assert text is not None
    return json.loads(text)


@pytest.mark.parametrize("name", EVENTS)
def test_no_sample_event_tells_who_paid(name: str) -> None:
    text = redact_payload(json.dumps(EVENTS[name]))
    assert text
    assert not [word for word in (*PERSONAL, "_secret_") if word in text]
    for fact in ("id", "type", "created", "livemode"):
        assert json.loads(text)[fact] == EVENTS[name][fact]


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "customer_email",
        "receipt-email",
        "emailAddress",
        "customer_email_address",
        "name",
        "cardHolderName",
        "phone",
        "phone_number",
        "address",
        "billing_address",
        "postal_code",
        "fingerprint",
        "last4",
        "customer_purchase_ip",
        "tax_ids",
        "client_secret",
        "shipping",
        "evidence",
        "custom_fields",
    ],
)
@pytest.mark.parametrize("value", ["plain", 491701234567, {"deep": ["plain"]}])
def test_what_is_named_like_it_is_hidden_whole(name: str, value: Any) -> None:
    assert shown({"a": [{name: value}]}) == {"a": [{name: HIDDEN}]}


@pytest.mark.parametrize("nothing", [None, "", [], {}, True, False])
def test_that_nothing_was_given_is_shown(nothing: object) -> None:
    assert shown({"email": nothing, "phone": nothing}) == {"email": nothing, "phone": nothing}


def test_what_looks_like_it_is_hidden_wherever_it_stands() -> None:
    assert shown(
        ["write to ada@payer.example", "+49 (170) 123-4567", "https://pay.example/r/x?t=1#a"]
    ) == [
        f"write to {HIDDEN}",
        HIDDEN,
        f"https://pay.example/{HIDDEN}",
    ]
    assert shown({"ada@payer.example": 1}) == {HIDDEN: 1}


def test_what_a_page_is_for_stays() -> None:
    facts = {"amount_total": 1234, "currency": "eur", "payment_intent": "pi_3Test", "status": "paid"}
    more = {
        "shipping_cost": 0,
        "address_line1_check": "pass",
        "phone_number_collection": {"enabled": False},
    }
    assert shown(facts | more) == facts | more


@pytest.mark.parametrize(
    "body", ["", "a=1&b=2", "{", "[" * 5000 + "]" * 5000, '{"a": ' * 600 + "1" + "}" * 600, "9" * 5000]
)
def test_what_cannot_be_told_apart_is_not_shown(body: str) -> None:
    assert redact_payload(body) is None


def test_half_a_character_breaks_no_page() -> None:
    text = redact_payload('{"a": "\\ud800"}')
    assert text
    assert text.encode()


def test_a_megabyte_of_brackets_is_cut_off() -> None:
    text = redact_payload("[" * 200 + ",".join(["[]"] * 300_000) + "]" * 200)
    assert text
    assert len(text) < LONGEST + 1000
    assert text.endswith("… and more")

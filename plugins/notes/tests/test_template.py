"""Note templates."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.actions import DisputeFacts, PaymentFacts, RefundFacts
from core.api.money import Money
from core.testing.context import EVENT_AT, domain_event
from plugins.notes.template import NOT_KNOWN, VARIABLES, check, render
from plugins.notes.texts import DRAFTS

PAYMENT = PaymentFacts(
    "pay_1", Money(125_000, "INR"), "Prakash Reddy", "p@example.com", "card", "insufficient_funds"
)
MADE = domain_event("link.created")
PAID = domain_event("payment.succeeded", PAYMENT)
BACK = RefundFacts("rfd_1", Money(25_000, "INR"), "requested_by_customer")
ARGUED = DisputeFacts("dsp_1", Money(100_000, "INR"), "open", "fraudulent", EVENT_AT + timedelta(days=7))
LINK = replace(
    PAID.link,
    left=Money(75_000, "INR"),
    due=Money(50_000, "INR"),
    expires_at=EVENT_AT + timedelta(days=3),
)
ALL = replace(PAID, refund=BACK, dispute=ARGUED, link=LINK)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("date", "3 November 2026, 14:05 UTC"),
        ("record.title", "Office fit-out"),
        ("link.id", "lnk_1"),
        ("link.url", "https://pay.example/1"),
        ("link.amount", "1,250.00 INR"),
        ("link.product", "Unit"),
        ("link.quantity", "1250"),
        ("link.mode", "test"),
        ("link.created_by", "Asha Rao"),
        ("payment.amount", "1,250.00 INR"),
        ("payment.method", "card"),
        ("payment.reason", "insufficient funds"),
        ("payer.name", "Prakash Reddy"),
        ("payer.email", "p@example.com"),
        ("link.left", "750.00 INR"),
        ("link.due", "500.00 INR"),
        ("link.expires_at", "6 November 2026, 14:05 UTC"),
        ("refund.amount", "250.00 INR"),
        ("refund.reason", "requested by customer"),
        ("dispute.amount", "1,000.00 INR"),
        ("dispute.reason", "fraudulent"),
        ("dispute.state", "open"),
        ("dispute.due_by", "10 November 2026, 14:05 UTC"),
    ],
)
def test_every_variable(variable, value):
    assert render(f"<{{{{ {variable} }}}}>", ALL) == f"<{value}>"


def test_the_table_above_is_complete():
    parameters = test_every_variable.pytestmark[0].args[1]
    assert {variable for variable, _ in parameters} == set(VARIABLES)


@pytest.mark.parametrize("variable", [n for n in VARIABLES if n.startswith(("pay", "refund", "disp"))])
def test_what_is_not_known_yet_is_said_to_be_so(variable):
    assert render(f"{{{{{variable}}}}}", MADE) == NOT_KNOWN


def test_what_earlier_events_did_not_tell_is_not_known():
    for name in ("left", "due", "expires_at"):
        assert render(f"{{{{link.{name}}}}}", MADE) == NOT_KNOWN
    no_deadline = replace(ALL, dispute=replace(ARGUED, due_by=None, reason=None))
    assert render("{{dispute.due_by}}{{dispute.reason}}", no_deadline) == 2 * NOT_KNOWN


@pytest.mark.parametrize("text", DRAFTS.values(), ids=DRAFTS)
def test_every_text_to_begin_with_can_be_filled(text):
    check(text)
    assert NOT_KNOWN not in render(text, ALL)


def test_the_text_about_a_refund():
    assert render(DRAFTS["payment.refunded"], ALL) == (
        "250.00 INR of the 1,250.00 INR that Prakash Reddy paid was refunded on "
        "3 November 2026, 14:05 UTC. Left of all that was paid on link lnk_1: 750.00 INR."
    )


def test_a_payer_without_a_name():
    assert (
        render("{{payer.name}}", replace(PAID, payment=PaymentFacts("p", MADE.link.amount))) == NOT_KNOWN
    )


def test_the_date_is_told_in_utc():
    in_delhi = EVENT_AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert render("{{date}}", replace(MADE, at=in_delhi)) == "3 November 2026, 14:05 UTC"


def test_a_value_is_never_taken_for_a_template():
    sly = replace(MADE, record_title="{{payer.email}}")
    assert render("{{record.title}}", sly) == "{{payer.email}}"


def test_an_unknown_variable_is_named_and_the_known_ones_listed():
    with pytest.raises(ValueError, match=r'no variable "payer\.phone"') as caught:
        check("Paid by {{payer.name}}, {{payer.phone}}")
    assert all(name in str(caught.value) for name in VARIABLES)


@pytest.mark.parametrize("broken", ["{{link.id", "link.id}}", "{{link{{.id}}}}", "{{}}", "{{ }}"])
def test_braces_that_do_not_fit_are_refused(broken):
    with pytest.raises(ValueError, match=r"no variable|two braces"):
        check(broken)


@pytest.mark.parametrize(
    "fine", ["Paid.", "a {single} brace", "{{{link.id}}}", "{{link.id}}{{ link.url }}", "100 %s"]
)
def test_plain_text_and_known_variables_are_fine(fine):
    check(fine)


@given(st.text())
def test_what_passes_the_check_can_be_rendered(template):
    try:
        check(template)
    except ValueError:
        return
    assert isinstance(render(template, PAID), str)

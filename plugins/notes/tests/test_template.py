"""Note templates."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.actions import PaymentFacts
from core.api.money import Money
from core.testing.context import EVENT_AT, domain_event
from plugins.notes.template import NOT_KNOWN, VARIABLES, check, render

PAYMENT = PaymentFacts("pay_1", Money(125_000, "INR"), "Prakash Reddy", "p@example.com", "card")
MADE = domain_event("link.created")
PAID = domain_event("payment.succeeded", PAYMENT)


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
        ("payer.name", "Prakash Reddy"),
        ("payer.email", "p@example.com"),
    ],
)
def test_every_variable(variable, value):
    assert render(f"<{{{{ {variable} }}}}>", PAID) == f"<{value}>"


def test_the_table_above_is_complete():
    parameters = test_every_variable.pytestmark[0].args[1]
    assert {variable for variable, _ in parameters} == set(VARIABLES)


@pytest.mark.parametrize("variable", [name for name in VARIABLES if name.startswith("pay")])
def test_what_is_not_known_yet_is_said_to_be_so(variable):
    assert render(f"{{{{{variable}}}}}", MADE) == NOT_KNOWN


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

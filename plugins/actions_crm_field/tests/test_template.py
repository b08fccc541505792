"""Values with variables."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.actions import DisputeFacts, PaymentFacts, RefundFacts
from core.api.money import Money
from core.testing.context import EVENT_AT, domain_event
from plugins.actions_crm_field.template import VARIABLES, check, render, sample, unknown

MADE = domain_event("link.created")
PAID = domain_event(
    "payment.succeeded", PaymentFacts("pay_1", Money(12_500, "JPY"), "Asha Rao", method="card")
)
BACK = replace(PAID, refund=RefundFacts("rfd_1", Money(99, "INR")))
ARGUED = replace(PAID, dispute=DisputeFacts("dsp_1", Money(1500, "KWD"), "open"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("amount", "12500"),
        ("currency", "JPY"),
        ("date", "2026-11-03"),
        ("record.title", "Office fit-out"),
        ("link.id", "lnk_1"),
        ("link.url", "https://pay.example/1"),
        ("payment.id", "pay_1"),
        ("payment.method", "card"),
        ("payer.name", "Asha Rao"),
    ],
)
def test_every_variable(variable, value):
    assert render(f"<{{{{ {variable} }}}}>", PAID) == f"<{value}>"


def test_the_table_above_is_complete():
    assert {one for one, _ in test_every_variable.pytestmark[0].args[1]} == set(VARIABLES)


@pytest.mark.parametrize(
    ("event", "amount"), [(MADE, "1250.00 INR"), (BACK, "0.99 INR"), (ARGUED, "1.500 KWD")]
)
def test_the_amount_is_that_of_what_happened(event, amount):
    assert render("{{amount}} {{currency}}", event) == amount


def test_the_day_is_told_in_utc():
    late = EVENT_AT.replace(hour=20).astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert late.day == 4
    assert render("{{date}}", replace(MADE, at=late)) == "2026-11-03"


def test_what_is_not_known_yet():
    text = "{{payment.id}} {{payer.name}} {{amount}}"
    assert unknown(text, MADE) == ["payment.id", "payer.name"]
    assert unknown(text, PAID) == []
    assert render(text, MADE) == "not known not known 1250.00"


def test_a_value_is_never_taken_for_a_template():
    assert render("{{record.title}}", replace(PAID, record_title="{{amount}}")) == "{{amount}}"


def test_an_example_has_no_variables_left():
    assert sample("{{amount}} {{date}} x") == "1250.00 2026-11-03 x"


def test_an_unknown_variable_is_named_and_the_known_ones_listed():
    with pytest.raises(ValueError, match=r'no variable "link\.amount"') as caught:
        check("{{link.amount}}")
    assert all(name in str(caught.value) for name in VARIABLES)


@pytest.mark.parametrize("broken", ["{{amount", "amount}}", "{{a{{b}}}}"])
def test_braces_that_do_not_fit_are_refused(broken):
    with pytest.raises(ValueError, match=r"no variable|two braces"):
        check(broken)


@given(st.text(alphabet="{}amount. "))
def test_what_passes_the_check_can_be_filled(text):
    try:
        check(text)
    except ValueError:
        return
    assert isinstance(render(text, PAID) + sample(text), str)

"""A Pydantic model as an HTML form, and back."""

from enum import Enum
from typing import Literal

import pytest
from pydantic import BaseModel, EmailStr, Field, SecretStr, field_validator

from core.api.actions import Choice, Problem
from core.api.settings import Settings, setting
from core.web.forms import Form


class Speed(Enum):
    SLOW_LANE = "slow"
    FAST_LANE = "fast"


class Sample(Settings):
    key: SecretStr = setting(label="Secret key", help="From the vendor.", placeholder="sk_…")
    name: str = setting(label="Name", max_length=10)
    note: str = setting("", label="Note", multiline=True)
    quantity: int = setting(1, label="Quantity", ge=1, le=999_999)
    mode: Literal["test", "live"] = setting("test", label="Mode")
    speed: Speed = setting(Speed.SLOW_LANE, label="Speed")
    active: bool = setting(True, label="Active")

    @field_validator("name")
    @classmethod
    def _no_digits(cls, value: str) -> str:
        if any(one.isdigit() for one in value):
            raise ValueError("a name has no digits")
        return value


class Move(Settings):
    pipeline_id: str = setting(label="Pipeline", choices=True)
    pipeline_name: str = setting("", label="Pipeline name", label_of="pipeline_id")
    stage_id: str = setting(label="Stage", choices=True, depends_on="pipeline_id")
    reason: str | None = setting(None, label="Reason", choices=True, depends_on="stage_id")


STAGES = {"p1": [Choice("s1", "Won", "Closed"), Choice("s2", "Talks")], "p2": [Choice("s3", "Lost")]}


def options(field: str, draft: dict[str, str]) -> list[Choice]:
    if field == "pipeline_id":
        return [Choice("p1", "Sales"), Choice("p2", "Service")]
    if field == "stage_id":
        return STAGES[draft["pipeline_id"]]
    return [Choice("price", "Price")] if draft["stage_id"] == "s3" else []


def test_each_type_has_its_input():
    kinds = {name: field.kind for name, field in Form(Sample).fields.items()}
    assert kinds == {
        "key": "password",
        "name": "text",
        "note": "textarea",
        "quantity": "number",
        "mode": "select",
        "speed": "select",
        "active": "checkbox",
    }


def test_labels_help_limits_and_defaults_come_from_the_model():
    form = Form(Sample)
    assert (form["key"].label, form["key"].help, form["key"].placeholder) == (
        "Secret key",
        "From the vendor.",
        "sk_…",
    )
    assert form["key"].autocomplete == "off"
    assert form["name"].required
    assert not form["quantity"].required
    assert form["quantity"].limits == {"min": 1, "max": 999_999, "step": 1, "inputmode": "numeric"}
    assert (form["quantity"].value, form["active"].value, form["speed"].value) == ("1", True, "slow")
    assert form["speed"].options == (Choice("slow", "Slow lane"), Choice("fast", "Fast lane"))
    assert form["mode"].options == (Choice("test", "Test"), Choice("live", "Live"))


def test_a_good_form_becomes_the_model():
    made = Form(Sample).validate({"key": "abc", "name": " Ada ", "quantity": "12", "speed": "fast"})
    assert made == Sample(
        key=SecretStr("abc"), name="Ada", quantity=12, speed=Speed.FAST_LANE, active=False
    )


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("key", "", "Fill in “Secret key”."),
        ("name", "", "Fill in “Name”."),
        ("name", "much too long a name", "Use at most 10 characters."),
        ("name", "R2D2", "A name has no digits."),
        ("quantity", "0", "Enter 1 or more."),
        ("quantity", "-3", "Enter 1 or more."),
        ("quantity", "1.5", "Enter a whole number."),
        ("quantity", "many", "Enter a whole number."),
        ("quantity", "1000000", "Enter 999,999 or less."),
        ("mode", "other", "This choice is no longer there. Choose another one."),
    ],
)
def test_each_mistake_is_a_sentence_beside_its_input(name, typed, sentence):
    form = Form(Sample)
    assert form.validate({"key": "abc", "name": "Ada", name: typed}) is None
    assert {n: f.error for n, f in form.fields.items() if f.error} == {name: sentence}
    assert form.summary == [(f"field-{name}", sentence)]
    assert form[name].described_by.endswith(f"field-{name}-error")


def test_what_was_typed_stays_and_secrets_do_not():
    form = Form(Sample)
    form.validate({"key": "sk_very_secret", "name": "R2D2", "quantity": "x", "note": "a\nb"})
    assert form["quantity"].value == "x"
    assert form["note"].value == "a\nb"
    assert form["active"].value is False
    assert form["key"].value == ""


def test_an_empty_secret_keeps_the_stored_one():
    stored = {"key": SecretStr("old"), "name": "Ada"}
    form = Form(Sample, values=stored)
    assert form["key"].kept
    assert not form["key"].required
    assert form["key"].value == ""
    kept = form.validate({"key": "", "name": "Ada"})
    assert kept is not None
    assert kept.key.get_secret_value() == "old"
    replaced = Form(Sample, values=stored).validate({"key": "new", "name": "Ada"})
    assert replaced is not None
    assert replaced.key.get_secret_value() == "new"


def test_an_e_mail_address_is_asked_for_as_one():
    class Contact(BaseModel):
        email: EmailStr = Field(title="E-mail", json_schema_extra={"autocomplete": "email"})

    form = Form(Contact)
    assert (form["email"].kind, form["email"].autocomplete) == ("email", "email")
    assert form.validate({"email": "nobody"}) is None
    assert form["email"].error == "Enter an e-mail address such as name@example.com."


def test_options_wait_for_the_field_they_hang_on():
    form = Form(Move, options=options)
    assert [choice.label for choice in form["pipeline_id"].options] == ["Sales", "Service"]
    assert form["stage_id"].waits_for == "Pipeline"
    assert form["stage_id"].options == ()
    form.read({"pipeline_id": "p1"})
    assert form["stage_id"].waits_for is None
    assert form["stage_id"].groups == {
        "Closed": [Choice("s1", "Won", "Closed")],
        None: [Choice("s2", "Talks")],
    }
    assert form["reason"].needless


def test_a_chosen_option_leaves_its_label():
    assert Form(Move, options=options).validate({"pipeline_id": "p1", "stage_id": "s1"}) == Move(
        pipeline_id="p1", pipeline_name="Sales", stage_id="s1"
    )


def test_a_choice_that_is_gone_is_refused():
    form = Form(Move, options=options)
    assert form.validate({"pipeline_id": "p2", "stage_id": "s1"}) is None
    assert form["stage_id"].error == "This choice is no longer there. Choose another one."
    assert form["stage_id"].chosen is None
    assert form["pipeline_id"].error is None


def test_a_missing_choice_is_chosen_not_entered():
    form = Form(Move, options=options)
    assert form.validate({"pipeline_id": "", "stage_id": "s1"}) is None
    assert form["pipeline_id"].error == "Choose “Pipeline”."


def test_a_service_marks_a_field_or_the_whole_form():
    form = Form(Sample, errors={"name": "Taken."})
    form.fail(Problem("Stripe refuses this key.", "key"), "Nothing was saved.", Problem("Odd.", "other"))
    assert form["name"].error == "Taken."
    assert form["key"].error == "Stripe refuses this key."
    assert form.summary[:2] == [(None, "Nothing was saved."), (None, "Odd.")]


def test_a_prefix_keeps_two_forms_of_a_page_apart():
    form = Form(Sample, prefix="settings-")
    assert form["name"].name == "settings-name"
    made = form.validate({"settings-key": "abc", "settings-name": "Ada", "name": "Bob"})
    assert made is not None
    assert made.name == "Ada"


def test_what_was_chosen_once_and_is_gone_is_marked():
    form = Form(Move, values={"pipeline_id": "p1", "stage_id": "s9"}, options=options)
    form.mark_gone()
    assert form["pipeline_id"].error is None
    assert form["stage_id"].error == "This choice is no longer there. Choose another one."


def test_a_field_can_be_filled_in_over_what_was_typed():
    form = Form(Move, options=options)
    form.read({"pipeline_id": "p1", "stage_id": "s1"})
    form.prefer("pipeline_id", "p2")
    assert [choice.label for choice in form["stage_id"].options] == ["Lost"]

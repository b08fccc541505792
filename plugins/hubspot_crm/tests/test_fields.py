"""Properties as fields: which of them a rule may write, and what a record holds."""

import pytest

from core.api.errors import Rejected
from core.api.records import Field, FieldChoice, FieldType
from plugins.hubspot_crm import fields
from plugins.hubspot_crm.simulator.definitions import definition

YES_NO = (("true", "Yes"), ("false", "No"))


def row(type="string", shown="text", options=(), *marks, name="paid"):
    return definition(name, "Paid", type, shown, options, *marks)


@pytest.mark.parametrize(
    ("type", "shown", "expected"),
    [
        ("string", "textarea", FieldType.TEXT),
        ("phone_number", "phonenumber", FieldType.TEXT),
        ("number", "number", FieldType.NUMBER),
        ("date", "date", FieldType.DATE),
        ("datetime", "date", FieldType.DATE),
        ("bool", "booleancheckbox", FieldType.BOOL),
        ("enumeration", "booleancheckbox", FieldType.BOOL),
    ],
)
def test_types(type, shown, expected):
    options = YES_NO if expected is FieldType.BOOL else ()
    assert fields.field(row(type, shown, options)) == Field("paid", "Paid", expected)


def test_a_choice_has_its_options_less_the_hidden_ones():
    offered = row("enumeration", "select", (("a", "First"), ("b", "")))
    offered["options"].append({"value": "c", "label": "Hidden", "hidden": True})
    expected = (FieldChoice("a", "First"), FieldChoice("b", "b"))
    assert fields.field(offered) == Field("paid", "Paid", FieldType.CHOICE, expected)


@pytest.mark.parametrize(
    "left_out",
    [
        row("enumeration", "checkbox", YES_NO),
        row("json", "text"),
        row("string", "text", (), "hidden"),
        row("string", "text", (), "archived"),
        row(name="dealstage"),
        row(name="pipeline"),
        row("enumeration", "select", name="hubspot_owner_id"),
        row() | {"referencedObjectType": "COMPANY"},
        {"name": "", "type": "string"},
        {},
    ],
)
def test_what_no_rule_may_write_is_left_out(left_out):
    assert fields.field(left_out) is None
    assert fields.listed([left_out, row()]) == [Field("paid", "Paid", FieldType.TEXT)]


@pytest.mark.parametrize("mark", ["read_only", "calculated"])
def test_what_hubspot_keeps_itself_is_not_writable(mark):
    kept = fields.field(row("string", "text", (), mark))
    assert kept is not None
    assert not kept.writable
    with pytest.raises(Rejected) as caught:
        fields.check(kept, "1")
    assert caught.value.code == "field_read_only"


@pytest.mark.parametrize("name", ["", "../deals", "a b", "Paid", "paid?x=1", "1paid", "a" * 101])
def test_names_that_do_not_go_into_a_path(name):
    assert not fields.is_name(name)


@pytest.mark.parametrize(
    ("type", "value"),
    [(FieldType.NUMBER, "many"), (FieldType.DATE, "tomorrow"), (FieldType.BOOL, "perhaps"),
     (FieldType.CHOICE, "z")],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(type, value):
    with pytest.raises(Rejected) as caught:
        fields.check(Field("paid", "Paid", type, (FieldChoice("a", "A"),)), value)
    assert caught.value.code == "value_refused"


@pytest.mark.parametrize(
    ("type", "raw", "held"),
    [
        (FieldType.TEXT, "pay_1", "pay_1"),
        (FieldType.TEXT, "", None),
        (FieldType.TEXT, None, None),
        (FieldType.NUMBER, "1250.50", "1250.5"),
        (FieldType.NUMBER, "1E+3", "1000"),
        (FieldType.NUMBER, "none yet", "none yet"),
        (FieldType.DATE, "2026-11-03T10:15:00.000Z", "2026-11-03"),
        (FieldType.DATE, "2026-11-03", "2026-11-03"),
        (FieldType.BOOL, "true", "true"),
    ],
)
def test_what_a_record_holds(type, raw, held):
    assert fields.held(Field("paid", "Paid", type), {"properties": {"paid": raw}}) == held


def test_numbers_are_compared_as_numbers():
    number = Field("paid", "Paid", FieldType.NUMBER)
    assert fields.holds(number, "12.5", "12.50")
    assert not fields.holds(number, None, "0")
    assert not fields.holds(Field("paid", "Paid", FieldType.TEXT), "12.5", "12.50")


def test_a_time_is_the_midnight_that_begins_the_day():
    date = Field("paid", "Paid", FieldType.DATE)
    assert fields.wire(date, row("datetime", "date"), "2026-11-03") == "2026-11-03T00:00:00Z"
    assert fields.wire(date, row("date", "date"), "2026-11-03") == "2026-11-03"

"""Kylas's field definitions, and what a record holds."""

import pytest

from core.api.errors import Rejected
from core.api.records import Field, FieldChoice, FieldType
from plugins.kylas_crm import fields

OPTIONS = [{"id": 1, "name": "PAID", "displayName": "Paid"}, {"id": 2, "name": "DUE"}, {"id": 3}]
STATUS = {"name": "cfStatus", "displayName": "Status", "type": "PICK_LIST", "standard": False}
NOTE = {"name": "cfNote", "displayName": "Note", "type": "TEXT_FIELD", "standard": False}


def definition(type="TEXT_FIELD", name="cfX", **more):
    return {"name": name, "displayName": "X", "type": type, "standard": name[:2] != "cf", **more}


def only(row):
    (found,) = fields.listed([row]).values()
    return found


@pytest.mark.parametrize(
    ("kylas", "ours"),
    [
        ("TEXT_FIELD", FieldType.TEXT),
        ("PARAGRAPH_TEXT", FieldType.TEXT),
        ("URL", FieldType.TEXT),
        ("NUMBER", FieldType.NUMBER),
        ("DATE_PICKER", FieldType.DATE),
        ("DATETIME_PICKER", FieldType.DATE),
        ("PICK_LIST", FieldType.CHOICE),
        ("CHECKBOX", FieldType.BOOL),
        ("TOGGLE", FieldType.BOOL),
    ],
)
def test_types_that_a_rule_can_set(kylas, ours):
    assert only(definition(kylas))[0].type is ours


@pytest.mark.parametrize(
    "row",
    [
        definition("MONEY"),
        definition("LOOK_UP"),
        definition("PHONE"),
        definition("MULTI_PICKLIST"),
        definition("PICK_LIST", multiValue=True),
        definition(active=False),
        definition(None),
        {"type": "TEXT_FIELD"},
        {},
    ],
)
def test_what_a_rule_can_not_set_is_not_listed(row):
    assert fields.listed([row]) == {}


@pytest.mark.parametrize("under", ["values", "picklistValues"])
def test_options_stand_under_either_name(under):
    options = [*OPTIONS, {"id": 4, "name": "OLD", "disabled": True}, {"id": None, "name": "odd"}]
    field, _ = only({**STATUS, "picklist": {under: options}})
    assert field == Field(
        "cfStatus",
        "Status",
        FieldType.CHOICE,
        (FieldChoice("1", "Paid"), FieldChoice("2", "DUE"), FieldChoice("3", "Option 3")),
    )


def test_a_field_without_anything_but_a_name():
    assert only({"name": "cfX", "type": "PICK_LIST"})[0].name == "cfX"


@pytest.mark.parametrize(
    ("row", "writable"),
    [
        (definition(), True),
        (definition(name="city"), True),
        (definition(internal=True), False),
        (definition(name="createdAt"), False),
        (definition(name="country"), False),
        (definition(name="createdViaName"), False),
    ],
)
def test_what_kylas_keeps_itself_can_not_be_written(row, writable):
    assert only(row)[0].writable is writable


@pytest.mark.parametrize(
    ("type", "value", "held"),
    [
        ("TEXT_FIELD", "Paid", "Paid"),
        ("TEXT_FIELD", "", None),
        ("TEXT_FIELD", None, None),
        ("NUMBER", 1250.0, "1250"),
        ("NUMBER", 1250.5, "1250.5"),
        ("NUMBER", 100, "100"),
        ("NUMBER", 1e21, "1000000000000000000000"),
        ("NUMBER", "twelve", "twelve"),
        ("DATE_PICKER", "2026-11-03T00:00:00.000Z", "2026-11-03"),
        ("DATE_PICKER", "2026-11-03T00:00:00.000+0000", "2026-11-03"),
        ("DATE_PICKER", "soon", "soon"),
        ("PICK_LIST", {"id": 1, "name": "Paid"}, "1"),
        ("PICK_LIST", 1, "1"),
        ("TOGGLE", True, "true"),
        ("TOGGLE", False, "false"),
    ],
)
def test_what_a_record_holds(type, value, held):
    field, row = only(definition(type))
    assert fields.held(field, row, {"customFieldValues": {"cfX": value}}) == held
    field, row = only(definition(type, name="x"))
    assert fields.held(field, row, {"x": value, "customFieldValues": None}) == held


@pytest.mark.parametrize(
    ("type", "kind", "value", "sent"),
    [
        ("TEXT_FIELD", "deal", "Paid", "Paid"),
        ("NUMBER", "deal", "1250", 1250),
        ("NUMBER", "deal", "-1250.50", -1250.5),
        ("DATE_PICKER", "lead", "2026-11-03", "2026-11-03T00:00:00.000Z"),
        ("PICK_LIST", "deal", "1", {"id": 1, "name": "Paid"}),
        ("PICK_LIST", "lead", "1", 1),
        ("TOGGLE", "deal", "true", True),
        ("TOGGLE", "deal", "false", False),
    ],
)
def test_what_is_sent(type, kind, value, sent):
    field, row = only(definition(type, picklist={"values": OPTIONS}))
    whole = fields.body(kind, {"name": "Solar", "customFieldValues": {"cfY": 1}}, field, row, value)
    assert whole["customFieldValues"] == {"cfY": 1, "cfX": sent}
    assert whole["name"] == "Solar"


def test_a_deal_goes_back_without_what_kylas_keeps_and_with_a_discount_on_each_line():
    raw = {"id": 1, "name": "Solar", "ownedBy": {"id": 2}, "recordActions": {}, "updatedAt": "now"}
    whole = fields.body("deal", raw | {"products": [{"id": 7}]}, *only(NOTE), "Paid")
    assert whole == {
        "id": 1,
        "name": "Solar",
        "products": [{"id": 7, "discount": {"type": "PERCENTAGE", "value": 0}}],
        "customFieldValues": {"cfNote": "Paid"},
    }


def test_a_lead_goes_back_with_its_owner():
    raw = {"id": 1, "ownerId": 2, "products": [{"id": 7}], "recordActions": {}, "metaData": {}}
    field, row = only(definition(name="city"))
    expected = {"id": 1, "ownerId": 2, "products": [{"id": 7}], "city": "Pune"}
    assert fields.body("lead", raw, field, row, "Pune") == expected


@pytest.mark.parametrize(
    ("field_id", "value", "code"),
    [
        ("cfGone", "Paid", "field_not_found"),
        ("createdAt", "2026-11-03", "field_read_only"),
        ("cfStatus", "9", "value_refused"),
        ("cfStatus", "Paid", "value_refused"),
        ("cfNote", " ", "value_refused"),
    ],
)
def test_what_can_not_be_set(field_id, value, code):
    rows = [NOTE, {**STATUS, "picklist": {"values": OPTIONS}}, definition("DATE_PICKER", "createdAt")]
    with pytest.raises(Rejected) as caught:
        fields.wanted(fields.listed(rows), field_id, value)
    assert caught.value.code == code
    assert "payment is not affected" in caught.value.user_message


@pytest.mark.parametrize(
    "raw",
    [
        {"phoneNumbers": [{"value": "98****01"}]},
        {"phoneNumbers": [{"value": "9845010001"}, {"value": None}]},
        {"city": "P**e"},
        {"emails": [{"value": "a****@example.com"}]},
        {"customFieldValues": {"cfPan": "****1234"}},
    ],
)
def test_masked_values_are_not_sent_back(raw):
    masked = {"maskConfiguration": {"enabled": True}}
    rows = [definition("TEXT_FIELD", name, **masked) for name in ("city", "emails", "cfPan")]
    with pytest.raises(Rejected) as caught:
        fields.check_nothing_hidden(raw, rows)
    assert caught.value.code == "masked"


@pytest.mark.parametrize(
    "raw",
    [{}, {"phoneNumbers": None, "city": "5 * 5"}, {"phoneNumbers": [{"value": "9845010001"}]}],
)
def test_a_star_in_a_field_that_is_not_masked_is_one(raw):
    rows = [definition(name="city", maskConfiguration={"enabled": False}), definition(name="x"), {}]
    fields.check_nothing_hidden(raw, rows)

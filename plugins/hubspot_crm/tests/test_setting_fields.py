"""Fields and owners in the simulated HubSpot: that one, once, and nothing else."""

import pytest

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.records import FieldChange, OwnerChange, RecordRef
from plugins.hubspot_crm.connector import HubSpotConnector
from plugins.hubspot_crm.simulator import seed_data as seed

HUBSPOT = HubSpotConnector()
DEAL = RecordRef("deal", seed.HARBOUR)
CONTACT = RecordRef("contact", seed.MARGARET)
PATHS = {"deal": "deals", "contact": "contacts"}
IMOGEN, TOMASZ, FORMER = "61500101", "61500102", "61500104"


@pytest.fixture
def put(ctx):
    def put(field_id, value, ref=DEAL):
        return HUBSPOT.set_field(ctx=ctx, ref=ref, field_id=field_id, value=value)

    return put


@pytest.fixture
def own(ctx):
    def own(user_id, ref=DEAL):
        return HUBSPOT.set_owner(ctx=ctx, ref=ref, user_id=user_id)

    return own


@pytest.fixture
def stored(hubspot):
    """``stored(ref)``: the properties at the vendor, less when they last changed."""

    def stored(ref=DEAL):
        doc = hubspot.store.get(f"{seed.BRIGHTWATER.portal}/{PATHS[ref.kind]}", ref.id)
        return {name: value for name, value in doc["properties"].items() if "modified" not in name}

    return stored


def test_the_fields_of_each_kind(ctx):
    of_deals = {one.id: one for one in HUBSPOT.list_fields(ctx=ctx, kind="deal")}
    of_contacts = {one.id: one for one in HUBSPOT.list_fields(ctx=ctx, kind="contact")}
    assert of_deals["payment_reference"].name == "Payment reference"
    assert not of_deals["createdate"].writable
    assert not {"services", "old_reference", "import_batch", "dealstage"} & set(of_deals)
    assert "vat_number" in of_contacts
    assert "vat_number" not in of_deals


def test_a_field_is_set_and_nothing_else(put, stored):
    before = stored()
    assert put("payment_reference", "pay_1") == FieldChange(None, "pay_1", changed=True)
    assert stored() == before | {"payment_reference": "pay_1"}
    assert put("payment_reference", "pay_2") == FieldChange("pay_1", "pay_2", changed=True)


def test_a_field_that_holds_the_value_is_left_alone(put, stored, buckets):
    put("amount_received", "12.50")
    before, taken = stored(), buckets.taken
    assert put("amount_received", "12.5") == FieldChange("12.5", "12.5", changed=False)
    assert stored() == before
    assert buckets.taken - taken == 2  # the property and the record, no write


def test_a_field_of_a_contact(put, stored):
    assert put("vat_number", "GB1", CONTACT).changed
    assert stored(CONTACT)["vat_number"] == "GB1"


@pytest.mark.parametrize("name", ["paid", "../deals", "old_reference", "import_batch", "dealstage"])
def test_a_field_that_is_not_there(put, stored, name):
    before = stored()
    with pytest.raises(Rejected) as caught:
        put(name, "1")
    assert caught.value.code == "field_not_found"
    assert stored() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount_received", "a lot"), ("paid_on", "soon"), ("payment_status", "gone"),
     ("createdate", "2026-11-03")],
)  # fmt: skip
def test_a_value_that_a_field_cannot_hold(put, stored, name, value):
    before = stored()
    with pytest.raises(Rejected):
        put(name, value)
    assert stored() == before


@pytest.mark.parametrize(
    "ref", [RecordRef("deal", seed.KITCHEN), RecordRef("deal", "1"), RecordRef("lead", seed.HARBOUR)]
)
def test_no_field_and_no_owner_of_a_record_that_is_not_ours(put, own, ref):
    with pytest.raises(NotFound):
        put("payment_reference", "pay_1", ref)
    with pytest.raises(NotFound):
        own(TOMASZ, ref)


def test_a_field_whose_answer_is_lost_holds_the_value(put, stored, hubspot):
    hubspot.faults.add("lost_reply", method="PATCH")
    with pytest.raises(OutcomeUnknown):
        put("payment_reference", "pay_1")
    assert stored()["payment_reference"] == "pay_1"
    assert put("payment_reference", "pay_1") == FieldChange("pay_1", "pay_1", changed=False)


def test_a_field_under_the_rate_limit_is_certainly_not_set(put, stored, hubspot):
    hubspot.faults.add("rate_limited", method="PATCH")
    before = stored()
    with pytest.raises(NotSent):
        put("payment_reference", "pay_1")
    assert stored() == before


def test_an_owner_is_changed_and_nothing_else(own, stored):
    before = stored()
    change = own(TOMASZ)
    assert isinstance(change, OwnerChange)
    assert (change.before.id, change.after.id, change.changed) == (IMOGEN, TOMASZ, True)
    assert stored() == before | {"hubspot_owner_id": str(seed.TOMASZ)}


def test_an_owner_who_owns_it_already(own, stored):
    before = stored()
    assert not own(IMOGEN).changed
    assert stored() == before


def test_a_record_that_was_nobodys(own):
    change = own(TOMASZ, RecordRef("deal", seed.PODCAST))
    assert (change.before, change.changed) == (None, True)


@pytest.mark.parametrize("user", [FORMER, "1", "", "../owners"])
def test_nobody_is_given_a_record_who_is_not_there(own, stored, user):
    before = stored()
    with pytest.raises(Rejected) as caught:
        own(user)
    assert caught.value.code == "user_not_found"
    assert stored() == before

"""Setting a field in the simulated Kylas: that field, once, and nothing else."""

import threading
from dataclasses import replace

import pytest

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.records import FieldChange, FieldType, RecordRef
from plugins.kylas_crm.connector import KylasConnector
from plugins.kylas_crm.simulator import seed_data as seed
from plugins.kylas_crm.turns import Turns

DEAL = RecordRef("deal", "4485")  # with product lines, in Negotiation
LEAD = RecordRef("lead", "3101")
#: What a change of any field changes too.
STAMPS = {"updatedAt", "updatedBy"}


@pytest.fixture
def put(ctx):
    def put(field_id, value, ref=DEAL):
        return KylasConnector().set_field(ctx=ctx, ref=ref, field_id=field_id, value=value)

    return put


@pytest.fixture
def stored(kylas):
    """``stored(ref)``: the record as Kylas stores it, less who changed it last and when."""

    def stored(ref=DEAL):
        record = kylas.tenant(seed.TENANT_A).get(ref.kind, ref.id)
        return {name: value for name, value in record.items() if name not in STAMPS}

    return stored


@pytest.mark.parametrize("kind", ["lead", "deal"])
def test_the_fields_of_a_kind(ctx, kind):
    found = {field.id: field for field in KylasConnector().list_fields(ctx=ctx, kind=kind)}
    assert found["cfPaymentStatus"].type is FieldType.CHOICE
    assert [one.name for one in found["cfPaymentStatus"].choices] == ["Awaited", "Part paid", "Paid"]
    assert not found["createdAt"].writable
    assert ("city" in found) == (kind == "lead")


def test_no_other_kind_has_fields(ctx, buckets):
    assert KylasConnector().list_fields(ctx=ctx, kind="../users/me?") == []
    assert buckets.taken == 0


@pytest.mark.parametrize(
    ("ref", "field_id", "value", "sent"),
    [
        (DEAL, "cfPaymentReference", "pay_1", "pay_1"),
        (DEAL, "cfAmountReceived", "1250.50", 1250.5),
        (DEAL, "cfPaidOn", "2026-11-03", "2026-11-03T00:00:00.000Z"),
        (DEAL, "cfPaymentStatus", "91003", {"id": 91003, "name": "Paid"}),
        (DEAL, "cfInvoiceSent", "true", True),
        (LEAD, "cfPaymentStatus", "91003", 91003),
    ],
)
def test_a_field_of_the_tenants_own(put, stored, ref, field_id, value, sent):
    before = stored(ref)
    assert put(field_id, value, ref) == FieldChange(None, value, changed=True)
    assert stored(ref) == {**before, "customFieldValues": {field_id: sent}}


@pytest.mark.parametrize(
    ("ref", "field_id", "value", "sent"),
    [
        (DEAL, "estimatedClosureOn", "2026-12-01", "2026-12-01T00:00:00.000Z"),
        (DEAL, "source", "699", {"id": 699, "name": "Referral"}),
        (LEAD, "source", "699", 699),
        (LEAD, "city", "Jaipur", "Jaipur"),
    ],
)
def test_a_field_of_kylas(put, stored, ref, field_id, value, sent):
    before = stored(ref)
    assert put(field_id, value, ref).changed
    assert stored(ref) == {**before, field_id: sent}


def test_one_field_after_another(put, stored):
    put("cfPaymentReference", "pay_1")
    put("cfPaymentStatus", "91002")
    change = put("cfPaymentStatus", "91003")
    assert change == FieldChange("91002", "91003", changed=True)
    assert stored()["customFieldValues"]["cfPaymentReference"] == "pay_1"


@pytest.mark.parametrize("again", ["1250.5", "1250.50"])
def test_a_value_that_is_there_is_not_written(put, kylas, again):
    put("cfAmountReceived", "1250.50")
    kylas.faults.add("rate_limited", method="PUT")
    assert put("cfAmountReceived", again) == FieldChange("1250.5", again, changed=False)


@pytest.mark.parametrize("ref", [DEAL, LEAD], ids=str)
def test_a_field_that_is_not_there_reaches_no_record(put, stored, ref):
    before = stored(ref)
    with pytest.raises(Rejected) as caught:
        put("cfGone", "Paid", ref)
    assert caught.value.code == "field_not_found"
    assert stored(ref) == before


@pytest.mark.parametrize(
    "ref", [RecordRef("deal", "5485"), RecordRef("deal", "1?x"), RecordRef("x", "1")]
)
def test_a_record_that_is_not_ours(put, ref):
    with pytest.raises(NotFound):
        put("cfPaymentReference", "pay_1", ref)


def test_a_masked_phone_number_is_not_stored(put, kylas, stored):
    tenant = kylas.tenant(seed.TENANT_A)
    lead = tenant.get("lead", LEAD.id)
    lead["phoneNumbers"][0]["value"] = "99****0001"
    tenant.put("lead", lead)
    before = stored(LEAD)
    with pytest.raises(Rejected, match="masked"):
        put("cfPaymentReference", "pay_1", LEAD)
    assert stored(LEAD) == before


def test_a_lost_answer_is_unknown_and_the_next_try_finds_it_done(put, kylas):
    kylas.faults.add("lost_reply", method="PUT")
    with pytest.raises(OutcomeUnknown):
        put("cfPaymentReference", "pay_1")
    assert not put("cfPaymentReference", "pay_1").changed


class AtRequest:
    """A rate limit that does something before the n-th request: 1 reads the fields, 2 the record, 3
    writes, 4 reads the result."""

    def __init__(self, number, do):
        self.left, self.do = number, do

    def acquire(self, timeout):
        self.left -= 1
        if self.left == 0:
            self.do()

    def pause(self, seconds): ...


def put_while(ctx, number, do, *, connector=None, value="pay_1"):
    limit = AtRequest(number, do)
    return (connector or KylasConnector()).set_field(
        ctx=replace(ctx, token_bucket=lambda *_: limit),
        ref=DEAL,
        field_id="cfPaymentReference",
        value=value,
    )


def test_a_change_whose_result_can_not_be_read_is_unknown(ctx, kylas, stored):
    with pytest.raises(OutcomeUnknown, match="could not be asked"):
        put_while(ctx, 4, lambda: kylas.faults.add("unavailable", times=None))
    assert stored()["customFieldValues"] == {"cfPaymentReference": "pay_1"}


def test_a_change_that_left_no_trace_is_unknown(ctx, kylas):
    tenant = kylas.tenant(seed.TENANT_A)
    before = tenant.get("deal", DEAL.id)
    with pytest.raises(OutcomeUnknown, match='"Payment reference" still holds'):
        put_while(ctx, 4, lambda: tenant.put("deal", before))


def test_a_workflow_of_kylas_may_change_the_field_further(ctx, kylas):
    tenant = kylas.tenant(seed.TENANT_A)

    def tidy():
        tidied = {"cfPaymentReference": "PAY 1"}
        tenant.put("deal", {**tenant.get("deal", DEAL.id), "customFieldValues": tidied})

    assert put_while(ctx, 4, tidy).changed


def test_what_was_changed_before_the_record_is_read_stays(ctx, kylas, stored):
    tenant = kylas.tenant(seed.TENANT_A)
    put_while(ctx, 2, lambda: tenant.put("deal", {**tenant.get("deal", DEAL.id), "name": "Phase 2"}))
    assert stored()["name"] == "Phase 2"


def test_a_move_waits_for_a_field_that_is_being_set(ctx, stored):
    connector, moves = KylasConnector(), []

    def move():
        place = {"pipeline_id": str(seed.DEAL_PIPELINE), "stage_id": str(seed.DEAL_WON)}
        connector.move_stage(ctx=ctx, ref=DEAL, **place, reason=None)

    def begin():
        moves.append(threading.Thread(target=move))
        moves[0].start()
        moves[0].join(timeout=0.2)
        assert moves[0].is_alive()

    put_while(ctx, 3, begin, connector=connector)
    moves[0].join(timeout=10)
    assert stored()["pipeline"]["stage"]["name"] == "Won"
    assert stored()["customFieldValues"] == {"cfPaymentReference": "pay_1"}


def test_nobody_waits_for_ever():
    turns = Turns()
    with turns.taken("tenant", DEAL, 1), pytest.raises(NotSent), turns.taken("tenant", DEAL, 0.01):
        pytest.fail("two at a time")
    with turns.taken("tenant", DEAL, 0.01):
        pass

"""Notes in the simulated Kylas: each is written once, and found again."""

import pytest

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.records import RecordRef
from plugins.kylas_crm.connector import KylasConnector
from plugins.kylas_crm.simulator import seed_data as seed
from plugins.kylas_crm.simulator.notes import new_note, notes_of

DEAL = RecordRef("deal", "4486")
LEAD = RecordRef("lead", "3101")
KYLAS = KylasConnector()


@pytest.fixture
def written(kylas):
    """``written(ref)``: the descriptions of the notes on a record."""

    def written(ref):
        tenant = kylas.tenant(seed.TENANT_A)
        return [note["description"] for note in notes_of(tenant, ref.kind.upper(), int(ref.id))]

    return written


@pytest.mark.parametrize("ref", [DEAL, LEAD], ids=str)
def test_a_note_is_on_the_record_and_found_by_its_marker(ctx, written, ref):
    before = written(ref)
    note = KYLAS.add_note(ctx=ctx, ref=ref, text="Paid <in full>\nby card", marker="run-1")
    assert written(ref)[len(before) :] == [
        "<div>Paid &lt;in full&gt;<br/>by card</div><div><small>ref: run-1</small></div>"
    ]
    assert KYLAS.find_note(ctx=ctx, ref=ref, marker="run-1") == note
    assert KYLAS.find_note(ctx=ctx, ref=ref, marker="run-2") is None


def test_a_note_is_not_found_on_another_record(ctx):
    KYLAS.add_note(ctx=ctx, ref=DEAL, text="Paid", marker="run-1")
    assert KYLAS.find_note(ctx=ctx, ref=LEAD, marker="run-1") is None


def fill(kylas, count):
    """``count`` notes of someone else on the deal."""
    tenant = kylas.tenant(seed.TENANT_A)
    for id in range(50_000, 50_000 + count):
        new_note(tenant, id, "DEAL", int(DEAL.id), seed.RAVI, "<p>Called</p>", "2026-11-01T10:00:00Z")


def test_a_note_is_found_on_whichever_page_it_is(ctx, kylas):
    fill(kylas, 250)
    marks = [f"run-{number}" for number in range(5)]
    notes = [KYLAS.add_note(ctx=ctx, ref=DEAL, text="Paid", marker=mark) for mark in marks]
    assert [KYLAS.find_note(ctx=ctx, ref=DEAL, marker=mark) for mark in marks] == notes


def test_too_many_notes_are_not_taken_for_none(ctx, kylas, monkeypatch):
    monkeypatch.setattr("plugins.kylas_crm.client.MAX_PAGES", 2)
    fill(kylas, 250)
    with pytest.raises(Rejected) as caught:
        KYLAS.find_note(ctx=ctx, ref=DEAL, marker="run-1")
    assert caught.value.code == "too_many_rows"


@pytest.mark.parametrize("fault", ["lost_reply", "malformed"])
def test_a_note_whose_answer_is_lost_is_found(ctx, kylas, written, fault):
    before = written(DEAL)
    kylas.faults.add(fault, path="/v1/notes/relation", method="POST")
    with pytest.raises(OutcomeUnknown):
        KYLAS.add_note(ctx=ctx, ref=DEAL, text="Paid", marker="run-1")
    assert KYLAS.find_note(ctx=ctx, ref=DEAL, marker="run-1")
    assert len(written(DEAL)) == len(before) + 1


def test_a_note_that_did_not_arrive_is_not_found(ctx, kylas):
    kylas.faults.add("unavailable", path="/v1/notes/relation", method="POST")
    with pytest.raises(OutcomeUnknown):
        KYLAS.add_note(ctx=ctx, ref=DEAL, text="Paid", marker="run-1")
    assert KYLAS.find_note(ctx=ctx, ref=DEAL, marker="run-1") is None


def test_a_note_under_the_rate_limit_is_certainly_not_written(ctx, kylas, written, buckets):
    before = written(DEAL)
    kylas.faults.add("rate_limited", path="/v1/notes/relation", method="POST")
    with pytest.raises(NotSent):
        KYLAS.add_note(ctx=ctx, ref=DEAL, text="Paid", marker="run-1")
    assert written(DEAL) == before
    assert len(buckets.pauses) == 1


@pytest.mark.parametrize("ref", [RecordRef("deal", "5485"), RecordRef("deal", "x/1")], ids=str)
def test_no_note_on_a_record_that_is_not_ours(ctx, ref):
    with pytest.raises(NotFound):
        KYLAS.add_note(ctx=ctx, ref=ref, text="Paid", marker="run-1")
    with pytest.raises(NotFound):
        KYLAS.find_note(ctx=ctx, ref=ref, marker="run-1")


def test_a_note_that_kylas_does_not_allow(ctx, kylas):
    tenant = kylas.tenant(seed.TENANT_A)
    profile = tenant.get("profile", tenant.get("user", seed.ASHA)["profileId"])
    profile["permissions"]["note"] = ["read"]
    tenant.put("profile", profile)
    with pytest.raises(Rejected, match="permission") as caught:
        KYLAS.add_note(ctx=ctx, ref=DEAL, text="Paid", marker="run-1")
    assert caught.value.code == "029003"

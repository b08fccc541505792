"""Notes in the simulated HubSpot: each is written once, and found again."""

import pytest

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.records import RecordRef
from core.testing.simulator import answer
from plugins.hubspot_crm.connector import HubSpotConnector
from plugins.hubspot_crm.simulator import seed_data as seed

HUBSPOT = HubSpotConnector()
DEAL = RecordRef("deal", seed.HARBOUR)
CONTACT = RecordRef("contact", seed.MARGARET)
PATHS = {"deal": "deals", "contact": "contacts"}
NOTES = "/crm/v3/objects/notes"


def add(ctx, ref=DEAL, text="Paid", marker="run-1"):
    return HUBSPOT.add_note(ctx=ctx, ref=ref, text=text, marker=marker)


def find(ctx, ref=DEAL, marker="run-1"):
    return HUBSPOT.find_note(ctx=ctx, ref=ref, marker=marker)


@pytest.fixture
def written(hubspot):
    """``written(ref)``: the bodies of the notes on a record."""

    def written(ref=DEAL):
        found = hubspot.notes_on(seed.BRIGHTWATER.portal, PATHS[ref.kind], ref.id)
        return [note["properties"]["hs_note_body"] for note in found]

    return written


@pytest.fixture
def fill(hubspot):
    """``fill(count)``: notes of somebody else on the deal."""

    def fill(count):
        values = {"hs_note_body": "<p>Called</p>", "hs_timestamp": hubspot.now()}
        for _ in range(count):
            hubspot.add("notes", seed.BRIGHTWATER.portal, [["deals", DEAL.id]], values)

    return fill


@pytest.mark.parametrize("ref", [DEAL, CONTACT], ids=str)
def test_a_note_is_on_the_record_and_found_by_its_marker(ctx, written, ref):
    before = written(ref)
    note = add(ctx, ref, "Paid <in full>\nby card")
    assert written(ref)[len(before) :] == [
        "<div>Paid &lt;in full&gt;<br/>by card</div><div><small>ref: run-1</small></div>"
    ]
    assert find(ctx, ref) == note
    assert find(ctx, ref, "run-2") is None


def test_a_note_has_its_time(ctx, hubspot):
    note = add(ctx)
    stored = hubspot.store.get(f"{seed.BRIGHTWATER.portal}/notes", note.id)["properties"]
    assert stored["hs_timestamp"].endswith("Z")
    assert stored["hs_timestamp"][:10] == f"{ctx.clock():%Y-%m-%d}"


def test_a_note_is_not_found_on_another_record(ctx):
    add(ctx)
    assert find(ctx, CONTACT) is None


def test_a_note_is_found_among_many(ctx, fill, buckets):
    first = add(ctx, marker="first")
    fill(620)
    last = add(ctx, marker="last")
    before = buckets.taken
    assert find(ctx, marker="last") == last
    # Two pages of associations, and the newest hundred notes.
    assert buckets.taken - before == 3
    assert find(ctx, marker="first") == first
    assert find(ctx, marker="none") is None


def test_too_many_notes_are_not_taken_for_none(ctx, fill, monkeypatch):
    monkeypatch.setattr("plugins.hubspot_crm.client.MAX_PAGES", 1)
    fill(501)
    with pytest.raises(Rejected) as caught:
        find(ctx)
    assert caught.value.code == "too_many_rows"


def test_a_note_that_is_gone_meanwhile(ctx, hubspot):
    note = add(ctx)
    gone = add(ctx, marker="run-2")
    rows = hubspot.notes_on(seed.BRIGHTWATER.portal, "deals", DEAL.id)
    hubspot.notes_on = lambda *record: rows
    hubspot.store.delete(f"{seed.BRIGHTWATER.portal}/notes", gone.id)
    assert find(ctx, marker="run-2") is None
    assert find(ctx) == note


@pytest.mark.parametrize("fault", ["lost_reply", "malformed"])
def test_a_note_whose_answer_is_lost_is_found(ctx, hubspot, written, fault):
    before = written()
    hubspot.faults.add(fault, path=NOTES, method="POST")
    with pytest.raises(OutcomeUnknown):
        add(ctx)
    assert find(ctx) is not None
    assert len(written()) == len(before) + 1


@pytest.mark.parametrize("body", [{}, {"id": ""}, [1]])
def test_a_note_without_an_id_is_looked_up(ctx, replace, body):
    replace("create_note", lambda request: answer(body, 201))
    with pytest.raises(OutcomeUnknown, match="under which id"):
        add(ctx)


def test_a_note_that_did_not_arrive_is_not_found(ctx, hubspot):
    hubspot.faults.add("unavailable", path=NOTES, method="POST")
    with pytest.raises(OutcomeUnknown):
        add(ctx)
    assert find(ctx) is None


def test_a_note_under_the_rate_limit_is_certainly_not_written(ctx, hubspot, written, buckets):
    before = written()
    hubspot.faults.add("rate_limited", path=NOTES, method="POST")
    with pytest.raises(NotSent):
        add(ctx)
    assert written() == before
    assert buckets.pauses == [10.0]


@pytest.mark.parametrize("ref", [RecordRef("deal", seed.KITCHEN), RecordRef("deal", "x/1")], ids=str)
def test_no_note_on_a_record_that_is_not_ours(ctx, hubspot, ref):
    before = hubspot.store.all(f"{seed.BRIGHTWATER.portal}/notes")
    with pytest.raises(NotFound):
        add(ctx, ref)
    with pytest.raises(NotFound):
        find(ctx, ref)
    assert hubspot.store.all(f"{seed.BRIGHTWATER.portal}/notes") == before


def test_a_note_that_the_token_may_not_write(connect, written):
    before = written()
    with pytest.raises(Rejected, match=r'"crm\.objects\.contacts\.write"') as caught:
        add(connect(seed.READ_ONLY))
    assert caught.value.code == "forbidden"
    assert written() == before


def test_a_note_that_is_too_long_for_hubspot(ctx, written):
    before = written()
    with pytest.raises(Rejected, match="65536") as caught:
        add(ctx, text="x" * 66_000)
    assert caught.value.code == "validation_error"
    assert written() == before

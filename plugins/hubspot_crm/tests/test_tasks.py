"""Tasks in the simulated HubSpot: each is made once, and found again."""

from datetime import UTC, datetime

import pytest

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.records import RecordRef, TaskDraft
from core.testing.simulator import answer
from plugins.hubspot_crm.connector import HubSpotConnector
from plugins.hubspot_crm.simulator import seed_data as seed

HUBSPOT = HubSpotConnector()
DEAL = RecordRef("deal", seed.HARBOUR)
CONTACT = RecordRef("contact", seed.MARGARET)
PATHS = {"deal": "deals", "contact": "contacts"}
TASKS = "/crm/v3/objects/tasks"


def make(ctx, ref=DEAL, marker="run-1", **facts):
    draft = TaskDraft(**{"title": "Send the invoice", **facts})
    return HUBSPOT.create_task(ctx=ctx, ref=ref, task=draft, marker=marker)


def find(ctx, ref=DEAL, marker="run-1"):
    return HUBSPOT.find_task(ctx=ctx, ref=ref, marker=marker)


@pytest.fixture
def written(hubspot):
    """``written(ref)``: the properties of the tasks on a record."""

    def written(ref=DEAL):
        found = hubspot.tasks_on(seed.BRIGHTWATER.portal, PATHS[ref.kind], ref.id)
        return [task["properties"] for task in found]

    return written


@pytest.mark.parametrize("ref", [DEAL, CONTACT], ids=str)
def test_a_task_is_on_the_record_and_found_by_its_marker(ctx, written, ref):
    due = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    task = make(ctx, ref, due_at=due, assignee_id="61500102")
    [stored] = written(ref)
    assert stored["hs_task_subject"] == "Send the invoice"
    assert stored["hs_timestamp"] == "2026-12-01T09:30:00Z"
    assert stored["hubspot_owner_id"] == str(seed.TOMASZ)
    assert (stored["hs_task_status"], stored["hs_task_type"]) == ("NOT_STARTED", "TODO")
    assert find(ctx, ref) == task
    assert find(ctx, ref, "run-2") is None


def test_a_task_of_nobody_is_due_now(ctx, written):
    make(ctx)
    [stored] = written()
    assert "hubspot_owner_id" not in stored
    assert stored["hs_timestamp"][:10] == f"{ctx.clock():%Y-%m-%d}"


@pytest.mark.parametrize("user", ["61500104", "1", "x"])
def test_a_task_of_somebody_who_is_gone_is_not_made(ctx, written, user):
    with pytest.raises(Rejected) as caught:
        make(ctx, assignee_id=user)
    assert caught.value.code == "user_not_found"
    assert written() == []


def test_a_task_whose_answer_is_lost_is_found(ctx, hubspot, written):
    hubspot.faults.add("lost_reply", path=TASKS)
    with pytest.raises(OutcomeUnknown):
        make(ctx)
    assert find(ctx) is not None
    assert len(written()) == 1


def test_a_task_without_an_id_is_looked_up(ctx, replace):
    replace("create_task", lambda request: answer({}, 201))
    with pytest.raises(OutcomeUnknown):
        make(ctx)


def test_a_task_under_the_rate_limit_is_certainly_not_made(ctx, hubspot, written):
    hubspot.faults.add("rate_limited", path=TASKS)
    with pytest.raises(NotSent):
        make(ctx)
    assert written() == []


@pytest.mark.parametrize("ref", [RecordRef("deal", seed.KITCHEN), RecordRef("deal", "1")], ids=str)
def test_no_task_on_a_record_that_is_not_ours(ctx, hubspot, ref):
    with pytest.raises(NotFound):
        make(ctx, ref)
    assert hubspot.store.all(f"{seed.BRIGHTWATER.portal}/tasks") == []

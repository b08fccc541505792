"""Deals on their way through a pipeline of the simulated HubSpot."""

import pytest

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.records import RecordRef, StageChange, StageRef
from core.testing.faults import FaultKind
from plugins.hubspot_crm.connector import HubSpotConnector
from plugins.hubspot_crm.simulator import seed_data as seed

HUBSPOT = HubSpotConnector()
DEAL = RecordRef("deal", seed.HARBOUR)
RETAINER = RecordRef("deal", seed.LAUNCH)
PRESENTED = StageRef("default", "Sales Pipeline", "presentationscheduled", "Presentation Scheduled")
WON = StageRef("default", "Sales Pipeline", "closedwon", "Closed Won")
SIGNED = StageRef(seed.RETAINERS, "Retainers", seed.RETAINER_SIGNED, "Signed")


def move(ctx, ref, to, reason=None):
    return HUBSPOT.move_stage(
        ctx=ctx, ref=ref, pipeline_id=to.pipeline_id, stage_id=to.stage_id, reason=reason
    )


@pytest.fixture
def stored(hubspot):
    """``stored(id)``: the properties of a deal at the vendor."""

    def stored(id=seed.HARBOUR):
        return hubspot.store.get(f"{seed.BRIGHTWATER.portal}/deals", id)["properties"]

    return stored


def test_a_deal_is_moved_and_nothing_else_of_it_changes(ctx, stored):
    before = stored()
    assert move(ctx, DEAL, WON) == StageChange(PRESENTED, WON, changed=True)
    changed = {"dealstage": "closedwon", "hs_lastmodifieddate": stored()["hs_lastmodifieddate"]}
    assert stored() == before | changed


def test_a_deal_outside_of_the_default_pipeline(ctx):
    change = move(ctx, RETAINER, SIGNED)
    assert (change.after, change.changed) == (SIGNED, True)


def test_a_deal_that_stands_there_is_left_alone(ctx, stored, buckets):
    before = stored()
    assert move(ctx, DEAL, PRESENTED) == StageChange(PRESENTED, PRESENTED, changed=False)
    assert stored() == before
    assert buckets.taken == 2


def test_a_reason_is_kept_for_a_lost_deal(ctx, stored):
    lost = StageRef("default", "Sales Pipeline", "closedlost", "Closed Lost")
    assert move(ctx, DEAL, lost, "Too dear").changed
    assert stored()["closed_lost_reason"] == "Too dear"


def test_a_deal_in_no_pipeline_can_be_placed(ctx, hubspot, stored):
    deal = hubspot.store.get(f"{seed.BRIGHTWATER.portal}/deals", seed.HARBOUR)
    del deal["properties"]["dealstage"]
    hubspot.store.put(f"{seed.BRIGHTWATER.portal}/deals", seed.HARBOUR, deal)
    assert move(ctx, DEAL, WON) == StageChange(None, WON, changed=True)


@pytest.mark.parametrize(
    "to",
    [
        StageRef("default", "", "gone", ""),
        StageRef("999", "", "closedwon", ""),
        StageRef(seed.RETAINERS, "", "closedwon", ""),
        StageRef("70110045", "", "130011", ""),
        StageRef("../1", "", "../1", ""),
    ],
    ids=str,
)
def test_a_stage_that_is_gone(ctx, stored, to):
    before = stored()
    with pytest.raises(Rejected) as caught:
        move(ctx, DEAL, to)
    assert caught.value.code == "stage_not_found"
    assert stored() == before


def test_a_stage_of_another_pipeline(ctx, stored):
    before = stored()
    with pytest.raises(Rejected, match="Retainers") as caught:
        move(ctx, DEAL, SIGNED)
    assert caught.value.code == "other_pipeline"
    assert stored() == before


def test_a_contact_has_no_stages(ctx):
    with pytest.raises(Rejected) as caught:
        move(ctx, RecordRef("contact", seed.MARGARET), WON)
    assert caught.value.code == "stage_not_found"


@pytest.mark.parametrize("id", [seed.KITCHEN, "777", "../1"])
def test_a_deal_that_is_not_ours(ctx, id):
    with pytest.raises(NotFound):
        move(ctx, RecordRef("deal", id), WON)


def test_a_token_that_may_not_write(connect, stored):
    before = stored()
    with pytest.raises(Rejected, match=r'"crm\.objects\.deals\.write"') as caught:
        move(connect(seed.READ_ONLY), DEAL, WON)
    assert caught.value.code == "forbidden"
    assert stored() == before


def test_a_move_whose_answer_is_lost_is_seen_by_the_next_try(ctx, hubspot):
    hubspot.faults.add("lost_reply", method="PATCH")
    with pytest.raises(OutcomeUnknown):
        move(ctx, DEAL, WON)
    assert move(ctx, DEAL, WON) == StageChange(WON, WON, changed=False)


def test_a_move_whose_answer_cannot_be_read(ctx, hubspot):
    hubspot.faults.add("malformed", method="PATCH")
    assert move(ctx, DEAL, WON) == StageChange(PRESENTED, WON, changed=True)


def test_a_move_under_the_rate_limit_is_certainly_not_made(ctx, hubspot, stored):
    before = stored()
    hubspot.faults.add("rate_limited", method="PATCH")
    with pytest.raises(NotSent):
        move(ctx, DEAL, WON)
    assert stored() == before


def test_a_move_whose_result_cannot_be_asked_for(ctx, hubspot, replace):
    answer = hubspot.change_object

    def then_down(*args, **named):
        hubspot.faults.add(FaultKind.UNAVAILABLE, path="/objects/deals", times=None)
        return answer(*args, **named)

    replace("change_object", then_down)
    with pytest.raises(OutcomeUnknown, match="could not be asked"):
        move(ctx, DEAL, WON)


def test_a_move_that_cannot_be_seen(ctx, hubspot, replace):
    replace("change_object", lambda request, kind, id: hubspot.read_object(request, kind, id))
    with pytest.raises(OutcomeUnknown, match="where it was"):
        move(ctx, DEAL, WON)


def test_a_workflow_may_have_moved_the_deal_on(ctx, hubspot, replace):
    answer = hubspot.change_object

    def and_on(request, kind, id):
        done = answer(request, kind, id)
        deal = hubspot.store.get(f"{seed.BRIGHTWATER.portal}/deals", id)
        deal["properties"] |= {"dealstage": seed.RETAINER_OFFER, "pipeline": seed.RETAINERS}
        hubspot.store.put(f"{seed.BRIGHTWATER.portal}/deals", id, deal)
        return done

    replace("change_object", and_on)
    change = move(ctx, DEAL, WON)
    assert (change.before, change.after.stage_name, change.changed) == (PRESENTED, "Offer", True)

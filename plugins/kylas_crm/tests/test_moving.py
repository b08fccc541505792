"""Moves from stage to stage in the simulated Kylas: each happens once, whatever gets lost."""

from dataclasses import replace

import pytest

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.records import RecordRef, StageChange, StageRef
from plugins.kylas_crm.connector import KylasConnector
from plugins.kylas_crm.simulator import seed_data as seed

DEAL = RecordRef("deal", "4485")  # with product lines, in Negotiation
OTHER_DEAL = RecordRef("deal", "4486")  # without, in Proposal sent
TENDER = RecordRef("deal", "4492")  # in the first stage of the sequential pipeline
LEAD = RecordRef("lead", "3102")  # in Open
NEGOTIATION = StageRef("1494", "Default Deal Pipeline", "10733", "Negotiation")
WON = StageRef("1494", "Default Deal Pipeline", "10734", "Won")


@pytest.fixture
def move(ctx):
    def move(ref, stage, *, pipeline=seed.DEAL_PIPELINE, reason=None):
        return KylasConnector().move_stage(
            ctx=ctx, ref=ref, pipeline_id=str(pipeline), stage_id=str(stage), reason=reason
        )

    return move


@pytest.fixture
def deal(kylas):
    """``deal()``: the deal as Kylas stores it."""
    return lambda id=4485: kylas.tenant(seed.TENANT_A).get("deal", id)


def test_a_deal_is_won_with_its_products_and_value(move, deal):
    before = deal()
    assert move(DEAL, seed.DEAL_WON) == StageChange(NEGOTIATION, WON, changed=True)
    after = deal()
    assert after["pipeline"]["stage"]["name"] == "Won"
    assert after["forecastingType"] == "CLOSED_WON"
    assert after["products"] == before["products"]
    assert after["actualValue"] == before["actualValue"]


def test_a_deal_without_products(move, deal):
    assert move(OTHER_DEAL, seed.DEAL_WON).changed
    assert deal(4486)["products"] is None


def test_a_second_time_changes_nothing(move, deal):
    move(DEAL, seed.DEAL_WON)
    after = deal()
    assert move(DEAL, seed.DEAL_WON) == StageChange(WON, WON, changed=False)
    assert deal() == after


def test_a_lead(move):
    change = move(LEAD, seed.LEAD_WON, pipeline=seed.LEAD_PIPELINE)
    assert (change.before.stage_name, change.after.stage_name) == ("Open", "Won")


def test_a_lead_that_is_in_no_pipeline(move):
    change = move(RecordRef("lead", "3110"), seed.LEAD_WON, pipeline=seed.LEAD_PIPELINE)
    assert (change.before, change.after.stage_name) == (None, "Won")


@pytest.mark.parametrize(
    ("stage", "reason"),
    [(seed.DEAL_LOST, "Price too high"), (seed.DEAL_UNQUALIFIED, "Wrong region")],
)
def test_a_deal_is_closed_with_a_reason_and_keeps_its_products(move, deal, stage, reason):
    before = deal()
    assert move(DEAL, stage, reason=reason).changed
    assert deal()["pipelineStageReason"] == reason
    assert deal()["products"] == before["products"]


@pytest.mark.parametrize(
    ("reason", "code"), [(None, "reason_required"), ("Wrong region", "reason_unknown")]
)
def test_a_closing_reason_must_be_one_of_the_stage(move, deal, reason, code):
    before = deal()
    with pytest.raises(Rejected) as caught:
        move(DEAL, seed.DEAL_LOST, reason=reason)
    assert caught.value.code == code
    assert all(known in caught.value.user_message for known in seed.LOST_REASONS)
    assert deal() == before


@pytest.mark.parametrize(
    ("pipeline", "stage"),
    [
        (seed.DEAL_PIPELINE, 99),
        (seed.DEAL_PIPELINE, seed.TENDER_WON),
        (seed.LEAD_PIPELINE, seed.LEAD_WON),
        (seed.B_DEAL_PIPELINE, seed.B_DEAL_WON),
        (99, seed.DEAL_WON),
        ("../users/me", seed.DEAL_WON),
    ],
)
def test_a_stage_that_is_gone_or_of_something_else(move, deal, pipeline, stage):
    before = deal()
    with pytest.raises(Rejected) as caught:
        move(DEAL, stage, pipeline=pipeline)
    assert caught.value.code == "stage_not_found"
    assert deal() == before


def test_a_deal_is_not_taken_to_another_pipeline(move, deal):
    before = deal(4492)
    with pytest.raises(Rejected, match='"Tender Pipeline"') as caught:
        move(TENDER, seed.DEAL_WON)
    assert caught.value.code == "other_pipeline"
    assert deal(4492) == before


def test_a_record_that_is_gone(move):
    with pytest.raises(NotFound):
        move(RecordRef("deal", "99999999"), seed.DEAL_WON)


def test_a_sequential_pipeline_is_walked(move, kylas):
    change = move(TENDER, seed.TENDER_WON, pipeline=seed.TENDER_PIPELINE)
    assert (change.before.stage_name, change.after.stage_name) == ("Open", "Won")
    history = kylas.tenant(seed.TENANT_A).get("deal_stages", 4492)
    walked = (seed.TENDER_OPEN, seed.TENDER_TECHNICAL, seed.TENDER_PRICE, seed.TENDER_WON)
    assert {history[str(stage)]["status"] for stage in walked} == {"COMPLETED"}


def test_a_sequential_pipeline_is_given_up_from_any_stage(move, kylas):
    move(TENDER, seed.TENDER_LOST, pipeline=seed.TENDER_PIPELINE, reason="Not interested")
    history = kylas.tenant(seed.TENANT_A).get("deal_stages", 4492)
    assert history[str(seed.TENDER_TECHNICAL)]["status"] == "SKIPPED"


def test_a_walk_that_is_cut_short_goes_on_where_it_stopped(move, kylas):
    kylas.faults.add("rate_limited", path=f"pipeline-stages/{seed.TENDER_PRICE}/activate")
    with pytest.raises(NotSent):
        move(TENDER, seed.TENDER_WON, pipeline=seed.TENDER_PIPELINE)
    change = move(TENDER, seed.TENDER_WON, pipeline=seed.TENDER_PIPELINE)
    assert (change.before.stage_name, change.after.stage_name) == ("Technical bid", "Won")


@pytest.mark.parametrize("fault", ["lost_reply", "server_error", "unavailable"])
def test_after_an_unclear_answer_the_next_try_looks_first(move, deal, kylas, fault):
    kylas.faults.add(fault, path="/activate", method="POST")
    with pytest.raises(OutcomeUnknown):
        move(DEAL, seed.DEAL_WON)
    arrived = deal()["pipeline"]["stage"]["name"] == "Won"
    assert arrived == (fault == "lost_reply")
    before = deal()
    assert move(DEAL, seed.DEAL_WON).changed is not arrived
    assert (deal() == before) == arrived


def test_an_answer_that_can_not_be_read_needs_not_be(move, kylas):
    kylas.faults.add("malformed", path="/activate", method="POST")
    assert move(DEAL, seed.DEAL_WON).after == WON


class AtRequest:
    """A rate limit that does something before the n-th request: the fourth reads the result."""

    def __init__(self, number, do):
        self.left, self.do = number, do

    def acquire(self, timeout):
        self.left -= 1
        if self.left == 0:
            self.do()

    def pause(self, seconds): ...


def win_meanwhile(ctx, do):
    limit = AtRequest(4, do)
    return KylasConnector().move_stage(
        ctx=replace(ctx, token_bucket=lambda *_: limit),
        ref=DEAL,
        pipeline_id=str(seed.DEAL_PIPELINE),
        stage_id=str(seed.DEAL_WON),
        reason=None,
    )


def test_a_move_whose_result_can_not_be_read_is_unknown(ctx, deal, kylas):
    with pytest.raises(OutcomeUnknown, match="could not be asked"):
        win_meanwhile(ctx, lambda: kylas.faults.add("unavailable", times=None))
    assert deal()["pipeline"]["stage"]["name"] == "Won"


def test_a_move_that_left_no_trace_is_unknown(ctx, deal, kylas):
    before = deal()
    with pytest.raises(OutcomeUnknown, match="still shows"):
        win_meanwhile(ctx, lambda: kylas.tenant(seed.TENANT_A).put("deal", before))


def test_a_workflow_of_kylas_may_move_the_record_on(ctx, deal, kylas):
    proposal = {"id": seed.DEAL_PROPOSAL, "name": "Proposal sent"}

    def move_on():
        won = deal()
        pipeline = {**won["pipeline"], "stage": proposal}
        kylas.tenant(seed.TENANT_A).put("deal", {**won, "pipeline": pipeline})

    change = win_meanwhile(ctx, move_on)
    assert (change.changed, change.after.stage_name) == (True, "Proposal sent")

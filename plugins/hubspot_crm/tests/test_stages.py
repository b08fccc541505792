"""Which stage a deal may go to, and what is written for it."""

import pytest

from core.api.errors import Rejected
from core.api.records import Pipeline, Stage, StageOutcome, StageRef
from plugins.hubspot_crm import stages

OPEN = Stage("contractsent", "Contract Sent", 1)
LOST = Stage("closedlost", "Closed Lost", 2, StageOutcome.LOST)
SALES = Pipeline("default", "Sales Pipeline", "deal", (OPEN, LOST))
OFFER = Stage("139502261", "Offer", 1)
RETAINERS = Pipeline("74410882", "Retainers", "deal", (OFFER,))
ALL = (SALES, RETAINERS)


def test_a_stage_is_found_in_its_pipeline():
    assert stages.find(ALL, "74410882", "139502261") == (RETAINERS, OFFER)


@pytest.mark.parametrize(
    ("pipeline", "stage"),
    [("74410882", "contractsent"), ("default", "gone"), ("gone", "contractsent"), ("", "")],
)
def test_a_stage_that_is_not_in_the_pipeline_is_gone(pipeline, stage):
    with pytest.raises(Rejected) as caught:
        stages.find(ALL, pipeline, stage)
    assert caught.value.code == "stage_not_found"


@pytest.mark.parametrize("name", ["Sales Pipeline", ""])
def test_a_deal_stays_in_its_pipeline(name):
    before = StageRef("default", name, "contractsent", "Contract Sent")
    assert stages.check_pipeline(before, SALES) is None
    with pytest.raises(Rejected, match=f'"{name or "default"}"') as caught:
        stages.check_pipeline(before, RETAINERS)
    assert caught.value.code == "other_pipeline"


def test_a_deal_in_no_pipeline_may_go_to_any():
    assert stages.check_pipeline(None, RETAINERS) is None


@pytest.mark.parametrize(
    ("pipeline", "stage", "reason", "written"),
    [
        (SALES, OPEN, None, {"dealstage": "contractsent"}),
        (SALES, OPEN, "Too dear", {"dealstage": "contractsent"}),
        (SALES, LOST, None, {"dealstage": "closedlost"}),
        (SALES, LOST, "Too dear", {"dealstage": "closedlost", "closed_lost_reason": "Too dear"}),
        (RETAINERS, OFFER, None, {"dealstage": "139502261", "pipeline": "74410882"}),
    ],
)
def test_what_is_written(pipeline, stage, reason, written):
    assert stages.change(pipeline, stage, reason) == written

"""The action that moves the pipeline stage."""

from dataclasses import dataclass, field, replace

import pytest
import requests
from pydantic import ValidationError

from core.api.actions import Choice, Done, Planned, Problem, Skipped
from core.api.errors import NotSent, OutcomeUnknown, Rejected
from core.api.money import Money
from core.api.records import (
    Pipeline,
    Record,
    RecordRef,
    Stage,
    StageChange,
    StageOutcome,
    StageRef,
)
from core.testing.context import action_context, domain_event, preview_context
from plugins.actions_pipeline import register_actions
from plugins.actions_pipeline.settings import MoveStageConfig

ACTION = register_actions()[0]
OPEN = Stage("1", "Open", 1)
WON = Stage("2", "Won", 2, StageOutcome.WON)
LOST = Stage("3", "Lost", 3, StageOutcome.LOST, ("Too dear", "Too late"))
SALES = Pipeline("10", "Sales", "deal", (OPEN, WON, LOST))
ENQUIRIES = Pipeline("20", "Enquiries", "lead", (Stage("4", "New", 1),))
CONFIG = MoveStageConfig(
    record_kind="deal", pipeline_id="10", pipeline_name="Sales", stage_id="2", stage_name="Won"
)
DEAL = RecordRef("deal", "7")
EVENT = domain_event("payment.succeeded")


@dataclass
class Board:
    """A CRM with one deal; ``fails`` is raised by the next move, before it or after it."""

    stage: Stage | None = OPEN
    moves: list = field(default_factory=list)
    fails: Exception | None = None

    def fetch_record(self, ref):
        return Record(ref, "Office fit-out", "https://crm.example/7", stage=self._where())

    def list_pipelines(self, kind):
        return [one for one in (SALES, ENQUIRIES) if one.kind == kind]

    def move_stage(self, ref, pipeline_id, stage_id, reason):
        before = self._where()
        fails, self.fails = self.fails, None
        if isinstance(fails, NotSent | Rejected):
            raise fails
        if before and before.stage_id == stage_id:
            return StageChange(before, before, changed=False)
        self.stage = next(one for one in SALES.stages if one.id == stage_id)
        self.moves.append((ref, pipeline_id, stage_id, reason))
        if fails:
            raise fails
        return StageChange(before, self._where(), changed=True)

    def _where(self):
        return StageRef("10", "Sales", self.stage.id, self.stage.name) if self.stage else None


@pytest.fixture
def context():
    with requests.Session() as http:
        yield action_context(Board(), http=http)


def run(context, event=EVENT, config=CONFIG):
    return ACTION.run(ctx=context, event=event, config=config)


def choices(context, field, **draft):
    return ACTION.choices(ctx=context, field=field, draft=draft)


def test_the_deal_moves(context):
    assert run(context) == Done("Moved from Open to Won")
    assert context.crm.moves == [(DEAL, "10", "2", None)]


def test_the_reason_goes_along(context):
    lost = MoveStageConfig(record_kind="deal", pipeline_id="10", stage_id="3", reason="Too late")
    assert run(context, config=lost) == Done("Moved from Open to Lost")
    assert context.crm.moves == [(DEAL, "10", "3", "Too late")]


def test_a_deal_that_is_there_stays_there(context):
    context.crm.stage = WON
    assert run(context) == Skipped("was in Won already")
    assert context.crm.moves == []


def test_a_record_that_was_in_no_pipeline(context):
    context.crm.stage = None
    assert run(context) == Done("Moved to Won")


def test_a_rule_for_deals_leaves_leads_alone(context):
    lead = replace(EVENT, record=RecordRef("lead", "8"))
    assert run(context, lead) == Skipped("the rule is for deals, this is a lead")
    assert context.crm.moves == []


def left(name, minor):
    event = domain_event(name)
    return replace(event, link=replace(event.link, left=Money(minor, "INR")))


@pytest.mark.parametrize("name", ["payment.refunded", "dispute.closed"])
def test_a_deal_stays_while_money_is_left(context, name):
    assert run(context, left(name, 100)) == Skipped("1.00 INR of what was paid is still there")
    assert context.crm.moves == []


@pytest.mark.parametrize("minor", [0, -100])
@pytest.mark.parametrize("name", ["payment.refunded", "dispute.closed"])
def test_a_deal_moves_when_nothing_is_left(context, name, minor):
    assert run(context, left(name, minor)) == Done("Moved from Open to Won")


@pytest.mark.parametrize("name", ["payment.succeeded", "link.paid", "dispute.opened"])
def test_money_that_is_there_holds_no_other_event_up(context, name):
    assert run(context, left(name, 100)) == Done("Moved from Open to Won")


def test_a_run_that_comes_again_says_the_same(context):
    assert run(context) == run(context) == Done("Moved from Open to Won")
    assert len(context.crm.moves) == 1


def test_a_move_whose_answer_was_lost_counts_as_ours(context):
    context.crm.fails = OutcomeUnknown("The answer was lost.")
    with pytest.raises(OutcomeUnknown):
        run(context)
    assert run(context) == Done("Moved to Won")
    assert len(context.crm.moves) == 1


def test_a_move_that_never_arrived_is_made_by_the_next_try(context):
    context.crm.fails = NotSent("Try again.")
    with pytest.raises(NotSent):
        run(context)
    assert run(context) == Done("Moved from Open to Won")


def test_a_deal_of_another_pipeline_is_not_this_rules_business(context):
    context.crm.fails = Rejected("other_pipeline", "The record is in Tenders.")
    assert run(context) == Skipped("The record is in Tenders.")


def test_any_other_refusal_fails_the_run(context):
    context.crm.fails = Rejected("stage_not_found", "The stage is gone.")
    with pytest.raises(Rejected, match="stage_not_found"):
        run(context)


def test_kind_then_pipeline_then_stage_then_reason(context):
    assert choices(context, "record_kind") == [Choice("lead", "Lead"), Choice("deal", "Deal")]
    assert choices(context, "pipeline_id", record_kind="deal") == [Choice("10", "Sales")]
    assert choices(context, "pipeline_id", record_kind="lead") == [Choice("20", "Enquiries")]
    assert choices(context, "stage_id", record_kind="deal", pipeline_id="10") == [
        Choice("1", "Open"),
        Choice("2", "Won"),
        Choice("3", "Lost"),
    ]
    drafted = {"record_kind": "deal", "pipeline_id": "10"}
    assert choices(context, "reason", **drafted, stage_id="3") == [
        Choice("Too dear", "Too dear"),
        Choice("Too late", "Too late"),
    ]
    assert choices(context, "reason", **drafted, stage_id="2") == []


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("pipeline_id", {}),
        ("pipeline_id", {"record_kind": "contact"}),
        ("stage_id", {"record_kind": "deal"}),
        ("stage_id", {"record_kind": "lead", "pipeline_id": "10"}),
        ("reason", {"record_kind": "deal", "pipeline_id": "10", "stage_id": "4"}),
        ("colour", {"record_kind": "deal", "pipeline_id": "10", "stage_id": "3"}),
    ],
)
def test_a_draft_that_is_not_there_yet_has_no_options(context, field, draft):
    assert choices(context, field, **draft) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"stage_id": "3", "reason": "Too late"}, None),
        ({"record_kind": "contact"}, ("no records of the kind", "record_kind")),
        ({"pipeline_id": "11"}, ("no such pipeline", "pipeline_id")),
        ({"stage_id": "9"}, ("no such stage", "stage_id")),
        ({"stage_id": "3"}, ("needs a reason", "reason")),
        ({"stage_id": "3", "reason": "Too far"}, ('the reason "Too far"', "reason")),
    ],
)
def test_what_the_crm_has_no_more_is_a_problem(context, changes, problem):
    found = ACTION.check(ctx=context, config=CONFIG.model_copy(update=changes))
    if problem is None:
        assert found == []
    else:
        (only,) = found
        assert isinstance(only, Problem)
        assert problem[0] in only.message
        assert only.field == problem[1]


def test_the_summary_speaks_of_names():
    assert ACTION.summary(config=CONFIG) == "Move the deal to Won in Sales."
    lost = CONFIG.model_copy(update={"stage_name": "Lost", "reason": "Too late"})
    assert ACTION.summary(config=lost) == 'Move the deal to Lost in Sales, with the reason "Too late".'


def test_the_summary_falls_back_to_ids():
    bare = MoveStageConfig(record_kind="deal", pipeline_id="10", stage_id="2")
    assert ACTION.summary(config=bare) == "Move the deal to stage 2 in pipeline 10."


@pytest.mark.parametrize("missing", ["record_kind", "pipeline_id", "stage_id"])
def test_a_rule_needs_kind_pipeline_and_stage(missing):
    whole = {"record_kind": "deal", "pipeline_id": "10", "stage_id": "2"}
    with pytest.raises(ValidationError):
        MoveStageConfig(**{**whole, missing: ""})


def preview(context, event=EVENT, config=CONFIG):
    return ACTION.preview(ctx=preview_context(context), event=event, config=config)


def test_a_preview_names_both_stages_and_moves_nothing(context):
    assert preview(context) == [Planned("Move the deal “Office fit-out” from Open to Won.")]
    context.crm.stage = None
    assert preview(context) == [Planned("Move the deal “Office fit-out” to Won.")]
    assert context.crm.moves == []


def test_a_preview_says_why_nothing_would_move(context):
    lead = replace(EVENT, record=RecordRef("lead", "8"))
    assert preview(context, lead) == Skipped("the rule is for deals, this is a lead")
    elsewhere = CONFIG.model_copy(update={"pipeline_id": "20", "stage_id": "4", "record_kind": "deal"})
    with pytest.raises(Rejected, match="stage_not_found"):
        preview(context, config=elsewhere)
    context.crm.stage = WON
    assert preview(context) == Skipped("was in Won already")
    opened = CONFIG.model_copy(update={"stage_id": "1", "stage_name": "Open"})
    assert preview(context, config=opened) == Skipped("is in Won, and isn't taken back from there")


def test_a_late_event_leaves_a_won_deal_alone(context):
    context.crm.stage = WON
    opened = CONFIG.model_copy(update={"stage_id": "1", "stage_name": "Open"})
    assert run(context, config=opened) == Skipped("is in Won, and isn't taken back from there")
    assert context.crm.moves == []
    back = opened.model_copy(update={"way": "any"})
    context.once.results.clear()
    assert run(context, config=back) == Done("Moved from Won to Open")


def test_the_direction_is_a_choice_of_its_own(context):
    assert [one.value for one in choices(context, "way")] == ["forward", "any"]

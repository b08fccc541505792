"""The actions that set a field, change the owner and make a task."""

from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from pydantic import ValidationError

from core.api.actions import Choice, Done, PaymentFacts, Planned, Skipped
from core.api.errors import OutcomeUnknown, Rejected
from core.api.money import Money
from core.api.records import TaskDraft
from core.testing.conformance.action.model import DEAL, LEAD, USERS, ModelCrm, lost_reply, not_sent
from core.testing.context import EVENT_AT, Steps, action_context, domain_event, preview_context
from plugins.actions_crm_field import register_actions
from plugins.actions_crm_field.settings import OWNER, ChangeOwnerConfig, CreateTaskConfig, SetFieldConfig

SET, GIVE, MAKE = register_actions()
PAYMENT = PaymentFacts("pay_1", Money(125_000, "INR"), "Prakash Reddy", method="card")
PAID = domain_event("payment.succeeded", PAYMENT)
ON_A_LEAD = replace(PAID, record=LEAD)
STATE = SetFieldConfig(
    record_kind="deal", field_id="state", field_name="Payment state", choice="paid", choice_name="Paid"
)
RAVI = ChangeOwnerConfig(record_kind="deal", user_id="2", user_name="Ravi Iyer")
TASK = CreateTaskConfig(title="Invoice {{amount}} {{currency}}", due_days=3, user_id="2")


def text(field_id, value):
    return SetFieldConfig(record_kind="deal", field_id=field_id, text=value)


class Crm(ModelCrm):
    """The suite's CRM, which remembers the tasks that it was asked for."""

    def create_task(self, ref, task, marker):
        self.drafts = [*getattr(self, "drafts", []), (ref, task, marker)]
        return super().create_task(ref, task, marker)


@pytest.fixture
def context():
    steps = Steps()
    with requests.Session() as http:
        yield action_context(Crm(steps), http=http, once=steps)


def run(context, action, config, event=PAID):
    return action.run(ctx=context, event=event, config=config)


def anew(context):
    """The context of another run."""
    return replace(context, once=Steps(), run_id="01JD40")


@pytest.mark.parametrize(
    ("config", "written", "said"),
    [
        (STATE, "state of deal 7: paid", 'Set Payment state to "Paid"'),
        (text("reference", "{{payment.id}}"), "reference of deal 7: pay_1", 'to "pay_1"'),
        (text("received", "{{amount}}"), "received of deal 7: 1250.00", 'to "1250.00"'),
        (text("paid_on", "{{date}}"), "paid_on of deal 7: 2026-11-03", 'to "2026-11-03"'),
        (
            text("reference", "{{ currency }} by {{payer.name}}"),
            "reference of deal 7: INR by Prakash Reddy",
            "INR",
        ),
    ],
)
def test_a_field_is_set(context, config, written, said):
    outcome = run(context, SET, config)
    assert context.crm.written == [written]
    assert isinstance(outcome, Done)
    assert said in outcome.summary


def test_a_field_that_holds_it_already(context):
    run(context, SET, STATE)
    assert run(anew(context), SET, STATE) == Skipped('was "Paid" already')
    assert len(context.crm.written) == 1


def test_a_field_that_was_set_by_a_try_without_an_answer_counts_as_ours(context):
    context.crm.fails = lost_reply
    with pytest.raises(OutcomeUnknown):
        run(context, SET, STATE)
    context.crm.fails = lambda before: None
    assert run(context, SET, STATE) == Done('Set Payment state to "Paid"')
    assert len(context.crm.written) == 1


def test_what_is_not_known_is_not_written(context):
    config = text("reference", "{{payment.id}} {{payer.name}} {{link.id}}")
    outcome = run(context, SET, config, domain_event("link.expired"))
    assert outcome == Skipped("payment.id, payer.name is not known")
    assert context.crm.written == []


@pytest.mark.parametrize(("action", "config"), [(SET, STATE), (GIVE, RAVI)])
def test_a_rule_for_deals_leaves_leads_alone(context, action, config):
    outcome = run(context, action, config, ON_A_LEAD)
    assert outcome == Skipped("the rule is for deals, this is a lead")
    assert context.crm.asked == set()


def test_a_refusal_of_the_crm_fails_the_run(context):
    with pytest.raises(Rejected, match="field_not_found"):
        run(context, SET, text("gone", "Paid"))


def test_a_deal_is_given_to_somebody(context):
    assert run(context, GIVE, RAVI) == Done("Given from Asha Rao to Ravi Iyer")
    assert run(anew(context), GIVE, RAVI) == Skipped("was with Ravi Iyer already")
    assert context.crm.written == ["deal 7 to 2"]


def test_an_owner_who_was_set_by_a_try_without_an_answer_counts_as_ours(context):
    context.crm.fails = lost_reply
    with pytest.raises(OutcomeUnknown):
        run(context, GIVE, RAVI)
    context.crm.fails = lambda before: None
    assert run(context, GIVE, RAVI) == Done("Given to Ravi Iyer")


def test_an_owner_whom_no_try_has_set_is_set_by_the_next(context):
    context.once.begun.add("owner")
    assert run(context, GIVE, RAVI) == Done("Given from Asha Rao to Ravi Iyer")


def test_a_task_is_due_some_days_after_the_event(context):
    assert run(context, MAKE, TASK) == Done('Made the task "Invoice 1250.00 INR"')
    due = EVENT_AT + timedelta(days=3)
    draft = TaskDraft("Invoice 1250.00 INR", due, "2")
    assert context.crm.drafts == [(DEAL, draft, "dealpay-01JD3ZS5V7")]


def test_a_task_is_made_on_records_of_every_kind(context):
    run(context, MAKE, TASK, ON_A_LEAD)
    assert context.crm.written == ["task on lead 8: Invoice 1250.00 INR"]


def test_a_task_that_was_made_by_a_try_without_an_answer_is_found(context):
    context.crm.fails = lost_reply
    with pytest.raises(OutcomeUnknown):
        run(context, MAKE, TASK)
    context.crm.fails = not_sent
    assert run(context, MAKE, TASK) == Done('Made the task "Invoice 1250.00 INR"')


def test_a_task_that_no_try_has_made_is_made_by_the_next(context):
    context.once.begun.add("task")
    assert isinstance(run(context, MAKE, TASK), Done)
    assert len(context.crm.written) == 1


def choices(context, action, field, **draft):
    """pluggy leaves out what a verb doesn't name."""
    named = {"draft": draft} if action is SET else {"query": draft.get("query", "")}
    return action.choices(ctx=context, field=field, **named)


def test_kind_then_field_then_choice(context):
    assert choices(context, SET, "record_kind") == [Choice("lead", "Lead"), Choice("deal", "Deal")]
    ids = [one.value for one in choices(context, SET, "field_id", record_kind="deal")]
    assert ids == ["reference", "received", "paid_on", "state", "settled"]
    drafted = {"record_kind": "deal", "field_id": "state"}
    assert choices(context, SET, "choice", **drafted) == [Choice("due", "Due"), Choice("paid", "Paid")]
    drafted["field_id"] = "settled"
    assert choices(context, SET, "choice", **drafted) == [Choice("true", "Yes"), Choice("false", "No")]


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("field_id", {}),
        ("field_id", {"record_kind": "ticket"}),
        ("choice", {"record_kind": "deal"}),
        ("choice", {"record_kind": "deal", "field_id": "reference"}),
        ("choice", {"record_kind": "deal", "field_id": "changed_on"}),
        ("text", {"record_kind": "deal", "field_id": "state"}),
    ],
)
def test_a_draft_that_is_not_there_yet_has_no_options(context, field, draft):
    assert choices(context, SET, field, **draft) == []


@pytest.mark.parametrize("action", [GIVE, MAKE])
def test_users_who_are_there_can_be_chosen(context, action):
    found = [one for one in choices(context, action, "user_id") if one.value != OWNER]
    assert found == [Choice("1", "Asha Rao"), Choice("2", "Ravi Iyer")]
    assert choices(context, action, "title") == []


def test_kinds_can_be_chosen_for_an_owner(context):
    assert choices(context, GIVE, "record_kind") == [Choice("lead", "Lead"), Choice("deal", "Deal")]


@pytest.mark.parametrize(
    ("config", "message", "field"),
    [
        (STATE.model_copy(update={"record_kind": "ticket"}), "no records of the kind", "record_kind"),
        (text("gone", "Paid"), "no such field for deals any more", "field_id"),
        (text("changed_on", "2026-11-03"), "can't be written", "field_id"),
        (text("state", "paid"), "Choose what", "choice"),
        (STATE.model_copy(update={"choice": "gone"}), "no such choice any more", "choice"),
        (STATE.model_copy(update={"field_id": "reference"}), "has no choices", "choice"),
        (text("reference", ""), "takes a text", "text"),
        (text("received", "{{amount}} {{currency}}"), "takes a number", "text"),
        (text("paid_on", "3 November"), "takes a date", "text"),
    ],
)
def test_a_field_that_can_not_be_set_is_a_problem(context, config, message, field):
    (problem,) = SET.check(ctx=context, config=config)
    assert message in problem.message
    assert problem.field == field


@pytest.mark.parametrize(
    "config",
    [
        STATE,
        STATE.model_copy(update={"field_id": "settled", "choice": "false"}),
        text("reference", "Paid by {{payer.name}}"),
        text("received", "{{amount}}"),
        text("paid_on", "{{date}}"),
    ],
)
def test_a_field_that_can_be_set_is_none(context, config):
    assert SET.check(ctx=context, config=config) == []


@pytest.mark.parametrize("user_id", ["3", "gone"])
def test_a_user_who_has_left_is_a_problem(context, user_id):
    for action, config in ((GIVE, RAVI), (MAKE, TASK)):
        assert action.check(ctx=context, config=config) == []
        (problem,) = action.check(ctx=context, config=config.model_copy(update={"user_id": user_id}))
        assert problem.field == "user_id"


def test_an_owner_of_no_known_kind_of_record_is_a_problem(context):
    (problem,) = GIVE.check(ctx=context, config=RAVI.model_copy(update={"record_kind": "ticket"}))
    assert problem.field == "record_kind"


def test_a_task_of_nobody_in_particular_has_no_problem(context):
    assert MAKE.check(ctx=context, config=CreateTaskConfig(title="Call")) == []
    assert context.crm.asked == set()


@pytest.mark.parametrize(
    ("action", "config", "sentence"),
    [
        (SET, STATE, 'Set Payment state of the deal to "Paid".'),
        (SET, text("received", "{{amount}}"), 'Set field received of the deal to "{{amount}}".'),
        (GIVE, RAVI, "Give the deal to Ravi Iyer."),
        (GIVE, ChangeOwnerConfig(record_kind="lead", user_id="2"), "Give the lead to user 2."),
        (MAKE, CreateTaskConfig(title="Call"), 'Make a task, due in 1 day: "Call".'),
        (
            MAKE,
            CreateTaskConfig(title="Call", due_days=0, user_id="2", user_name="Ravi Iyer"),
            'Make a task for Ravi Iyer, due the same day: "Call".',
        ),
        (
            MAKE,
            CreateTaskConfig(title="Call", due_days=9, user_id="2"),
            'Make a task for user 2, due in 9 days: "Call".',
        ),
    ],
)
def test_a_summary(action, config, sentence):
    assert action.summary(config=config) == sentence


def test_a_long_value_is_cut_in_a_sentence():
    sentence = SET.summary(config=text("reference", "x" * 400))
    assert sentence.endswith('x…".')
    assert len(sentence) < 130


@pytest.mark.parametrize("broken", ["{{link.colour}}", "{{amount}", "{{}}"])
def test_a_variable_that_is_not_there_is_refused(broken):
    with pytest.raises(ValidationError):
        text("reference", broken)
    with pytest.raises(ValidationError):
        CreateTaskConfig(title=f"Call {broken}")


@pytest.mark.parametrize("days", [-1, 366])
def test_a_task_is_due_within_a_year(days):
    with pytest.raises(ValidationError):
        CreateTaskConfig(title="Call", due_days=days)


def preview(context, action, config, event=PAID):
    return action.preview(ctx=preview_context(context), event=event, config=config)


def test_previews_say_what_would_be_written(context):
    assert preview(context, SET, STATE) == [
        Planned('Set Payment state of the deal “Office fit-out” to "Paid".')
    ]
    assert preview(context, GIVE, RAVI) == [
        Planned("Give the deal “Office fit-out”, which is Asha Rao's, to Ravi Iyer.")
    ]
    assert preview(context, MAKE, TASK.model_copy(update={"user_name": "Ravi Iyer"})) == [
        Planned(
            "Make the task “Invoice 1250.00 INR” on the deal “Office fit-out” for Ravi Iyer, due on "
            "2026-11-06."
        )
    ]
    assert context.crm.written == []


def test_previews_say_why_nothing_would_be_written(context):
    for action, config in ((SET, STATE), (GIVE, RAVI)):
        other = preview(context, action, config, ON_A_LEAD)
        assert other == Skipped("the rule is for deals, this is a lead")
    asha = ChangeOwnerConfig(record_kind="deal", user_id="1")
    assert preview(context, GIVE, asha) == Skipped("was with Asha Rao already")
    with pytest.raises(Rejected, match="field_not_found"):
        preview(context, SET, text("gone", "x"))


def test_a_task_for_whoever_owns_the_record(context):
    config = CreateTaskConfig(title="Call", user_id=OWNER)
    assert MAKE.check(ctx=context, config=config) == []
    assert MAKE.summary(config=config) == 'Make a task for the owner, due in 1 day: "Call".'
    assert preview(context, MAKE, config) == [
        Planned("Make the task “Call” on the deal “Office fit-out” for Asha Rao, due on 2026-11-04.")
    ]
    run(context, MAKE, config)
    assert context.crm.drafts[-1][1].assignee_id == "1"


def test_a_task_of_an_owner_who_has_left_is_left_to_the_crm(context):
    context.crm._owners[DEAL] = USERS[2]
    run(context, MAKE, CreateTaskConfig(title="Call", user_id=OWNER))
    assert context.crm.drafts[-1][1].assignee_id is None


@pytest.mark.parametrize("action", [GIVE, MAKE])
def test_users_are_found_by_a_part_of_their_name(context, action):
    found = [one.value for one in choices(context, action, "user_id", query="ravi")]
    assert [one for one in found if one != OWNER] == ["2"]

"""What follows a payment: each effect once, and in order."""

from typing import Any

import pytest

from core.jobs.runner import DELAYS
from core.jobs.worker import Worker
from core.rules.models import ActionRun, Rule
from core.rules.tasks import StepLog
from tests.functional.test_lost_links import crash, wait_until
from tests.rules import add_rule
from tests.support import Clock, each_engine
from tests.workspace import LEAD, MOVE_DEAL, MOVE_LEAD, NOTE, PAID_NOTE, Workspace

pytestmark = each_engine

WRITE_NOTE = "POST /v1/notes/relation"


def fail(workspace: Workspace, kind: str, path: str = "", times: int | None = 1) -> None:
    workspace.sims.kylas.faults.add(kind, path=path, times=times)


def paid(workspace: Workspace) -> str:
    """A paid link on the deal, everything that follows still to be done; its id."""
    link_id = workspace.open_link()
    workspace.work()
    workspace.pay(link_id)
    workspace.deliver()
    (delivery,) = workspace.deliveries()
    workspace.app.jobs.run(workspace.app, "webhook_deliveries", delivery.id)
    return link_id


def outcome(workspace: Workspace, rule_name: str) -> tuple[str, str | None]:
    run = workspace.run(rule_name)
    return run.job_state, run.result


# Once


@pytest.mark.parametrize(
    ("fault", "written"), [("lost_reply", 1), ("malformed", 1), ("unavailable", 0), ("server_error", 0)]
)
def test_a_note_whose_answer_is_lost_is_written_once(
    workspace: Workspace, clock: Clock, fault: str, written: int
) -> None:
    workspace.open_link()
    fail(workspace, fault, "/v1/notes/relation")
    workspace.work()
    run = workspace.run(NOTE)
    assert (run.job_state, len(workspace.notes())) == ("pending", written)
    assert "may or may not" in str(run.last_error) or "under which id" in str(run.last_error)
    clock.turn(seconds=DELAYS[0])
    workspace.work()
    assert outcome(workspace, NOTE) == ("done", "Note written")
    assert len(workspace.notes()) == 1
    assert workspace.sims.asked(WRITE_NOTE) == 2 - written


def test_a_move_whose_answer_is_lost_is_made_once(workspace: Workspace, clock: Clock) -> None:
    link_id = paid(workspace)
    fail(workspace, "lost_reply", "/pipeline-stages/")
    workspace.work()
    assert workspace.runs(link_id)[MOVE_DEAL] == "pending"
    clock.turn(seconds=DELAYS[0])
    workspace.work()
    assert outcome(workspace, MOVE_DEAL) == ("done", "Moved to Won")
    assert (workspace.stage(), workspace.moves()) == ("Won", 1)


def test_a_crash_after_the_note_was_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.open_link()
    with monkeypatch.context() as crashing:
        crashing.setattr(StepLog, "_record", crash)
        with pytest.raises(KeyboardInterrupt):
            workspace.app.jobs.run(workspace.app, "action_runs", workspace.run(NOTE).id)
    assert (workspace.run(NOTE).job_state, len(workspace.notes())) == ("running", 1)
    worker = Worker(workspace.app, alone=True)
    worker.start()
    try:
        wait_until(lambda: workspace.run(NOTE).job_state == "done")
    finally:
        worker.stop()
    assert (len(workspace.notes()), workspace.sims.asked(WRITE_NOTE)) == (1, 1)


def test_a_rule_that_changes_acts_upon_no_fact_again(workspace: Workspace) -> None:
    link_id = paid(workspace)
    workspace.work()
    before = workspace.runs(link_id)
    for rule in workspace.rows(Rule):
        save(workspace, rule, dict(rule.actions[0].config))
    (delivery,) = workspace.deliveries()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        workspace.app.jobs.retry(session, session.merge(delivery))
    workspace.work()
    assert workspace.runs(link_id) == before
    assert (workspace.moves(), len(workspace.notes())) == (1, 2)


def save(workspace: Workspace, rule: Rule, config: dict[str, Any], *, enabled: bool = True) -> None:
    action = rule.actions[0].action
    add_rule(
        workspace.app,
        workspace.owner,
        rule.name,
        rule.event,
        (action, workspace.app.plugins.action(action).Config(**config)),
        enabled=enabled,
        rule_id=rule.id,
    )


# In order


def test_what_waits_for_the_crm_is_done_in_order_once_it_is_back(
    workspace: Workspace, clock: Clock
) -> None:
    link_id = workspace.open_link()
    elsewhere = workspace.new_link(LEAD)
    fail(workspace, "unavailable", times=None)
    waits = []
    for delay in DELAYS[:3]:
        workspace.work()
        run = workspace.run(NOTE)
        waits.append((run.job_state, run.attempts, (run.due_at - clock()).total_seconds()))
        clock.turn(seconds=delay)
    assert waits == [("pending", number, delay) for number, delay in enumerate(DELAYS[:3], 1)]

    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    assert workspace.runs(link_id)[MOVE_DEAL] == "pending"
    assert workspace.run(MOVE_DEAL).attempts == 0  # it stands in line behind the note
    workspace.sims.kylas.faults.clear()
    assert workspace.create(elsewhere).outcome == "open"
    workspace.work()
    assert len(workspace.notes(LEAD)) == 1  # another record needn't wait
    assert workspace.notes() == []

    clock.turn(seconds=DELAYS[3])
    workspace.work()
    assert set(workspace.runs(link_id).values()) == {"done", "skipped"}
    first, second = workspace.notes()
    assert first.startswith("Payment link ")
    assert second.startswith("1.00 INR was paid by ")
    finished = [run.rule_name for run in workspace.rows(ActionRun, ActionRun.link_id == link_id)]
    assert finished == [NOTE, PAID_NOTE, MOVE_DEAL, MOVE_LEAD]


def test_a_busy_crm_is_left_alone_and_asked_again(workspace: Workspace, clock: Clock) -> None:
    workspace.open_link()
    fail(workspace, "rate_limited", "/v1/notes/relation", times=2)
    for _ in range(2):
        workspace.work()
        assert workspace.run(NOTE).last_error == "Kylas asks us to slow down."
        clock.turn(seconds=DELAYS[1])
    workspace.work()
    assert outcome(workspace, NOTE) == ("done", "Note written")
    assert len(workspace.notes()) == 1


# Not at all


def test_the_rule_for_leads_leaves_a_deal_alone(workspace: Workspace) -> None:
    paid(workspace)
    workspace.work()
    assert outcome(workspace, MOVE_LEAD) == ("skipped", "the rule is for leads, this is a deal")


def test_a_deal_that_is_won_already_stays_there(workspace: Workspace) -> None:
    for _ in range(2):
        link_id = workspace.open_link()
        workspace.pay(link_id)
        workspace.deliver()
        workspace.work()
    second = workspace.rows(ActionRun, ActionRun.rule_name == MOVE_DEAL)[1]
    assert (second.job_state, second.result) == ("skipped", "was in Won already")
    assert workspace.moves() == 1


def test_a_rule_that_is_off_makes_no_run(workspace: Workspace) -> None:
    for rule in workspace.rows(Rule):
        save(workspace, rule, dict(rule.actions[0].config), enabled=False)
    link_id = paid(workspace)
    workspace.work()
    assert workspace.runs(link_id) == {}
    assert workspace.link(link_id).state == "paid"

"""A stage that is gone from the CRM pauses the rule: nothing is lost, and saving it goes on."""

from typing import Any

import pytest

from core.audit.models import AuditEntry
from core.rules import service
from core.rules.models import ActionRun, Rule
from core.rules.pauses import GONE, PAUSED
from plugins.kylas_crm.simulator import seed_data
from tests.functional.test_rule_pages import rule
from tests.pages import form_to, words
from tests.rules import add_rule
from tests.support import Browser
from tests.workspace import LEAD, MOVE_DEAL, Workspace


def paid(workspace: Workspace, *args: Any) -> None:
    workspace.pay(workspace.open_link(*args))
    workspace.deliver()
    workspace.work()


@pytest.fixture
def vanished(workspace: Workspace) -> Rule:
    """The rule that wins deals, after a payment came and somebody had deleted the stage."""
    tenant = workspace.sims.kylas.tenant(seed_data.TENANT_A)
    pipeline = tenant.get("pipeline", seed_data.DEAL_PIPELINE)
    assert pipeline
    stages = [stage for stage in pipeline["stages"] if stage["name"] != "Won"]
    tenant.put("pipeline", pipeline | {"stages": stages})
    paid(workspace)
    return rule(workspace, MOVE_DEAL)


def runs(workspace: Workspace) -> list[tuple[str, str | None]]:
    found = workspace.rows(ActionRun, ActionRun.rule_name == MOVE_DEAL)
    return [(run.job_state, run.result) for run in found]


def test_a_vanished_stage_pauses_the_rule_and_says_so(
    member: Browser, workspace: Workspace, vanished: Rule
) -> None:
    assert vanished.paused_at
    ((state, reason),) = runs(workspace)
    assert (state, reason) == ("failed", vanished.paused_reason)
    page = member.get("/rules")
    assert f"“{MOVE_DEAL}” is paused" in words(page)
    assert str(vanished.paused_reason) in words(page)
    assert "This rule is paused" in words(member.get(f"/rules/{vanished.id}"))
    assert f"The rule “{MOVE_DEAL}” is paused" in words(member.get("/"))
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        assert [one.id for one in service.paused_rules(session)] == [vanished.id]
    assert workspace.rows(AuditEntry, AuditEntry.action == "rule.paused")


def test_what_comes_meanwhile_is_kept_and_asks_nobody(workspace: Workspace, vanished: Rule) -> None:
    moves = workspace.moves()
    paid(workspace)
    assert runs(workspace)[1:] == [("failed", PAUSED)]
    assert workspace.moves() == moves
    states = {run.rule_name: run.job_state for run in workspace.rows(ActionRun)}
    assert states["Paid: note"] == "done"  # the other rules go on


def test_saved_with_what_is_there_it_goes_on_and_offers_the_rest(
    member: Browser, workspace: Workspace, vanished: Rule
) -> None:
    paid(workspace)
    path = f"/rules/{vanished.id}"
    form = form_to(member.get(path), path)
    stages = {label: value for value, _, label in form["1-move_stage-stage_id"].options}
    form["1-move_stage-stage_id"] = stages["Proposal sent"]
    form["1-move_stage-way"] = "any"
    page = form.submit(status=303).follow()
    assert page.request.path == f"{path}/runs"
    assert "2 actions that failed meanwhile can be retried." in page.html.select_one(".flashes").text
    assert rule(workspace, MOVE_DEAL).paused_at is None
    form_to(page, f"{path}/retry").submit(status=303)
    workspace.work()
    assert [state for state, _ in runs(workspace)] == ["done", "skipped"]
    assert workspace.stage() == "Proposal sent"


def test_with_the_stage_back_it_is_saved_as_it_is(
    member: Browser, workspace: Workspace, vanished: Rule
) -> None:
    workspace.sims.kylas.reset()
    path = f"/rules/{vanished.id}"
    form_to(member.get(path), path).submit(status=303)
    assert rule(workspace, MOVE_DEAL).paused_at is None


def test_a_run_from_before_the_rule_was_mended_pauses_nothing(
    workspace: Workspace, vanished: Rule
) -> None:
    action = vanished.actions[0]
    gone = dict(action.config)
    mended = workspace.app.plugins.action("move_stage").Config(
        **gone | {"stage_id": str(seed_data.DEAL_PROPOSAL), "stage_name": "Proposal sent"}
    )
    add_rule(
        workspace.app,
        workspace.owner,
        MOVE_DEAL,
        vanished.event,
        ("move_stage", mended),
        rule_id=vanished.id,
    )
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        run = session.get_one(ActionRun, workspace.run(MOVE_DEAL).id)
        workspace.app.jobs.retry(session, run)  # as it was, with the old stage
    workspace.work()
    assert runs(workspace)[0][0] == "failed"
    assert rule(workspace, MOVE_DEAL).paused_at is None


def test_a_record_that_is_gone_pauses_nothing(workspace: Workspace) -> None:
    link_id = workspace.open_link(LEAD)
    workspace.sims.kylas.tenant(seed_data.TENANT_A).delete("lead", LEAD.id)
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    assert [one for one in workspace.rows(Rule) if one.paused_at] == []
    assert "not_found" not in GONE


def test_a_rule_that_is_off_is_no_alarm(member: Browser, workspace: Workspace, vanished: Rule) -> None:
    service.set_enabled(workspace.app, workspace.owner, vanished.id, False)
    assert "is paused" not in words(member.get("/rules"))
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        assert service.paused_rules(session) == []

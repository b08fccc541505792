"""Runs that were given up: each says why in a sentence, and Retry does them once it is mended."""

from typing import Any

import pytest

from core.connections import service as connections
from core.rules import service
from core.rules.models import ActionRun, Rule
from plugins.kylas_crm.simulator import seed_data
from plugins.kylas_crm.simulator.state import Tenant
from tests.functional.test_rules import outcome, paid, save
from tests.support import each_engine
from tests.workspace import DEAL, MOVE_DEAL, NOTE, PAID_NOTE, Workspace

pytestmark = each_engine


@pytest.fixture
def northwind(workspace: Workspace) -> Tenant:
    """The workspace's CRM tenant, from the inside."""
    return workspace.sims.kylas.tenant(seed_data.TENANT_A)


def retry(workspace: Workspace, rule_name: str) -> ActionRun:
    """Somebody clicks Retry; the run as it is afterwards."""
    assert service.retry_run(workspace.app, workspace.owner, workspace.run(rule_name).id)
    workspace.work()
    return workspace.run(rule_name)


def without_won(northwind: Tenant) -> None:
    pipeline = northwind.get("pipeline", seed_data.DEAL_PIPELINE)
    assert pipeline
    stages = [stage for stage in pipeline["stages"] if stage["id"] != seed_data.DEAL_WON]
    northwind.put("pipeline", pipeline | {"stages": stages})


def test_a_stage_that_was_deleted(workspace: Workspace, northwind: Tenant) -> None:
    link_id = paid(workspace)
    pipeline = northwind.get("pipeline", seed_data.DEAL_PIPELINE)
    without_won(northwind)
    workspace.work()
    assert outcome(workspace, MOVE_DEAL) == (
        "failed",
        f"Kylas has no stage {seed_data.DEAL_WON} in this pipeline any more. "
        "Choose a stage again in the rule. The payment is not affected.",
    )
    assert workspace.runs(link_id)[PAID_NOTE] == "done"  # nothing else waits for a person
    assert pipeline
    northwind.put("pipeline", pipeline)
    assert retry(workspace, MOVE_DEAL).job_state == "done"
    assert workspace.stage() == "Won"


def test_a_stage_that_was_deleted_and_another_chosen(workspace: Workspace, northwind: Tenant) -> None:
    paid(workspace)
    without_won(northwind)
    workspace.work()
    assert workspace.run(MOVE_DEAL).job_state == "failed"
    assert retry(workspace, MOVE_DEAL).job_state == "failed"

    (rule,) = workspace.rows(Rule, Rule.name == MOVE_DEAL)
    chosen = {"stage_id": str(seed_data.DEAL_PROPOSAL), "stage_name": "Proposal sent", "way": "any"}
    save(workspace, rule, rule.actions[0].config | chosen)
    assert retry(workspace, MOVE_DEAL).job_state == "done"
    assert workspace.stage() == "Proposal sent"


def test_a_record_that_is_gone(workspace: Workspace, northwind: Tenant) -> None:
    link_id = paid(workspace)
    northwind.delete("deal", DEAL.id)
    workspace.work()
    for rule_name in (MOVE_DEAL, PAID_NOTE):
        state, reason = outcome(workspace, rule_name)
        assert state == "failed"
        assert str(reason).startswith("Kylas finds nothing there: it was deleted, belongs to another")
    assert workspace.link(link_id).state == "paid"


def test_a_note_that_the_crm_refuses(workspace: Workspace, northwind: Tenant) -> None:
    workspace.open_link()
    user = northwind.get("user", seed_data.ASHA)
    assert user
    profile = northwind.get("profile", user["profileId"])
    assert profile
    northwind.put("profile", profile | {"permissions": profile["permissions"] | {"note": ["read"]}})
    workspace.work()
    state, reason = outcome(workspace, NOTE)
    assert state == "failed"
    assert "You don't have permission on the associated entity" in str(reason)
    northwind.put("profile", profile)
    assert retry(workspace, NOTE).job_state == "done"
    assert len(workspace.notes()) == 1


def test_the_crms_key_was_revoked(workspace: Workspace) -> None:
    def connection() -> Any:
        with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
            return connections.crm_connection(session)

    workspace.open_link()
    store = workspace.sims.kylas.store
    owner = store.get("api_key", seed_data.API_KEY_A)
    assert owner
    store.delete("api_key", seed_data.API_KEY_A)
    workspace.work()
    state, reason = outcome(workspace, NOTE)
    assert state == "failed"
    assert "Kylas does not accept this API key." in str(reason)
    assert (connection().health, connection().last_error) == ("failing", reason)

    store.put("api_key", seed_data.API_KEY_A, owner)
    assert retry(workspace, NOTE).job_state == "done"
    assert (connection().health, connection().last_error) == ("ok", None)


def test_a_configuration_that_no_longer_fits_its_action(workspace: Workspace) -> None:
    workspace.open_link()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.merge(workspace.run(NOTE)).config = {"template": "{{link.colour}}"}
    workspace.work()
    assert outcome(workspace, NOTE) == (
        "failed",
        "The rule no longer fits its action: open it and save it again.",
    )
    assert retry(workspace, NOTE).job_state == "done"


def test_an_action_whose_plugin_is_gone(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.open_link()
    with monkeypatch.context() as gone:
        gone.delitem(workspace.app.plugins._actions, "write_note")
        workspace.work()
    state, reason = outcome(workspace, NOTE)
    assert state == "failed"
    assert "its plugin is missing, switched off or failed" in str(reason)
    assert retry(workspace, NOTE).job_state == "done"


def test_only_what_was_given_up_is_retried(workspace: Workspace) -> None:
    workspace.open_link()
    run_id = workspace.run(NOTE).id
    assert not service.retry_run(workspace.app, workspace.owner, run_id)
    workspace.work()
    assert not service.retry_run(workspace.app, workspace.owner, run_id)
    assert not service.retry_run(workspace.app, workspace.owner, "run_unknown")

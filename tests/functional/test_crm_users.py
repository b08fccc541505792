"""Who still is a user of the CRM is asked for, and whoever isn't is let in no more."""

from core.connections.models import CrmConnection
from core.people import service as people
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from tests.support import Clock
from tests.workspace import Workspace


def follow(workspace: Workspace) -> str | None:
    return workspace.app.jobs.periodics["crm.users"].function(workspace.app)


def leaves(workspace: Workspace, user_id: int) -> None:
    tenant = workspace.sims.kylas.tenant(seed_data.TENANT_A)
    tenant.put("user", tenant.get("user", user_id) | {"active": False})


def test_whoever_has_left_is_locked_out(workspace: Workspace, clock: Clock) -> None:
    assert follow(workspace) is None
    leaves(workspace, seed_data.RAVI)
    assert follow(workspace) is None  # asked a moment ago
    clock.turn(hours=7)
    assert follow(workspace) == "1 members were locked out, as their CRM has."
    assert people.member_by_email(workspace.app, demo.REP) is None
    assert people.member_by_email(workspace.app, demo.OWNER)


def test_a_crm_that_does_not_answer_locks_nobody_out(workspace: Workspace, clock: Clock) -> None:
    leaves(workspace, seed_data.RAVI)
    workspace.sims.kylas.faults.add("unavailable", times=None)
    assert follow(workspace) is None
    assert people.member_by_email(workspace.app, demo.REP)
    workspace.sims.kylas.faults.clear()
    clock.turn(hours=7)
    assert follow(workspace)


def test_a_list_of_nobody_locks_nobody_out(workspace: Workspace) -> None:
    tenant = workspace.sims.kylas.tenant(seed_data.TENANT_A)
    for user in tenant.all("user"):
        tenant.put("user", user | {"active": False})
    assert follow(workspace) is None
    assert people.member_by_email(workspace.app, demo.REP)


def test_a_key_that_is_refused_is_not_asked_at_once_again(workspace: Workspace) -> None:
    workspace.sims.kylas.store.delete("api_key", seed_data.API_KEY_A)
    assert follow(workspace) is None
    [connection] = workspace.rows(CrmConnection)
    assert connection.users_seen_at
    asked = workspace.sims.asked("POST")
    assert follow(workspace) is None
    assert workspace.sims.asked("POST") == asked

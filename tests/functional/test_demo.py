"""The start state of the sandbox: made as a person makes it, and made again."""

import pytest
from sqlalchemy import func, select

from core.connections.models import CrmConnection, PaymentAccount
from core.db.session import ALL_TENANTS
from core.models import metadata
from core.people import service as people
from core.rules.models import Rule
from core.sandbox import demo
from core.tenants.models import Tenant
from plugins.kylas_crm.simulator import seed_data
from tests.workspace import MOVE_DEAL, MOVE_LEAD, NOTE, PAID_NOTE, Workspace, everything


def test_it_is_fully_connected(workspace: Workspace) -> None:
    (tenant,) = everything(workspace.app, Tenant)
    assert (tenant.crm, tenant.crm_tenant_id) == ("kylas", str(seed_data.TENANT_A))
    (connection,) = workspace.rows(CrmConnection)
    (account,) = workspace.rows(PaymentAccount)
    assert (connection.health, account.health) == ("ok", "ok")
    assert (account.mode, account.active) == ("test", True)
    assert account.unit_product_ref
    assert account.webhook_ref
    assert account.sealed_secrets
    assert {rule.name for rule in workspace.rows(Rule) if rule.enabled} == {
        NOTE,
        MOVE_DEAL,
        MOVE_LEAD,
        PAID_NOTE,
    }


@pytest.mark.parametrize(
    ("email", "crm_user", "role"),
    [(demo.OWNER, seed_data.ASHA, "owner"), (demo.REP, seed_data.RAVI, "rep")],
)
def test_its_people_are_users_of_the_crm(
    workspace: Workspace, email: str, crm_user: int, role: str
) -> None:
    user_id = people.sign_in(workspace.app, email=email, password=demo.PASSWORD, ip=None)
    member = people.load_member(workspace.app, user_id)
    assert member
    assert (member.crm_user_id, member.role, member.tenant_id) == (
        str(crm_user),
        role,
        workspace.tenant_id,
    )


def test_it_is_put_back_with_nothing_of_before(workspace: Workspace) -> None:
    workspace.pay(workspace.open_link())
    workspace.deliver()
    workspace.work()
    demo.clear(workspace.app)
    assert demo.is_missing(workspace.app)
    with workspace.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        left = {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
            if "tenant_id" in table.c
        }
    assert set(left.values()) == {0}, left

    workspace.sims.stripe.reset()
    workspace.sims.kylas.reset()
    again = Workspace.build(workspace.app, workspace.sims)
    assert again.tenant_id != workspace.tenant_id
    assert not demo.is_missing(workspace.app)
    assert again.create().outcome == "open"

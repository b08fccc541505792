"""Workspaces, and the CRM tenant each belongs to."""

import pytest
from sqlalchemy import select

from core.app import App
from core.db.session import ALL_TENANTS
from core.people.models import User
from core.people.service import Member
from core.rules.models import Rule, RuleAction
from core.tenants import service
from core.tenants.service import AlreadyBound


def bind(app: App, member: Member, external_id: str, crm: str = "kylas") -> None:
    with app.db.unit_of_work(member.tenant_id) as session:
        service.bind_to_crm(session, member.tenant_id, crm, external_id, "Acme CRM")


def test_a_new_workspace_has_its_rules_and_the_session(app: App, stranger: Member) -> None:
    with app.db.unit_of_work(ALL_TENANTS) as session:
        tenant = service.create_workspace(app, session, "New")
        session.add(User(email="new@example.com", name="New", role="owner"))
        session.flush()
        assert session.scalars(select(User.email)).all() == ["new@example.com"]
        rules = session.scalars(select(Rule)).all()
        assert {rule.tenant_id for rule in rules} == {tenant.id}
        assert {row.tenant_id for row in session.scalars(select(RuleAction))} == {tenant.id}
        assert service.get(session, tenant.id).name == "New"


def test_the_first_key_binds_and_the_same_one_is_fine(app: App, owner: Member) -> None:
    bind(app, owner, "42")
    bind(app, owner, "42")
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        tenant = service.get(session, owner.tenant_id)
    assert (tenant.crm, tenant.crm_tenant_id) == ("kylas", "42")


def test_a_key_of_another_crm_tenant_is_refused(app: App, owner: Member) -> None:
    bind(app, owner, "42")
    with pytest.raises(AlreadyBound, match="belongs to another CRM account"):
        bind(app, owner, "43")
    with pytest.raises(AlreadyBound):
        bind(app, owner, "42", crm="other")


def test_a_crm_tenant_has_one_workspace(app: App, owner: Member, stranger: Member) -> None:
    bind(app, owner, "42")
    with pytest.raises(AlreadyBound, match="has a workspace already"):
        bind(app, stranger, "42")
    bind(app, stranger, "43")

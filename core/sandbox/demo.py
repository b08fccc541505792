"""The start state of the sandbox: a workspace that is fully connected, made as a person makes it."""

from typing import Any

import requests
from sqlalchemy import delete, select

from core.app import App
from core.connections import service as connections
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.people.roles import Role
from core.people.service import Member
from core.plugin_host.kinds import Kind
from core.plugin_host.plugin import Plugin
from core.rules import service as rules
from core.settings import AppSettings
from core.tenants import service as tenants
from core.tenants.models import Tenant

OWNER = "owner@example.com"
REP = "rep@example.com"
PASSWORD = "sandbox-password"  # noqa: S105

_MEMBERS = (("owner", OWNER, "Asha Rao", Role.OWNER), ("rep", REP, "Ravi Iyer", Role.REP))


def is_missing(app: App) -> bool:
    """Whether there is no workspace at all."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.scalar(select(Tenant.id).limit(1)) is None


def clear(app: App) -> None:
    """Delete every workspace with all that belongs to it."""
    with app.db.unit_of_work(ALL_TENANTS) as session:
        session.execute(delete(Tenant))


def reset_simulators(settings: AppSettings) -> None:
    """Put the simulators of a running sandbox back to their start."""
    requests.post(f"{settings.sandbox_url}/reset", timeout=10, allow_redirects=False).raise_for_status()


def build(app: App) -> None:
    """Make the workspace: its people, its CRM key, its payment account, its rules.

    What is vendor's in it comes from each simulator's ``demo``.
    """
    demos = [(plugin, demo) for plugin in app.plugins.plugins if (demo := _demo(plugin))]
    crm_users = {role: id for _, demo in demos for role, id in demo.get("users", {}).items()}
    with app.db.unit_of_work(ALL_TENANTS) as session:
        tenant = tenants.create_workspace(app, session, "Northwind Trading")
        for role_name, email, name, role in _MEMBERS:
            people.add_member(
                session,
                tenant.id,
                email=email,
                name=name,
                password=PASSWORD,
                role=role,
                crm_user_id=crm_users.get(role_name),
                crm_user_name=name,
            )
    owner = people.member_by_email(app, OWNER)
    assert owner
    for plugin, demo in sorted(demos, key=lambda pair: _is_crm(pair[0]), reverse=True):
        _connect(app, owner, plugin, demo)


def _connect(app: App, owner: Member, plugin: Plugin, demo: dict[str, Any]) -> None:
    assert plugin.manifest
    provided = plugin.manifest.provides[0]
    if _is_crm(plugin):
        settings = app.plugins.crm_connector(provided).Settings.model_validate(demo["settings"])
        connections.connect_crm(app, owner, provided, settings)
    else:
        settings = app.plugins.payment_provider(provided).Settings.model_validate(demo["settings"])
        connections.connect_account(app, owner, provided, str(demo.get("label", "")), settings)
    for rule in demo.get("rules", ()):
        config = app.plugins.action(rule["action"]).Config.model_validate(rule["config"])
        action = rules.ActionDraft(rule["action"], config)
        rules.save_rule(app, owner, rules.RuleDraft(rule["name"], rule["event"], [action]))


def _is_crm(plugin: Plugin) -> bool:
    return plugin.manifest is not None and Kind.CRM_CONNECTOR in plugin.manifest.kinds


def _demo(plugin: Plugin) -> dict[str, Any]:
    simulator = plugin.simulator_factory()
    return dict(getattr(simulator, "demo", {}))

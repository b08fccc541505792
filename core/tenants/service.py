"""Workspaces: made at sign-up, bound to a CRM tenant by the first valid key."""

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.tenants.models import PluginOff, Tenant


class AlreadyBound(Exception):
    """The workspace belongs to another CRM tenant, or that CRM tenant to another workspace."""


def create_workspace(app: App, session: Session, name: str) -> Tenant:
    """A new workspace, and what the other domains put into every new one.

    ``session`` is bound to the new workspace from here on.
    """
    tenant = Tenant(name=name)
    session.add(tenant)
    session.flush()
    session.info["tenant_id"] = tenant.id
    for prepare in app.new_workspace:
        prepare(app, session, tenant.id)
    return tenant


def get(session: Session, tenant_id: str) -> Tenant:
    """The workspace."""
    return session.get_one(Tenant, tenant_id)


def of_crm(session: Session, crm: str, external_id: str) -> Tenant | None:
    """The workspace that is bound to a CRM tenant, in a session bound to none."""
    found = select(Tenant).where(Tenant.crm == crm, Tenant.crm_tenant_id == external_id)
    return session.scalars(found).one_or_none()


def lock(session: Session, tenant_id: str) -> None:
    """Take turns with everyone else who changes the workspace's team, until the transaction ends."""
    session.get_one(Tenant, tenant_id, with_for_update=True)


def hide_checklist(app: App, tenant_id: str, *, hidden: bool) -> None:
    """Keep the checklist off the first page, or bring it back, for everybody in the workspace."""
    with app.db.unit_of_work(tenant_id) as session:
        session.get_one(Tenant, tenant_id).checklist_hidden_at = app.clock() if hidden else None


def note_examined(app: App, tenant_id: str) -> None:
    """All connections of the workspace were looked at just now."""
    with app.db.unit_of_work(tenant_id) as session:
        session.get_one(Tenant, tenant_id).examined_at = app.clock()


def workspaces(app: App) -> list[tuple[str, str]]:
    """All workspaces, oldest first: their ids and names."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        rows = session.execute(select(Tenant.id, Tenant.name).order_by(Tenant.id))
        return [(id, name) for id, name in rows]


def bind_to_crm(
    session: Session,
    tenant_id: str,
    crm: str,
    external_id: str,
    name: str,
    timezone: str | None = None,
) -> None:
    """Bind a workspace to the CRM tenant that its first key opened; a later key must match it.

    From then on the workspace's times are shown in the CRM's zone, as its people know them.

    Raises AlreadyBound with a sentence for the user.
    """
    # Two keys that are saved at once for one workspace take their turns here.
    tenant = session.get_one(Tenant, tenant_id, with_for_update=True)
    if tenant.crm_tenant_id is not None:
        if (tenant.crm, tenant.crm_tenant_id) != (crm, external_id):
            raise AlreadyBound(
                _(
                    "This key opens %(name)s, and this workspace belongs to another CRM account (id "
                    "%(id)s). Use a key of that account, or sign up with another address for a "
                    "workspace "
                    "of its own.",
                    name=name,
                    id=tenant.crm_tenant_id,
                )
            )
        return
    tenant.crm, tenant.crm_tenant_id = crm, external_id
    tenant.timezone = timezone or tenant.timezone
    try:
        session.flush()
    except IntegrityError:
        raise AlreadyBound(
            _(
                "%(name)s has a workspace already. Ask a colleague who uses it to add you there.",
                name=name,
            )
        ) from None


def plugins_off(app: App, session: Session) -> frozenset[str]:
    """The ids of the plugins that are off in the session's workspace: those that were switched off, and
    those that require one of them.

    Nothing is remembered between calls: every process goes by the same rows.
    """
    return app.plugins.without(switched_off(session))


def switched_off(session: Session) -> frozenset[str]:
    """The ids of the plugins that were switched off by hand in the session's workspace."""
    return frozenset(session.scalars(select(PluginOff.plugin_id)))


def workspaces_without(app: App) -> dict[str, int]:
    """How many workspaces have switched each plugin off, by its id."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        count = select(PluginOff.plugin_id, func.count()).group_by(PluginOff.plugin_id)
        return dict(session.execute(count).all())


def switch_plugin(session: Session, plugin_id: str, *, on: bool, actor_id: str) -> bool:
    """Switch a plugin on or off for the session's workspace; whether that has changed anything."""
    if on == (plugin_id not in switched_off(session)):
        return False
    if on:
        session.execute(delete(PluginOff).where(PluginOff.plugin_id == plugin_id))
    else:
        session.add(PluginOff(plugin_id=plugin_id, tenant_id=session.info["tenant_id"]))
    deed = "plugin.switched_on" if on else "plugin.switched_off"
    audit.record(session, deed, plugin_id, actor_id=actor_id)
    return True


__all__ = [
    "AlreadyBound",
    "Tenant",
    "bind_to_crm",
    "create_workspace",
    "get",
    "hide_checklist",
    "lock",
    "note_examined",
    "of_crm",
    "plugins_off",
    "switch_plugin",
    "switched_off",
    "workspaces",
    "workspaces_without",
]

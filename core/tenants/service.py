"""Workspaces: made at sign-up, bound to a CRM tenant by the first valid key."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.app import App
from core.db.session import ALL_TENANTS
from core.tenants.models import Tenant


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
                f"This key opens {name}, and this workspace belongs to another CRM account "
                f"(id {tenant.crm_tenant_id}). Use a key of that account, or sign up with another "
                "address for a workspace of its own."
            )
        return
    tenant.crm, tenant.crm_tenant_id = crm, external_id
    tenant.timezone = timezone or tenant.timezone
    try:
        session.flush()
    except IntegrityError:
        raise AlreadyBound(
            f"{name} has a workspace already. Ask a colleague who uses it to add you there."
        ) from None

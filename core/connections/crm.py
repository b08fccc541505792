"""The workspace's CRM."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.api.errors import CredentialsError
from core.api.records import CrmAccount, Grant
from core.api.settings import Settings
from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.connections import renewal
from core.connections.models import CrmConnection
from core.connections.vault import (
    NotConnected,
    keep_settings,
    open_settings,
    port_with,
    secret_field,
)
from core.people import service as people
from core.people.service import Member
from core.plugin_host.ports import CrmPort
from core.tenants import service as tenants


def connect_crm(app: App, actor: Member, crm: str, settings: Settings) -> CrmConnection:
    """Verify the credentials, bind the workspace to their CRM tenant, and keep them sealed.

    Raises CredentialsError for a wrong key, for one of another CRM tenant than the workspace's, and
    for a CRM tenant that has a workspace already. Then the old key stays. Calls out.
    """
    account = port_with(app, crm, settings).validate_credentials()
    return keep(app, actor, crm, settings, account)


def keep(
    app: App,
    actor: Member,
    crm: str,
    settings: Settings,
    account: CrmAccount,
    *,
    grant: Grant | None = None,
) -> CrmConnection:
    """Bind the workspace to ``account`` and keep what opens it, a key or a ``grant``.

    Whoever has given the grant becomes that user of the CRM here, unless they are one already.
    Raises CredentialsError.
    """
    with app.db.unit_of_work(actor.tenant_id) as session:
        try:
            tenants.bind_to_crm(
                session, actor.tenant_id, crm, account.external_id, account.name, account.timezone
            )
        except tenants.AlreadyBound as error:
            raise CredentialsError(str(error), field=secret_field(settings)) from error
        connection = session.scalars(select(CrmConnection).where(CrmConnection.crm == crm)).one_or_none()
        if connection is None:
            connection = CrmConnection(tenant_id=actor.tenant_id, crm=crm)
            session.add(connection)
        keep_settings(app, connection, settings)
        connection.auth = "oauth" if grant else "key"
        connection.expires_at = grant.expires_at if grant else None
        connection.renewed_at, connection.renewing_until = app.clock() if grant else None, None
        connection.connected_by = actor.user_id
        connection.external_id, connection.external_name = account.external_id, account.name
        connection.currency = account.currency
        connection.health, connection.last_error, connection.checked_at = "ok", None, app.clock()
        connection.missing_permissions = list(account.missing_permissions)
        connection.report = None
        if grant and account.user:
            person = people.CrmPerson(account.user.id, account.user.name)
            people.become(session, actor.user_id, person)
        audit.record(
            session,
            "crm.connected",
            connection.id,
            actor_id=actor.user_id,
            crm=crm,
            auth=connection.auth,
            hint=connection.hint,
        )
    return connection


def disconnect_crm(app: App, actor: Member) -> bool:
    """Forget the key or the access of the workspace's CRM; whether there was one.

    The workspace goes on belonging to that CRM tenant: what is written about its records stays true.
    """
    with app.db.unit_of_work(actor.tenant_id) as session:
        connection = crm_connection(session)
        if connection is None:
            return False
        audit.record(session, "crm.disconnected", connection.id, actor_id=actor.user_id)
        session.delete(connection)
    return True


def crm_connection(session: Session) -> CrmConnection | None:
    """The workspace's CRM connection."""
    return session.scalars(select(CrmConnection).limit(1)).one_or_none()


def workspaces_by_crm(session: Session) -> dict[str, int]:
    """How many workspaces are connected to each CRM, in a session bound to none."""
    count = func.count(CrmConnection.tenant_id.distinct())
    rows = session.execute(select(CrmConnection.crm, count).group_by(CrmConnection.crm))
    return dict(rows.all())


def crm_port(app: App, tenant_id: str, *, in_job: bool = False) -> CrmPort:
    """The workspace's CRM; ``in_job`` where nobody waits for the answer. Raises NotConnected."""
    return opened_crm(app, tenant_id, in_job=in_job)[1]


def opened_crm(app: App, tenant_id: str, *, in_job: bool = False) -> tuple[CrmConnection, CrmPort]:
    """The workspace's connection to its CRM, and the CRM itself. Raises NotConnected."""
    connection = next(iter(app.db.find(tenant_id, CrmConnection)), None)
    if connection is None:
        raise NotConnected(_("This workspace has no CRM API key yet: add it under API key."))
    if connection.auth == "oauth":
        connection = renewal.renewed(app, connection)
    connector = app.plugins.crm_connector(connection.crm)
    model = connector.GrantSettings if connection.auth == "oauth" else connector.Settings
    if model is None:
        raise NotConnected(_("%(crm)s has to be connected again, under API key.", crm=connector.name))
    settings = open_settings(app, connection, model)
    return connection, port_with(app, connection.crm, settings, in_job=in_job)

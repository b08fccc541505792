"""The workspace's CRM."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.api.errors import CredentialsError
from core.api.settings import Settings
from core.app import App
from core.audit import service as audit
from core.connections.models import CrmConnection
from core.connections.vault import NotConnected, keep_settings, open_settings, secret_field
from core.db.session import forbid_open
from core.people.service import Member
from core.plugin_host.ports import CrmPort
from core.tenants import service as tenants


def connect_crm(app: App, actor: Member, crm: str, settings: Settings) -> CrmConnection:
    """Verify the credentials, bind the workspace to their CRM tenant, and keep them sealed.

    Raises CredentialsError for a wrong key, for one of another CRM tenant than the workspace's, and
    for a CRM tenant that has a workspace already. Then the old key stays. Calls out.
    """
    account = _port(app, crm, settings).validate_credentials()
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
        connection.connected_by = actor.user_id
        connection.external_id, connection.external_name = account.external_id, account.name
        connection.currency = account.currency
        connection.health, connection.last_error, connection.checked_at = "ok", None, app.clock()
        audit.record(
            session,
            "crm.connected",
            connection.id,
            actor_id=actor.user_id,
            crm=crm,
            hint=connection.hint,
        )
    return connection


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
        raise NotConnected("This workspace has no CRM API key yet: add it under API key.")
    model = app.plugins.crm_connector(connection.crm).Settings
    settings = open_settings(app, connection, model)
    return connection, _port(app, connection.crm, settings, in_job=in_job)


def _port(app: App, crm: str, settings: Settings, *, in_job: bool = False) -> CrmPort:
    forbid_open()
    connector = app.plugins.crm_connector(crm)
    return connector.bind(connector.context(settings, in_job=in_job))

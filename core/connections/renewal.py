"""Access by OAuth runs out and is renewed; it may be taken back at any time."""

import time
from datetime import timedelta

import structlog
from sqlalchemy import or_, select, update

from core.api.errors import CredentialsError, DealpayError, NotSent
from core.api.records import Grant
from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.connections.models import CrmConnection
from core.connections.vault import keep_settings, open_settings, port_with
from core.db.session import ALL_TENANTS
from core.plugin_host.ports import CrmPort

log = structlog.get_logger(__name__)

#: Renewed so long before it runs out, in the course of things and at the latest.
EARLY, LATEST = timedelta(minutes=30), timedelta(minutes=2)
#: One process renews; the others wait for it so long.
_LEASE = timedelta(seconds=30)
_PATIENCE = 12.0  # seconds


def renewed(app: App, connection: CrmConnection) -> CrmConnection:
    """``connection`` with access that is good for a while. Calls out where it is about to run out.

    One of all processes renews it; the others go on with what there is, or wait. Raises
    CredentialsError where access was taken back, NotSent where it can't be renewed now.
    """
    until = time.monotonic() + _PATIENCE
    while connection.expires_at and connection.expires_at - app.clock() < LATEST:
        if _claim(app, connection):
            _renew(app, connection)
            return _again(app, connection)  # however short its life: it is the best there is
        if connection.expires_at > app.clock():
            return connection
        if time.monotonic() > until:
            raise NotSent(_("Access to the CRM is being renewed. Try again in a moment."))
        time.sleep(0.1)
        connection = _again(app, connection)
    return connection


def refused(app: App, connection: CrmConnection) -> bool:
    """Note that access was refused before its time; whether it is worth while to renew it.

    Tokens end early where somebody changes what the app may do. New ones that are refused, too, mean
    no.
    """
    recent = app.clock() - timedelta(minutes=1)
    stale = update(CrmConnection).where(
        CrmConnection.id == connection.id,
        CrmConnection.auth == "oauth",
        or_(CrmConnection.renewed_at.is_(None), CrmConnection.renewed_at < recent),
    )
    with app.db.unit_of_work(connection.tenant_id) as session:
        return bool(session.execute(stale.values(expires_at=app.clock())).rowcount)  # type: ignore[attr-defined]


def renew_all(app: App) -> str | None:
    """Renew what runs out soon, so that nobody waits for it."""
    soon = select(CrmConnection).where(
        CrmConnection.auth == "oauth",
        CrmConnection.health == "ok",
        CrmConnection.expires_at < app.clock() + EARLY,
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        found = list(session.scalars(soon.order_by(CrmConnection.expires_at).limit(200)))
    failed = 0
    for connection in found:
        try:
            if _claim(app, connection):
                _renew(app, connection)
        except DealpayError as error:
            failed += 1
            log.info("grant.not_renewed", tenant_id=connection.tenant_id, reason=str(error))
    return f"Access to {len(found)} CRM accounts was renewed, {failed} failed." if found else None


def _claim(app: App, connection: CrmConnection) -> bool:
    now = app.clock()
    mine = update(CrmConnection).where(
        CrmConnection.id == connection.id,
        CrmConnection.sealed_settings == connection.sealed_settings,
        or_(CrmConnection.renewing_until.is_(None), CrmConnection.renewing_until < now),
    )
    with app.db.unit_of_work(connection.tenant_id) as session:
        claimed = session.execute(mine.values(renewing_until=now + _LEASE))
        return bool(claimed.rowcount)  # type: ignore[attr-defined]


def _renew(app: App, connection: CrmConnection) -> None:
    try:
        grant = _port(app, connection).refresh_auth()
    except CredentialsError as error:
        name = connection.external_name
        problem = _("%(name)s has ended the access that was given here. Connect it again.", name=name)
        _set(app, connection, health="failing", last_error=problem, renewing_until=None)
        raise CredentialsError(problem) from error
    except DealpayError:
        _set(app, connection, renewing_until=None)
        raise
    _keep(app, connection, grant)


def _keep(app: App, connection: CrmConnection, grant: Grant) -> None:
    with app.db.unit_of_work(connection.tenant_id) as session:
        row = session.get_one(CrmConnection, connection.id)
        keep_settings(app, row, grant.settings)
        row.expires_at, row.renewed_at, row.renewing_until = grant.expires_at, app.clock(), None
        row.health, row.last_error, row.checked_at = "ok", None, app.clock()
        audit.record(session, "crm.access_renewed", row.id)


def _set(app: App, connection: CrmConnection, **values: object) -> None:
    with app.db.unit_of_work(connection.tenant_id) as session:
        session.execute(update(CrmConnection).where(CrmConnection.id == connection.id).values(values))


def _again(app: App, connection: CrmConnection) -> CrmConnection:
    (found,) = app.db.find(connection.tenant_id, CrmConnection, id=connection.id)
    return found


def _port(app: App, connection: CrmConnection) -> CrmPort:
    model = app.plugins.crm_connector(connection.crm).GrantSettings
    assert model
    return port_with(app, connection.crm, open_settings(app, connection, model))

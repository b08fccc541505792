"""Following who still is a user of the CRM: whoever was deactivated there is let in here no more."""

import time
from collections.abc import Collection
from datetime import timedelta

import structlog
from sqlalchemy import or_, select

from core.api.errors import DealpayError
from core.app import App
from core.connections.crm import crm_port
from core.connections.models import CrmConnection
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.plugin_host.ports import CrmPort
from core.plugin_host.tracing import Purpose, made_for

log = structlog.get_logger(__name__)

#: How often the round is made, and how old what is known of a workspace's users gets, in seconds.
EVERY = 600.0
_STALE = timedelta(hours=6)
_MOST = 50
_SECONDS = 120.0
#: So many members are asked about by their ids; for more the whole list is read.
_ONE_BY_ONE = 25


def follow_crm_users(app: App) -> str | None:
    """Ask the CRMs whose users weren't asked about for longest; a few a round, for a limited time.

    A CRM that can't be asked locks nobody out, and is asked again in six hours.
    """
    until, locked = time.monotonic() + _SECONDS, 0
    for connection in _stale(app):
        if time.monotonic() > until:
            break
        with app.db.unit_of_work(connection.tenant_id) as session:
            session.get_one(CrmConnection, connection.id).users_seen_at = app.clock()
            mapped = people.mapped_users(session)
        if mapped:
            locked += _follow(app, connection, mapped)
    return f"{locked} members were locked out, as their CRM has." if locked else None


def _stale(app: App) -> list[CrmConnection]:
    seen = CrmConnection.users_seen_at
    stale = select(CrmConnection).where(or_(seen.is_(None), seen < app.clock() - _STALE))
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return list(session.scalars(stale.order_by(seen.nulls_first()).limit(_MOST)))


def _follow(app: App, connection: CrmConnection, mapped: Collection[str]) -> int:
    entry = app.plugins.crm_connectors.get(connection.crm)
    if entry is None or not {"list_users", "get_user"} & entry.capabilities:
        return 0
    tenant_id = connection.tenant_id
    try:
        with made_for(Purpose(lambda: tenant_id, "crm_connections", connection.id)):
            active = _active(crm_port(app, tenant_id, in_job=True), mapped, entry.capabilities)
    except DealpayError as error:
        log.info("crm_users.not_listed", tenant_id=tenant_id, reason=str(error))
        return 0
    # Nobody at all is an answer of a CRM that is out of order, or of a key that may not see them.
    return people.note_crm_users(app, tenant_id, active) if active else 0


def _active(crm: CrmPort, mapped: Collection[str], able: Collection[str]) -> set[str]:
    """Which users are there. Of a team that is small beside its CRM, each is asked about."""
    if "get_user" in able and len(mapped) <= _ONE_BY_ONE:
        found = [crm.get_user(one) for one in mapped]
    else:
        found = [*crm.list_users("")]
    return {one.id for one in found if one and one.active}

"""The page "API key": the workspace's CRM."""

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.errors import DealpayError
from core.api.settings import Settings
from core.api.text import _
from core.connections import service
from core.people import service as people
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.web.forms import Form
from core.web.pages import page
from core.web.replies import again, problem_of, see_other


@page("crm", "connections/crm.jinja2")
def show(request: Request) -> Mapping[str, Any]:
    """Who is connected, and for those who may: the form for the key. Anybody in the team may look."""
    connector = _connector(request)
    return _values(request, connector, Form(connector.Settings) if connector else None)


@page("crm", "connections/crm.jinja2", method="POST", permission=Permission.CRM_MANAGE)
def connect(request: Request) -> Any:
    """Check the key with the CRM and keep it; a key that isn't right leaves the old one alone."""
    connector = _connector(request)
    if connector is None:
        raise HTTPNotFound
    form = Form(connector.Settings)
    settings = form.validate(request.POST)
    if settings is None:
        return again(request, _values(request, connector, form))
    try:
        connection = service.connect_crm(request.app, request.identity, connector.id, settings)
    except DealpayError as error:
        form.fail(problem_of(error))
        return again(request, _values(request, connector, form))
    request.session.flash(_("%(name)s is connected.", name=connection.external_name))
    return see_other(request, "crm")


@page("crm_test", permission=Permission.CRM_MANAGE, method="POST")
def test(request: Request) -> Any:
    """Ask the CRM for what can be asked for without changing anything."""
    try:
        service.examine_crm(request.app, request.identity)
        request.session.flash(_("The CRM was tested. What was found is below."))
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
    return see_other(request, "crm")


@page("crm_disconnect", permission=Permission.CRM_MANAGE, method="POST")
def disconnect(request: Request) -> Any:
    """Forget the key or the access."""
    if service.disconnect_crm(request.app, request.identity):
        request.session.flash(_("The CRM is disconnected. Its key is deleted here."))
    return see_other(request, "crm")


def _connector(request: Request) -> ConnectorEntry | None:
    """The CRM to connect: the connected one, else the one asked for, else the first there is."""
    connectors: Mapping[str, ConnectorEntry] = request.app.plugins.crm_connectors
    asked = request.identity.crm or request.params.get("crm") or next(iter(connectors), None)
    return connectors.get(asked) if asked else None


def _values(
    request: Request, connector: ConnectorEntry | None, form: Form[Settings] | None
) -> dict[str, Any]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        connection = service.crm_connection(session)
        connected_by = people.name_of(session, connection.connected_by) if connection else None
    return {
        "connection": connection,
        "connected_by": connected_by,
        "connector": connector,
        "connectors": request.app.plugins.crm_connectors,
        "form": form,
        "may_edit": request.identity.may(Permission.CRM_MANAGE),
        "permissions": service.permission_rows(connection, connector),
        "tested": service.crm_rows(connection) if connection else [],
    }

"""What every page in the CRM's frame begins and ends with: whose frame it is, and its own addresses."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from core.api.records import Identity, Launch, RecordRef
from core.api.text import _
from core.links.views.obstacles import Obstacle, stranger, switched_off
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.tenants import service as tenants

#: The parameters that this app adds to the CRM's own: the link that was just made, that a page is
#: wanted as a whole, however long that takes, and which of a record's links are to be shown.
MADE, WHOLE, SHOW = "made", "whole", "show"


def connector_of(request: Request) -> ConnectorEntry:
    """The connector of the CRM that the address names."""
    connector: ConnectorEntry | None = request.app.plugins.crm_connectors.get(request.matchdict["crm"])
    if connector is None:
        raise HTTPNotFound
    return connector


def _plugins_off(request: Request) -> frozenset[str]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        return tenants.plugins_off(request.app, session)


def launched(request: Request) -> tuple[ConnectorEntry, Identity]:
    """The CRM, and what its frame claims. Raises Obstacle where that isn't the member's."""
    connector, member = connector_of(request), request.identity
    if connector.plugin_id in _plugins_off(request):
        raise switched_off(connector.name, _("Links that were made are still served."))
    identity = connector.identify(Launch(dict(request.GET)))
    if member.crm_tenant_id is None:
        raise Obstacle(
            _("One step is missing"),
            _(
                "Your workspace has no API key of %(crm)s yet. Without it Dealpay can't see your leads "
                "and deals.",
                crm=connector.name,
            ),
            remedy=(_("API key"), "/crm"),
            permission=Permission.CRM_MANAGE,
        )
    if member.crm != connector.id or identity.tenant_id not in (None, member.crm_tenant_id):
        raise stranger(
            _(
                "You are signed in as %(email)s of %(workspace)s, and this is another %(crm)s account.",
                email=member.email,
                workspace=member.tenant_name,
                crm=connector.name,
            )
        )
    if member.crm_user_id and identity.user_id not in (None, member.crm_user_id):
        raise stranger(
            _(
                "You are signed in as %(email)s, and %(crm)s was opened by somebody else.",
                email=member.email,
                crm=connector.name,
            )
        )
    return connector, identity


def record_of(identity: Identity) -> RecordRef:
    """The record that the frame is on. Raises Obstacle where the CRM didn't say."""
    if identity.record is None:
        raise Obstacle(
            _("Which record?"),
            _("The CRM didn't say which lead or deal this is about. Open it from a lead or a deal."),
            400,
        )
    return identity.record


def loads_first(request: Request) -> bool:
    """Whether a browser opens the page: it is shown the shape of it, and asks for the rest by itself."""
    return request.headers.get("Sec-Fetch-Dest") in ("document", "iframe") and WHOLE not in request.GET


def late(request: Request, connector: ConnectorEntry, title: str, kind: str) -> Response:
    """The shape of a page that waits for the CRM or a provider."""
    query = {**request.GET, WHOLE: "1"}
    whole_url = request.route_path(request.matched_route.name, crm=connector.id, _query=query)
    values = {"title": title, "kind": kind, "crm": connector.name, "whole_url": whole_url}
    shape: Response = render_to_response("embed/late.jinja2", values, request=request)
    return shape


def frame(request: Request, connector: ConnectorEntry) -> dict[str, Any]:
    """What every framed page knows: where to send "close", and the addresses with the CRM's own
    parameters."""
    return {
        "close_origins": " ".join(connector.frame_origins),
        "new_url": address(request, "embed_link_new"),
        "links_url": address(request, "embed_links"),
    }


def address(request: Request, route: str, **more: str) -> str:
    """The address of a page of this frame, with the CRM's own parameters and ``more``."""
    launch = {name: value for name, value in request.GET.items() if name not in (MADE, WHOLE, SHOW)}
    path: str = request.route_path(route, crm=request.matchdict["crm"], _query={**launch, **more})
    return path

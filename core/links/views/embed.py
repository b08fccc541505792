"""What the CRM frames: the start page, and the modal "Generate payment link".

The frame's parameters are hints: the session says who it is, the CRM says what the record is.
"""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import exception_view_config

from core.api.text import _
from core.links import service
from core.links.share import share
from core.links.views.access import sees_all
from core.links.views.framing import (
    MADE,
    address,
    connector_of,
    frame,
    late,
    launched,
    loads_first,
    record_of,
)
from core.links.views.making import answer, editor_of, form_values
from core.links.views.obstacles import Obstacle
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.web.formats import format_money
from core.web.languages import region
from core.web.pages import page


@exception_view_config(Obstacle, renderer="embed/obstacle.jinja2")
def obstacle(error: Obstacle, request: Request) -> dict[str, Any]:
    """The page of an obstacle: of the frame, or of the app around the same form."""
    request.response.status_int = error.status
    able = error.permission is None or request.identity.may(error.permission)
    framed = "crm" in request.matchdict
    around = frame(request, connector_of(request)) if framed else {"close_origins": ""}
    return {"obstacle": error, "able": able, **around}


@page("embed_start")
def start(request: Request) -> Any:
    """The app's start page in the frame: the whole app, once it is clear whose it is.

    A workspace without a CRM is nobody's yet, and its first page says what to do first.
    """
    connector_of(request)
    if request.identity.crm_tenant_id is not None:
        launched(request)
    return HTTPSeeOther(request.route_path("home"))


@page("embed_link_new", "embed/new.jinja2", permission=Permission.LINKS_CREATE)
def new(request: Request) -> Any:
    """The form, or what came of it."""
    connector, identity = launched(request)
    if MADE in request.GET:
        return _made(request, connector)
    ref = record_of(identity)
    if loads_first(request):
        return late(request, connector, _("Generate payment link"), "form")
    editor = editor_of(request, ref, request.POST)
    return {**form_values(request, connector.id, editor), **frame(request, connector)}


@page("embed_link_new", "embed/new.jinja2", permission=Permission.LINKS_CREATE, method="POST")
def create(request: Request) -> Any:
    """Make the link. What came of it is shown under an address of its own, safe to reload."""
    connector, identity = launched(request)
    editor = editor_of(request, record_of(identity), request.POST)

    def made(link_id: str) -> HTTPSeeOther:
        return HTTPSeeOther(address(request, "embed_link_new", **{MADE: link_id}))

    return answer(request, connector.id, editor, frame(request, connector), made)


def _made(request: Request, connector: ConnectorEntry) -> dict[str, Any]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        link = service.get_link(session, request.GET[MADE])
    if link is None or not (sees_all(request) or link.holder_id == request.identity.user_id):
        raise HTTPNotFound
    # Of the link as it was read: by now it may be open, and its address wasn't read.
    made = service.made_of(link)
    sent = share(link, format_money(link.amount, region(request))) if link.url else None
    return {"editor": None, "link": link, "made": made, "share": sent, **frame(request, connector)}

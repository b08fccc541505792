"""What the CRM frames: the start page, and the modal "Generate payment link".

The frame's parameters are hints: the session says who it is, the CRM says what the record is.
"""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import exception_view_config

from core.api.errors import DealpayError
from core.api.records import RecordRef
from core.api.text import _, show
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links import service
from core.links.forms import LinkEditor
from core.links.models import PAYABLE
from core.links.share import share
from core.links.views.access import owns, sees_all
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
from core.links.views.obstacles import Obstacle, not_theirs, switched_off, unread
from core.people import service as people
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.tenants import service as tenants
from core.web.formats import format_money
from core.web.languages import region
from core.web.pages import page
from core.web.replies import again, problem_of


@exception_view_config(Obstacle, renderer="embed/obstacle.jinja2")
def obstacle(error: Obstacle, request: Request) -> dict[str, Any]:
    """The page of an obstacle."""
    request.response.status_int = error.status
    able = error.permission is None or request.identity.may(error.permission)
    return {"obstacle": error, "able": able, **frame(request, connector_of(request))}


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
    return _values(request, connector, _editor(request, ref))


@page("embed_link_new", "embed/new.jinja2", permission=Permission.LINKS_CREATE, method="POST")
def create(request: Request) -> Any:
    """Make the link. What came of it is shown under an address of its own, safe to reload."""
    connector, identity = launched(request)
    editor = _editor(request, record_of(identity))
    if request.POST.get("step") == "choices":
        editor.read(request.POST)
        return _values(request, connector, editor)
    chosen = editor.validate(request.POST)
    if chosen is None:
        return again(request, _values(request, connector, editor))
    try:
        made = service.create(request.app, request.identity, editor.new_link(connector.id, chosen))
    except DealpayError as error:
        editor.form.fail(problem_of(error))
        return again(request, _values(request, connector, editor))
    if made.outcome == "failed":
        editor.form.fail(show(made.reason or "") or _("No link was made. Try again."))
        editor.fresh_key()
        return again(request, _values(request, connector, editor))
    return HTTPSeeOther(address(request, "embed_link_new", **{MADE: made.link_id}))


def _editor(request: Request, ref: RecordRef) -> LinkEditor:
    app, member = request.app, request.identity
    try:
        editor = LinkEditor(app, member, ref, _accounts(request), request.POST)
    except DealpayError as error:
        raise unread(error, _("No link was made.")) from error
    if not sees_all(request) and not owns(request, editor.record):
        raise not_theirs(request)
    return editor


def _accounts(request: Request) -> list[PaymentAccount]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        accounts = [one for one in connections.list_accounts(session) if one.active]
        off = tenants.plugins_off(request.app, session)
    known = request.app.plugins.payment_providers
    there = [one for one in accounts if one.provider in known]
    if usable := [one for one in there if known[one.provider].plugin_id not in off]:
        return usable
    if there:
        name = known[there[0].provider].name
        raise switched_off(name, _("No link was made; links that were made before are still served."))
    raise Obstacle(
        _("No account is connected"),
        _("Payment links need an active account at a payment provider."),
        remedy=(_("Connected accounts"), "/accounts"),
        permission=Permission.ACCOUNTS_MANAGE,
    )


def _made(request: Request, connector: ConnectorEntry) -> dict[str, Any]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        link = service.get_link(session, request.GET[MADE])
    if link is None or not (sees_all(request) or link.holder_id == request.identity.user_id):
        raise HTTPNotFound
    # Of the link as it was read: by now it may be open, and its address wasn't read.
    made = service.made_of(link)
    sent = share(link, format_money(link.amount, region(request))) if link.url else None
    return {"editor": None, "link": link, "made": made, "share": sent, **frame(request, connector)}


def _values(request: Request, connector: ConnectorEntry, editor: LinkEditor) -> dict[str, Any]:
    ref = editor.record.ref
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        of = connector.id, ref.kind, ref.id
        still_open = service.links_of_record(session, *of, states=PAYABLE)
        names = people.names_of(session, [link.created_by for link in still_open])
        left = editor.left(service.sums_of_record(session, *of).totals)
    shown = {"editor": editor, "still_open": still_open, "names": names, "left": left}
    return {**shown, **frame(request, connector)}

"""What the CRM frames: the start page, the modal "Generate payment link", and a record's links.

The frame's parameters are hints: the session says who it is, the CRM says what the record is.
"""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config

from core.api.errors import DealpayError
from core.api.records import Identity, Launch, RecordRef
from core.api.text import _, show
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links import service
from core.links.forms import LinkEditor
from core.links.share import share
from core.links.views.access import owns, owns_now, sees_all
from core.links.views.obstacles import Obstacle, not_theirs, stranger, switched_off, unread
from core.people import service as people
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.tenants import service as tenants
from core.web.formats import format_money
from core.web.languages import region
from core.web.pages import page
from core.web.replies import again, problem_of

#: The parameters that this app adds to the CRM's own: the link that was just made, and that a page is
#: wanted as a whole, however long that takes.
MADE, WHOLE = "made", "whole"


@exception_view_config(Obstacle, renderer="embed/obstacle.jinja2")
def obstacle(error: Obstacle, request: Request) -> dict[str, Any]:
    """The page of an obstacle."""
    request.response.status_int = error.status
    able = error.permission is None or request.identity.may(error.permission)
    return {"obstacle": error, "able": able, **_frame(request, _connector(request))}


@page("embed_start")
def start(request: Request) -> Any:
    """The app's start page in the frame: the whole app, once it is clear whose it is.

    A workspace without a CRM is nobody's yet, and its first page says what to do first.
    """
    _connector(request)
    if request.identity.crm_tenant_id is not None:
        _launched(request)
    return HTTPSeeOther(request.route_path("home"))


@page("embed_link_new", "embed/new.jinja2", permission=Permission.LINKS_CREATE)
def new(request: Request) -> Any:
    """The form, or what came of it."""
    connector, identity = _launched(request)
    if MADE in request.GET:
        return _made(request, connector)
    ref = _record_of(identity)
    if _loads_first(request):
        return _late(request, connector, _("Generate payment link"), "form")
    return _values(request, connector, _editor(request, ref))


@page("embed_link_new", "embed/new.jinja2", permission=Permission.LINKS_CREATE, method="POST")
def create(request: Request) -> Any:
    """Make the link. What came of it is shown under an address of its own, safe to reload."""
    connector, identity = _launched(request)
    editor = _editor(request, _record_of(identity))
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
    query = {**_launch(request), MADE: made.link_id}
    return HTTPSeeOther(request.route_path("embed_link_new", crm=connector.id, _query=query))


@page("embed_links", "embed/links.jinja2", permission=Permission.LINKS_READ)
def links(request: Request) -> Any:
    """The side panel: the links of one record, and what they come to."""
    connector, identity = _launched(request)
    ref = _record_of(identity)
    if not sees_all(request):
        if _loads_first(request):
            return _late(request, connector, _("Payment links"), "links")
        _check_theirs(request, connector, ref)
    found = service.links_of_record(request.db, connector.id, ref.kind, ref.id)
    return {
        "kind": ref.kind,
        "links": found,
        "totals": service.totals(request.db, found),
        "paid": service.paid_on(request.db, found),
        "shown": service.shown_with_record(request.app, request.db, request.identity.tenant_id, ref),
        "names": people.names_of(request.db, [link.created_by for link in found]),
        "may_create": request.identity.may(Permission.LINKS_CREATE),
        **_frame(request, connector),
    }


def _connector(request: Request) -> ConnectorEntry:
    connector: ConnectorEntry | None = request.app.plugins.crm_connectors.get(request.matchdict["crm"])
    if connector is None:
        raise HTTPNotFound
    return connector


def _plugins_off(request: Request) -> frozenset[str]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        return tenants.plugins_off(request.app, session)


def _launched(request: Request) -> tuple[ConnectorEntry, Identity]:
    """The CRM, and what its frame claims; where that isn't the member's, nothing is shown."""
    connector, member = _connector(request), request.identity
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


def _record_of(identity: Identity) -> RecordRef:
    if identity.record is None:
        raise Obstacle(
            _("Which record?"),
            _("The CRM didn't say which lead or deal this is about. Open it from a lead or a deal."),
            400,
        )
    return identity.record


def _editor(request: Request, ref: RecordRef) -> LinkEditor:
    app, member = request.app, request.identity
    try:
        editor = LinkEditor(app, member, ref, _accounts(request), request.POST)
    except DealpayError as error:
        raise unread(error, _("No link was made.")) from error
    if not sees_all(request) and not owns(request, editor.record):
        raise not_theirs(request)
    return editor


def _check_theirs(request: Request, connector: ConnectorEntry, ref: RecordRef) -> None:
    """Raises Obstacle where the record is somebody else's, or nobody can tell."""
    try:
        theirs = owns_now(request, connector.id, ref)
    except DealpayError as error:
        raise unread(error, _("So its links can't be shown.")) from error
    if not theirs:
        raise not_theirs(request)


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
    if link is None or not (sees_all(request) or link.created_by == request.identity.user_id):
        raise HTTPNotFound
    # Of the link as it was read: by now it may be open, and its address wasn't read.
    made = service.made_of(link)
    sent = share(link, format_money(link.amount, region(request))) if link.url else None
    return {"editor": None, "link": link, "made": made, "share": sent, **_frame(request, connector)}


def _values(request: Request, connector: ConnectorEntry, editor: LinkEditor) -> dict[str, Any]:
    ref = editor.record.ref
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        others = service.links_of_record(session, connector.id, ref.kind, ref.id)
        still_open = [link for link in others if link.payable]
        names = people.names_of(session, [link.created_by for link in still_open])
        left = editor.left(service.totals(session, others))
    shown = {"editor": editor, "still_open": still_open, "names": names, "left": left}
    return {**shown, **_frame(request, connector)}


def _loads_first(request: Request) -> bool:
    """Whether a browser opens the page: it is shown the shape of it, and asks for the rest by itself."""
    return request.headers.get("Sec-Fetch-Dest") in ("document", "iframe") and WHOLE not in request.GET


def _late(request: Request, connector: ConnectorEntry, title: str, kind: str) -> Response:
    """The shape of a page that waits for the CRM or a provider."""
    query = {**request.GET, WHOLE: "1"}
    whole_url = request.route_path(request.matched_route.name, crm=connector.id, _query=query)
    values = {"title": title, "kind": kind, "crm": connector.name, "whole_url": whole_url}
    shape: Response = render_to_response("embed/late.jinja2", values, request=request)
    return shape


def _frame(request: Request, connector: ConnectorEntry) -> dict[str, Any]:
    """What every framed page knows: where to send "close", and the addresses with the CRM's own
    parameters."""
    launch = _launch(request)
    return {
        "close_origins": " ".join(connector.frame_origins),
        "new_url": request.route_path("embed_link_new", crm=connector.id, _query=launch),
        "links_url": request.route_path("embed_links", crm=connector.id, _query=launch),
    }


def _launch(request: Request) -> dict[str, str]:
    """The CRM's own parameters."""
    return {name: value for name, value in request.GET.items() if name not in (MADE, WHOLE)}

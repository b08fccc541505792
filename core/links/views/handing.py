"""Handing over links: all that a member looks after, or one. First to whom, then a confirmation."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.text import _, ngettext
from core.links import service
from core.links.models import PaymentLink
from core.links.views.access import visible_link
from core.people import service as people
from core.people.roles import Permission
from core.web.pages import page
from core.web.replies import again, see_other

HAND_OVER = Permission.LINKS_HAND_OVER
_TO = "to"


@page("member_links", "links/hand_over.jinja2", permission=HAND_OVER)
def ask_for_member(request: Request) -> Any:
    """To whom the links of a member go, and then whether that is meant. Who was deactivated just now and
    has none isn't asked about."""
    values = _member_page(request, request.GET.get(_TO, ""))
    if not values["count"] and "after" in request.GET:
        return see_other(request, "team")
    return values


@page("member_links", "links/hand_over.jinja2", permission=HAND_OVER, method="POST")
def hand_over(request: Request) -> Any:
    """Hand them over."""
    to = request.POST.get(_TO, "")
    try:
        count = service.hand_over(request.app, request.identity, request.matchdict["id"], to)
    except service.HandoverRefused:
        return _member_page(request, to)
    if count is None:
        raise HTTPNotFound
    request.session.flash(
        ngettext(
            "%(num)s payment link was handed over to %(name)s.",
            "%(num)s payment links were handed over to %(name)s.",
            count,
            name=_name(request, to),
        )
    )
    return see_other(request, _back(request))


@page("link_hand_over", "links/hand_over.jinja2", permission=HAND_OVER)
def ask_for_link(request: Request) -> dict[str, Any]:
    """To whom one link goes, and then whether that is meant."""
    return _link_page(request, visible_link(request, request.matchdict["id"]), request.GET.get(_TO, ""))


@page("link_hand_over", "links/hand_over.jinja2", permission=HAND_OVER, method="POST")
def hand_over_link(request: Request) -> Any:
    """Hand it over."""
    link, to = visible_link(request, request.matchdict["id"]), request.POST.get(_TO, "")
    try:
        service.hand_over_link(request.app, request.identity, link.id, to)
    except service.HandoverRefused:
        return _link_page(request, link, to)
    request.session.flash(_("%(name)s looks after this link now.", name=_name(request, to)))
    return see_other(request, "link", id=link.id)


def _member_page(request: Request, to: str) -> dict[str, Any]:
    member_id = request.matchdict["id"]
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        count = service.count_held(session, member_id)
    action = request.route_path("member_links", id=member_id)
    values = {"link": None, "count": count, "action": action, "back": _back(request)}
    return values | _choice(request, member_id, to)


def _link_page(request: Request, link: PaymentLink, to: str) -> dict[str, Any]:
    action = request.route_path("link_hand_over", id=link.id)
    return {"link": link, "count": 1, "action": action} | _choice(request, link.holder_id, to)


def _choice(request: Request, before: str, to: str) -> dict[str, Any]:
    """Whose links they are, who could take them, and who was ``chosen``; 422 where that isn't
    possible."""
    chosen, problem = None, ""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        holder = people.get_team_member(session, before)
        if holder is None:
            raise HTTPNotFound
        able = service.receivers(session, before)
        if to or request.method == "POST":
            try:
                chosen = service.receiver(session, to, before)
            except service.HandoverRefused as refused:
                problem = str(refused)
    values = {"holder": holder, "able": able, "chosen": chosen, "problem": problem}
    return again(request, values) if problem else values


def _back(request: Request) -> str:
    """The name of the page that one came from: not everybody who hands over manages the team."""
    return "team" if request.identity.may(Permission.MEMBERS_MANAGE) else "links"


def _name(request: Request, member_id: str) -> str:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        return people.name_of(session, member_id)

"""Another link like one that there is: on the same record, with everything filled in that can be."""

from typing import Any

from pyramid.request import Request

from core.api.text import _
from core.links.forms import LinkEditor
from core.links.models import PaymentLink
from core.links.views.access import visible_link
from core.links.views.making import answer, editor_of, form_values
from core.links.views.obstacles import Obstacle
from core.people.roles import Permission
from core.web.pages import page
from core.web.replies import see_other


@page("link_another", "links/another.jinja2", permission=Permission.LINKS_CREATE)
def show(request: Request) -> dict[str, Any]:
    """The form, as the link was asked for."""
    link, editor = _editor(request)
    gone = not editor.fill_in_like(link)
    around = _around(request, link) | {"gone": gone and not editor.unreachable}
    return {**form_values(request, link.crm, editor), **around}


@page("link_another", "links/another.jinja2", permission=Permission.LINKS_CREATE, method="POST")
def create(request: Request) -> Any:
    """Make the link and show it; a link that nobody knows about yet is looked for on its page."""
    link, editor = _editor(request)

    def made(link_id: str) -> Any:
        return see_other(request, "link", id=link_id)

    return answer(request, link.crm, editor, _around(request, link), made)


def _editor(request: Request) -> tuple[PaymentLink, LinkEditor]:
    link = visible_link(request, request.matchdict["id"])
    if link.crm != request.identity.crm:
        raise Obstacle(
            _("The record is in another CRM"),
            _("Your workspace isn't connected any more with the CRM that this link was made for.")
            + " "
            + _("No link was made."),
        )
    typed = request.POST or {"account_id": link.account_id}
    editor = editor_of(request, link.record_ref, typed)
    if not request.POST and editor.more and link.product_ref not in editor.products:
        editor = editor_of(request, link.record_ref, {**typed, "search": link.product_name})
    return link, editor


def _around(request: Request, link: PaymentLink) -> dict[str, Any]:
    records = {"kind": link.record_kind, "record": link.record_id}
    return {
        "link": link,
        "gone": False,
        "new_url": request.route_path("link_another", id=link.id),
        "links_url": request.route_path("links", _query=records),
        "back_url": request.route_path("link", id=link.id),
    }

"""Deactivating many links at once: what was chosen in the logs is named first, and then done."""

from collections.abc import Callable, Mapping
from typing import Any

from pyramid.request import Request

from core.api.text import _, ngettext
from core.links import service
from core.links.chosen import MOST_CHOSEN
from core.links.views.access import rep_of
from core.people.roles import Permission
from core.web.formats import format_money
from core.web.languages import region
from core.web.pages import page
from core.web.replies import see_other

_LEFT: Mapping[service.Left, Callable[[int], str]] = {
    "paid": lambda count: ngettext(
        "%(num)s link stays as it is: it is paid.",
        "%(num)s links stay as they are: they are paid.",
        count,
    ),
    "closed": lambda count: ngettext(
        "%(num)s link stays as it is: it takes no payments.",
        "%(num)s links stay as they are: they take no payments.",
        count,
    ),
    "waiting": lambda count: ngettext(
        "%(num)s link is being deactivated already.",
        "%(num)s links are being deactivated already.",
        count,
    ),
    "kept": lambda count: ngettext(
        "%(num)s link stays payable: Dealpay can't take it back at its provider.",
        "%(num)s links stay payable: Dealpay can't take them back at their provider.",
        count,
    ),
    "unknown": lambda count: ngettext(
        "%(num)s link stays as it is: it isn't there, or isn't yours to change.",
        "%(num)s links stay as they are: they aren't there, or aren't yours to change.",
        count,
    ),
    "many": lambda count: ngettext(
        "%(num)s link stays as it is: at most %(most)s are deactivated at once.",
        "%(num)s links stay as they are: at most %(most)s are deactivated at once.",
        count,
        most=MOST_CHOSEN,
    ),
}


@page("links_deactivate", "links/deactivate.jinja2", permission=Permission.LINKS_CREATE, method="POST")
def deactivate(request: Request) -> Any:
    """Ask about the links that were chosen; those that the question named come back with ``sure``.

    The address holds that of the logs, to which it goes back.
    """
    ids, rep = request.POST.getall("link"), rep_of(request)
    if "sure" in request.POST:
        return _done(request, service.deactivate_chosen(request.app, request.identity, ids, rep))
    chosen = service.choose(request.app, request.db, ids, rep)
    if not chosen.links:
        return _done(request, chosen)
    return {
        "links": chosen.links,
        "question": _question(request, chosen),
        "parts": sum(link.state == "part_paid" for link in chosen.links),
        "left": _left(chosen),
        "query": list(request.GET.items()),
    }


def _question(request: Request, chosen: service.Chosen) -> str:
    amounts = []
    for mode, money in chosen.sums:
        amount = format_money(money, region(request))
        amounts.append(_("%(amount)s in test mode", amount=amount) if mode == "test" else amount)
    return ngettext(
        "Deactivate %(num)s link for %(amounts)s?",
        "Deactivate %(num)s links for %(amounts)s?",
        len(chosen.links),
        amounts=", ".join(amounts),
    )


def _done(request: Request, chosen: service.Chosen) -> Any:
    """Back to the logs, which say what is being done and what isn't."""
    if chosen.links:
        request.session.flash(
            ngettext(
                "%(num)s link is being deactivated at the provider.",
                "%(num)s links are being deactivated at the provider.",
                len(chosen.links),
            )
        )
    elif not chosen.left:
        request.session.flash(_("No link was chosen. Choose those to deactivate first."), "warning")
    if chosen.left:
        request.session.flash(" ".join(_left(chosen)), "warning")
    return see_other(request, "links", query=list(request.GET.items()))


def _left(chosen: service.Chosen) -> list[str]:
    """Why some are left alone, a sentence for each reason."""
    return [said(chosen.left[why]) for why, said in _LEFT.items() if why in chosen.left]

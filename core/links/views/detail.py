"""One link in detail, and what can be done about it."""

from functools import partial
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.errors import DealpayError, OutcomeUnknown
from core.api.payments import Channel
from core.api.text import _
from core.api.text import show as in_their_language
from core.connections import service as connections
from core.links import service
from core.links.checking import Checked
from core.links.models import CHANNELS
from core.links.share import share
from core.links.statement import statement
from core.links.timeline import ABOUT, timeline
from core.links.views.access import visible_link
from core.people import service as people
from core.people.roles import Permission
from core.rules import service as rules
from core.web.formats import format_moment, format_money, zone_of
from core.web.languages import region
from core.web.pages import page
from core.web.replies import problem_of, see_other


@page("link", "links/show.jinja2", permission=Permission.LINKS_READ)
def show(request: Request) -> dict[str, Any]:
    """A link, its payments, and what has happened to it."""
    seen = visible_link(request, request.matchdict["id"])
    at_provider = service.link_url(request.app, request.identity.tenant_id, seen)
    link = service.get_link(request.db, seen.id)
    if link is None:
        raise HTTPNotFound
    account = connections.get_account(request.db, link.account_id)
    provider = request.app.plugins.payment_providers.get(account.provider) if account else None
    history = service.history_of(request.db, link.id)
    named = (event.detail.get(role) for event in history for role in ("user", "holder"))
    names = people.names_of(request.db, [*service.holders([link]), *(one for one in named if one)])
    entries = timeline(
        history,
        rules.runs_of_link(request.db, link.id),
        lambda money: format_money(money, region(request)),
        lambda at: format_moment(at, region(request), zone_of(request)),
        names=names,
        maker=names.get(link.created_by),
    )
    about = next((one for one in ABOUT if one == request.GET.get("about")), None)
    return {
        "link": link,
        "statement": statement(
            link,
            service.payments_of(request.db, link.id),
            service.refunds_of(request.db, link.id),
            service.disputes_of(request.db, link.id),
        ),
        "timeline": [one for one in entries if about in (None, one.about)],
        "everything": entries,
        "about": about,
        "topics": ABOUT,
        "now": request.app.clock(),
        "shown": service.shown_with_link(request.app, request.db, link),
        "account": account,
        "closing": service.closing_of(request.db, link.id) if link.payable else None,
        "provider_name": provider.name if provider else _("the provider"),
        "provider_gone": account.provider if account and not provider else "",
        "names": names,
        "at_provider": at_provider,
        "share": share(link, format_money(link.amount, region(request))) if link.payable else None,
        "sends": service.channels_of(link, provider),
        "may_hand_over": request.identity.may(Permission.LINKS_HAND_OVER),
        "may_change": request.identity.may(Permission.LINKS_CREATE),
        "may_trace": request.identity.may(Permission.PLUGINS_READ),
        "may_retry": request.identity.may(Permission.RULES_MANAGE),
    }


@page("link_check", permission=Permission.LINKS_READ, method="POST")
def check(request: Request) -> Any:
    """Ask the provider for the truth now, rather than wait for its webhook; say what was new."""
    link_id = _known(request)
    try:
        checked = service.recheck(request.app, request.identity.tenant_id, link_id)
        request.session.flash(_said(request, checked))
    except DealpayError as error:
        message = in_their_language(problem_of(error).message)
        request.session.flash(_("%(problem)s Nothing was changed.", problem=message), "warning")
    return see_other(request, "link", id=link_id)


@page("link_deactivate", permission=Permission.LINKS_CREATE, method="POST")
def deactivate(request: Request) -> Any:
    """Have the provider take no more payments on a link."""
    link_id = _known(request)
    try:
        if service.deactivate(request.app, request.identity, link_id):
            request.session.flash(_("The link is deactivated: nobody can pay it any more."))
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
    return see_other(request, "link", id=link_id)


@page("link_send", permission=Permission.LINKS_CREATE, method="POST")
def send(request: Request) -> Any:
    """Have the provider send a link to its payer once more."""
    link_id = _known(request)
    channel: Channel | None = next(
        (one for one in CHANNELS if one == request.matchdict["channel"]), None
    )
    if channel is None:
        raise HTTPNotFound
    try:
        service.send_again(request.app, request.identity, link_id, channel)
        request.session.flash(_("The link was sent once more."))
    except OutcomeUnknown:
        request.session.flash(
            _(
                "No answer came, so nobody knows whether the link was sent. Ask the customer before you "
                "send it again."
            ),
            "warning",
        )
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
    return see_other(request, "link", id=link_id)


def _said(request: Request, checked: Checked) -> str:
    """What a look at the provider brought to light, in sentences."""
    if checked.changed and checked.after == "not made":
        return _("The link was never made. Make it again.")
    if not checked.changed:
        return _("Checked with the provider just now. Nothing new.")
    money = partial(format_money, locale=region(request))
    moment = partial(format_moment, locale=region(request), zone=zone_of(request))
    said = service.in_words(checked.news, money, moment)
    if checked.paid:
        return _("The customer has paid: %(news)s", news=said)
    return _("News from the provider: %(news)s", news=said)


def _known(request: Request) -> str:
    """The id in the address, where it is that of a link that the member may see."""
    return visible_link(request, request.matchdict["id"]).id

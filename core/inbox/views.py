"""Where providers deliver their webhooks, and the pages about what they delivered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from babel.numbers import format_decimal
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from core.api.text import _, ngettext
from core.connections import service as connections
from core.inbox import service
from core.people import service as people
from core.people.roles import Permission
from core.web.languages import region
from core.web.pages import machine, page
from core.web.payloads import redact_payload
from core.web.replies import see_other

MANAGE = Permission.DELIVERIES_MANAGE
STATES = get_args(service.DeliveryState)


@machine("webhook", method="POST")
def receive(request: Request) -> Response:
    """200 for anything verified, 400 for anything else; the provider is told no more than that."""
    received = service.receive(
        request.app,
        request.matchdict["provider"],
        request.matchdict["token"],
        request.body,
        _headers(request.environ),
    )
    status = {"stored": 200, "refused": 400, "unknown": 404, "later": 503}[received.answer]
    return Response(json_body={"received": received.answer == "stored"}, status=status)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """As ``request.headers`` has them, which looks at everything in the environment twice for each."""
    names = {"CONTENT_TYPE": "content-type"}
    names |= {name: name[5:].replace("_", "-").lower() for name in environ if name.startswith("HTTP_")}
    return {header: environ[name] for name, header in names.items() if name in environ}


@page("deliveries", "inbox/index.jinja2", permission=MANAGE)
def index(request: Request) -> dict[str, Any]:
    """All deliveries, newest first. The address holds the filters, and where the page begins."""
    now, narrow = request.app.clock(), _filter(request)
    before = request.GET.get("before")
    accounts = connections.list_accounts(request.db)
    providers = request.app.plugins.payment_providers
    found = service.list_deliveries(request.db, narrow, now, before=before)
    return {
        "deliveries": found.deliveries,
        "next": found.next,
        "before": before,
        "narrow": narrow,
        "query": _query(narrow),
        "states": STATES,
        "accounts": {one.id: one for one in accounts},
        "providers": providers,
        "types": sorted({type for provider in providers.values() for type in provider.event_types}),
        "refused": service.refused_lately(accounts, now),
        "silent": service.silent(request.db, accounts),
        "stuck": service.count_stuck(request.db, narrow, now),
        "most_counted": service.MOST_COUNTED,
        "state_of": lambda delivery: service.state_of(delivery, now),
        "webhook_url": lambda account: connections.webhook_url(request.app, account),
        "may_see_accounts": request.identity.may(Permission.ACCOUNTS_MANAGE),
    }


@page("delivery", "inbox/show.jinja2", permission=MANAGE)
def show(request: Request) -> dict[str, Any]:
    """One delivery: what came of it, what was tried, and its body without what is secret or personal."""
    delivery = service.get_delivery(request.db, request.matchdict["id"])
    if delivery is None:
        raise HTTPNotFound
    happened = delivery.event.get("at")
    entries = service.entries_of(request.db, delivery.id)
    account = connections.get_account(request.db, delivery.account_id)
    provider = request.app.plugins.payment_providers.get(account.provider) if account else None
    return {
        "delivery": delivery,
        "state": service.state_of(delivery, request.app.clock()),
        "entries": entries,
        "names": people.names_of(request.db, [one.actor_id for one in entries if one.actor_id]),
        "account": account,
        "provider_name": provider.name if provider else _("The provider"),
        "happened": happened and datetime.fromisoformat(happened),
        "body": redact_payload(delivery.body) if delivery.body else None,
        "days": request.app.settings.delivery_days,
        "reprocessable": service.is_reprocessable(request.app, delivery),
        "may_see_accounts": request.identity.may(Permission.ACCOUNTS_MANAGE),
    }


@page("delivery_reprocess", permission=MANAGE, method="POST")
def reprocess(request: Request) -> Any:
    """Apply a delivery once more."""
    delivery_id = request.matchdict["id"]
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        if service.get_delivery(session, delivery_id) is None:
            raise HTTPNotFound
    if service.reprocess(request.app, request.identity, delivery_id):
        request.session.flash(_("The event is in line, and applied again in a moment."))
    else:
        request.session.flash(_("There is nothing to be done again: look at its state."), "warning")
    return see_other(request, "delivery", id=delivery_id)


@page("deliveries_reprocess", permission=MANAGE, method="POST")
def reprocess_stuck(request: Request) -> Any:
    """Apply once more whatever failed or waits for its next try, as far as the filters reach."""
    narrow = _filter(request)
    count = service.reprocess_stuck(request.app, request.identity, narrow)
    if count:
        request.session.flash(
            ngettext(
                "1 event is in line, and applied again in a moment.",
                "%(num)s events are in line, and applied again in a moment.",
                count,
                num=format_decimal(count, locale=region(request)),
            )
        )
    else:
        request.session.flash(_("Nothing has failed and nothing waits any more."))
    if count >= service.MOST_AT_ONCE:
        request.session.flash(
            _("That was as many as go at once: have the rest reprocessed too."), "warning"
        )
    return see_other(request, "deliveries", query=_query(narrow))


def _filter(request: Request) -> service.DeliveryFilter:
    return service.DeliveryFilter(
        state=next((one for one in STATES if one == request.GET.get("state")), None),
        account_id=request.GET.get("account") or None,
        type=request.GET.get("type", "").strip(),
        link_id=request.GET.get("link") or None,
    )


def _query(narrow: service.DeliveryFilter) -> dict[str, str]:
    """The filters as they stand in the address."""
    given = {
        "state": narrow.state,
        "account": narrow.account_id,
        "type": narrow.type,
        "link": narrow.link_id,
    }
    return {name: value for name, value in given.items() if value}

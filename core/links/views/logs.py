"""Payment link logs: every link of the workspace, as a page and as a file."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links import service
from core.links.export import lines
from core.links.log_chips import Names, chips
from core.links.log_query import COLUMNS, LogQuery, quick_views
from core.links.narrowing import STATUSES
from core.links.views.access import rep_of
from core.people import service as people
from core.people.roles import Permission
from core.web.formats import zone_of
from core.web.languages import region
from core.web.pages import page


@page("links", "links/index.jinja2", permission=Permission.LINKS_READ)
def index(request: Request) -> dict[str, Any]:
    """All links, in an order. The address holds the filters, the columns, and where the page begins."""
    accounts = connections.list_accounts(request.db)
    query, after = _query(request, accounts), request.GET.get("after")
    try:
        found = service.list_links(request.db, query.narrow, order=query.order, after=after)
        lost = False
    except service.BadCursor:
        request.response.status_int, after, lost = 400, None, True
        found = service.list_links(request.db, query.narrow, order=query.order)
    makers = {one.id: one.name for one in _makers(request, query)}
    labels = {one.id: one.label for one in accounts}
    may_change = request.identity.may(Permission.LINKS_CREATE)
    return {
        "links": found.links,
        "closable": service.closable(request.app, found.links, accounts) if may_change else (),
        "next": found.next,
        "looked_to": found.looked_to,
        "after": after,
        "lost": lost,
        "query": query,
        "chips": chips(query, Names(labels, makers, region(request))),
        "views": quick_views(
            request.identity.user_id, request.app.clock().astimezone(zone_of(request)).date()
        ),
        "paid": service.paid_of(request.db, found.links),
        "payers": service.payers_of(request.db, found.links),
        "makers": makers,
        "statuses": ("attention", "unpaid", *STATUSES),
        "all_columns": COLUMNS,
        "kinds": _kinds(request),
        "accounts": labels,
        "names": people.names_of(request.db, service.holders(found.links)),
    }


@page("links_export", permission=Permission.LINKS_READ)
def export(request: Request) -> Response:
    """The links that the filters leave, as CSV: streamed, however many there are."""
    query = _query(request, connections.list_accounts(request.db))
    rows = lines(request.app, request.identity.tenant_id, query)
    response = Response(content_type="text/csv", charset="utf-8", app_iter=rows)
    response.content_disposition = "attachment; filename=payment-links.csv"
    return response


def _query(request: Request, accounts: list[PaymentAccount]) -> LogQuery:
    currencies = (one.currency for one in accounts)
    return LogQuery.of(request.GET, zone_of(request), currencies, rep_of(request))


def _makers(request: Request, query: LogQuery) -> list[people.TeamMember]:
    return people.list_team(request.db, size=200) if query.rep is None else []


def _kinds(request: Request) -> list[str]:
    """The kinds of records that links can be on."""
    connectors = request.app.plugins.crm_connectors.values()
    return sorted({kind for one in connectors for kind in one.record_kinds})

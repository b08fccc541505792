"""The CRM's side panel: the links of one record."""

from typing import Any

from pyramid.request import Request

from core.api.errors import DealpayError
from core.api.records import RecordRef
from core.api.text import _
from core.links import service
from core.links.models import PAYABLE
from core.links.views.access import owns_now, sees_all
from core.links.views.framing import SHOW, address, frame, late, launched, loads_first, record_of
from core.links.views.obstacles import not_theirs, unread
from core.people import service as people
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.web.pages import page

#: Cards at once; the others are in the logs.
_MOST = 50
#: So many are seen at a glance, without choosing which to see.
_FEW = 5
#: Which states of links are looked at together. One that is being made is among all of them only.
_GROUPS = {"open": PAYABLE, "paid": ("paid",), "ended": ("expired", "deactivated")}


@page("embed_links", "embed/links.jinja2", permission=Permission.LINKS_READ)
def links(request: Request) -> Any:
    """The side panel: the links of one record, and what they come to."""
    connector, identity = launched(request)
    ref = record_of(identity)
    if not sees_all(request):
        if loads_first(request):
            return late(request, connector, _("Payment links"), "links")
        _check_theirs(request, connector, ref)
    of = connector.id, ref.kind, ref.id
    shown = request.GET.get(SHOW, "")
    found = service.links_of_record(request.db, *of, states=_GROUPS.get(shown, ()), limit=_MOST)
    sums = service.sums_of_record(request.db, *of)
    count = sum(sums.counts.values())
    groups = {"": count} | {
        name: sum(sums.counts.get(one, 0) for one in states) for name, states in _GROUPS.items()
    }
    return {
        "ref": ref,
        "links": found,
        "groups": groups if count > _FEW else {},
        "group": shown if shown in groups else "",
        "count": count,
        "more": groups.get(shown, count) - len(found),
        "group_url": lambda name: address(request, "embed_links", **({SHOW: name} if name else {})),
        "totals": sums.totals,
        "paid": service.paid_on(request.db, found),
        "shown": service.shown_with_record(request.app, request.db, request.identity.tenant_id, ref),
        "names": people.names_of(request.db, service.holders(found)),
        "may_create": request.identity.may(Permission.LINKS_CREATE),
        **frame(request, connector),
    }


def _check_theirs(request: Request, connector: ConnectorEntry, ref: RecordRef) -> None:
    """Raises Obstacle where the record is somebody else's, or nobody can tell."""
    try:
        theirs = owns_now(request, connector.id, ref)
    except DealpayError as error:
        raise unread(error, _("So its links can't be shown.")) from error
    if not theirs:
        raise not_theirs(request)

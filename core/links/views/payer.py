"""The page that a payer comes back to after paying: open to whoever has its address."""

from typing import Any

from pyramid.request import Request

from core.links import payer
from core.links.payer import Told
from core.web.formats import format_moment, zone_called
from core.web.languages import region
from core.web.pages import PUBLIC, page

#: Seconds after which the page looks again: while the payer waits for an answer, and while a bank does.
_SOON, _LATER = 5, 30


@page("payer", "payer/show.jinja2", permission=PUBLIC, framable=False)
def show(request: Request) -> dict[str, Any]:
    """What came of a payment. An address that is none looks like a link that is closed."""
    wait = request.throttle.hit("payer", "")
    hint = request.GET.get("payment") or None
    told = payer.tell(request.app, request.matchdict["token"], hint, ask=not wait)
    if told is payer.GONE:
        request.response.status_int = 404
    headers = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    request.response.headers.update(headers)
    return {
        "told": told,
        "at": format_moment(told.at, region(request), zone_called(told.timezone)) if told.at else None,
        "again": _again(told),
    }


def _again(told: Told) -> int | None:
    """In how many seconds the page looks again by itself, if it does."""
    if told is payer.GONE:
        return None
    if not told.confirmed or told.awaited:
        return _SOON
    return _LATER if told.state in ("open", "pending") else None

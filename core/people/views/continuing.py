"""What the pages of signing in offer beside a password: the CRMs, and a window for the CRM's frame."""

from typing import Any

from pyramid.request import Request

from core.web.headers import keep_opener
from core.web.pages import local_path

#: Where the window that signs in for a frame begins and ends.
POPUP = "/popup"


def asked_for(request: Request) -> str:
    """The page to go on to, ``?next=``; a window that signs in for a frame stays connected to it."""
    target = local_path(request.GET.get("next"))
    if target.startswith(POPUP):
        keep_opener(request)
    return target


def onward(request: Request) -> str:
    """Where to go after signing in: the page that was asked for, or on with a CRM that waits."""
    if "next" not in request.GET and (crm := request.session.get("installing")):
        return str(request.route_path("install", crm=crm))
    return asked_for(request)


def ways_in(request: Request) -> dict[str, Any]:
    """For the template ``people/continue.jinja2``: the CRMs that say who somebody is, where to go on
    afterwards, and which CRM's frame this may be."""
    target = asked_for(request)
    connectors = request.app.plugins.crm_connectors
    framed_by = target.split("/")[2] if target.startswith("/embed/") else ""
    crms = [one for one in connectors.values() if one.signs_in]
    return {
        # In a CRM's frame the others are none of anybody's business.
        "crms": [one for one in crms if framed_by in ("", one.id)],
        "target": target,
        "framed_by": framed_by if framed_by in connectors else "",
    }

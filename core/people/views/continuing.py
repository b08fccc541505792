"""What the pages of signing in offer beside a password: the CRMs, and a window for the CRM's frame."""

from typing import Any

from pyramid.request import Request

from core.web.headers import keep_opener
from core.web.pages import local_path

#: Where the window that signs in for a frame begins and ends.
POPUP = "/popup"


def ways_in(request: Request) -> dict[str, Any]:
    """For the template ``people/continue.jinja2``: the CRMs that say who somebody is, where to go on
    afterwards, and which CRM's frame this may be."""
    target = local_path(request.GET.get("next"))
    connectors = request.app.plugins.crm_connectors
    if target.startswith(POPUP):
        keep_opener(request)
    framed_by = target.split("/")[2] if target.startswith("/embed/") else ""
    crms = [one for one in connectors.values() if one.signs_in]
    return {
        # In a CRM's frame the others are none of anybody's business.
        "crms": [one for one in crms if framed_by in ("", one.id)],
        "target": target,
        "framed_by": framed_by if framed_by in connectors else "",
    }

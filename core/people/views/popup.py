"""A window of its own that signs in for the CRM's frame, which has cookies of its own.

The frame opens the window and tells it the hash of a nonce. Whoever is signed in here confirms, and the
window posts a code to the page that has opened it, if that is one of ours. The frame trades the code and
its nonce for a session of its own. No secret is part of an address.
"""

from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import remember

from core.api.text import _
from core.people import service
from core.web.headers import keep_opener
from core.web.pages import PUBLIC, page
from core.web.replies import see_other
from core.web.throttle import wait_in_words


@page("popup", "people/popup.jinja2", permission=PUBLIC, framable=False)
def show(request: Request) -> Any:
    """Ask whoever is signed in here; anybody else signs in first, and comes back."""
    keep_opener(request)
    values = _values(request)
    if request.identity is None:
        query = {"next": request.path_qs}
        if values["via"] and values["via"].signs_in:
            return see_other(request, "continue", crm=values["via"].id, query=query)
        return see_other(request, "login", query=query)
    return values


@page("popup", "people/popup.jinja2", permission=None, method="POST", framable=False)
def confirm(request: Request) -> Any:
    """Make the code: from here it goes to the page that has opened this window, and nowhere else."""
    keep_opener(request)
    values = _values(request)
    code = service.issue_code(request.app, request.identity, request.GET["for"])
    return {**values, "code": code}


@page("popup_code", permission=PUBLIC, method="POST")
def redeem(request: Request) -> Any:
    """In the frame: a session for the member who has confirmed."""
    if wait := request.throttle.hit("crm-sign-in", ""):
        said = _("That was tried too often. Wait %(time)s, then try again.", time=wait_in_words(wait))
        return Response(json_body={"problem": said}, status=429)
    code, nonce = request.POST.get("code", ""), request.POST.get("nonce", "")
    try:
        user_id = service.redeem_code(
            request.app, code, nonce, ip=request.remote_addr, agent=request.user_agent
        )
    except service.SignInRefused as refused:
        return Response(json_body={"problem": str(refused)}, status=422)
    remember(request, user_id)
    return Response(json_body={})


def _values(request: Request) -> dict[str, Any]:
    if not service.is_nonce_hash(request.GET.get("for", "")):
        raise HTTPBadRequest
    connectors = request.app.plugins.crm_connectors
    return {
        "crm": connectors.get(request.GET.get("crm", "")),
        "via": connectors.get(request.GET.get("via", "")),
        "code": "",
    }

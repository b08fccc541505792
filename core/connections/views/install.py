"""Connecting a CRM by giving this app access: begun here, or in the CRM's own marketplace.

A marketplace opens this page with a code and nothing that proves who sent the browser here, so such a
code is only used after somebody has seen what it opens the way to and has pressed a button. What was
begun here carries a state that only this browser knows.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request

from core.api.errors import CredentialsError, DealpayError
from core.connections import service
from core.db.sealing import SealBroken
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.web.pages import PUBLIC, page
from core.web.replies import problem_of, see_other

#: In the session, and carried over the sign-in: what was begun, see ``_begin``, and which CRM it is.
_BEGUN, _WHICH = "install", "installing"
#: How long a code or a state is remembered. Codes live for minutes.
_KEPT = timedelta(minutes=30)


@page("install", "connections/install.jinja2", permission=PUBLIC)
def install(request: Request) -> Any:
    """What the CRM lets the app do and why, and what came of asking for it."""
    connector = _connector(request)
    if "error" in request.GET:
        _end(request)
        return _shown(request, connector, problem="refused")
    if "code" in request.GET:
        started = _begun(request, connector).get("state")
        given = request.GET.get("state", "")
        ours = bool(started) and secrets.compare_digest(str(started), given)
        if given and not ours:
            return _shown(request, connector, problem="foreign", status=400)
        _begin(request, connector, code=request.GET["code"], ours=ours)
        return see_other(request, "install", crm=connector.id)
    begun = _begun(request, connector)
    if begun.get("ours") and "code" in begun and _may(request):
        return _connect(request, connector, begun["code"])
    return _shown(request, connector, waiting="code" in begun)


@page("install", "connections/install.jinja2", method="POST", permission=Permission.CRM_MANAGE)
def confirm(request: Request) -> Any:
    """Use a code that the CRM's marketplace has sent the browser here with."""
    connector = _connector(request)
    begun = _begun(request, connector)
    if "code" not in begun:
        return _shown(request, connector, problem="gone", status=409)
    return _connect(request, connector, begun["code"])


@page("install_start", permission=Permission.CRM_MANAGE)
def start(request: Request) -> Any:
    """Lead to the CRM's page that asks for access."""
    connector = _connector(request)
    if not connector.installs:
        raise HTTPNotFound
    state = secrets.token_urlsafe(32)
    _begin(request, connector, state=state)
    try:
        address = service.authorize_url(
            request.app, connector.id, state, _redirect_uri(request, connector)
        )
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
        return see_other(request, "crm")
    return HTTPFound(address)


def _connect(request: Request, connector: ConnectorEntry, code: str) -> Any:
    _end(request)
    redirect_uri = _redirect_uri(request, connector)
    try:
        made = service.install(request.app, request.identity, connector.id, code, redirect_uri)
    except CredentialsError as error:
        if _connected_just_now(request):  # the button was pressed twice
            return see_other(request, "crm")
        return _shown(request, connector, problem="failed", message=str(error), status=422)
    except DealpayError as error:
        message = problem_of(error).message
        return _shown(request, connector, problem="failed", message=message, status=503)
    request.session.flash(f"{made.external_name} is connected.")
    return see_other(request, "crm")


def _connected_just_now(request: Request) -> bool:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        connection = service.crm_connection(session)
    since = request.app.clock() - timedelta(minutes=1)
    return bool(connection and connection.renewed_at and connection.renewed_at > since)


def _begin(request: Request, connector: ConnectorEntry, **begun: Any) -> None:
    """Remember a state or a code, sealed: a code opens the CRM for whoever has it."""
    begun |= {"crm": connector.id, "at": request.app.clock().isoformat()}
    request.session[_WHICH] = connector.id
    request.session[_BEGUN] = request.app.secrets.seal(json.dumps(begun), "session", _BEGUN)


def _end(request: Request) -> None:
    for name in (_BEGUN, _WHICH):
        request.session.pop(name, None)


def _begun(request: Request, connector: ConnectorEntry) -> dict[str, Any]:
    """What was begun for this CRM, unless it was too long ago."""
    try:
        found: dict[str, Any] = json.loads(
            request.app.secrets.open(request.session.get(_BEGUN, ""), "session", _BEGUN)
        )
    except (SealBroken, ValueError):
        return {}
    recent = request.app.clock() - datetime.fromisoformat(found["at"]) < _KEPT
    return found if recent and found["crm"] == connector.id else {}


def _redirect_uri(request: Request, connector: ConnectorEntry) -> str:
    """The callback that the operator registers for the app at the CRM."""
    return f"{request.app.settings.public_url}/install/{connector.id}"


def _may(request: Request) -> bool:
    return bool(request.identity and request.identity.may(Permission.CRM_MANAGE))


def _connector(request: Request) -> ConnectorEntry:
    connectors: Mapping[str, ConnectorEntry] = request.app.plugins.crm_connectors
    if connector := connectors.get(request.matchdict["crm"]):
        return connector
    raise HTTPNotFound


def _shown(
    request: Request,
    connector: ConnectorEntry,
    *,
    waiting: bool = False,
    problem: str = "",
    message: str = "",
    status: int = 200,
) -> dict[str, Any]:
    request.response.status_int = status
    return {
        "connector": connector,
        "waiting": waiting,
        "problem": problem,
        "message": message,
        "may": _may(request),
        "other": request.identity.crm not in (None, connector.id) if request.identity else False,
    }

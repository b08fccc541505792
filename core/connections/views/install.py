"""Connecting a CRM by giving this app access: begun here, or in the CRM's own marketplace.

A marketplace opens this page with a code and nothing that proves who sent the browser here, so such a
code is only used after somebody has seen what it opens the way to and has pressed a button. What was
begun here carries a state that only this browser knows.
"""

from datetime import timedelta
from typing import Any

from pyramid.request import Request

from core.api.errors import CredentialsError, DealpayError
from core.api.text import _
from core.connections import service
from core.connections.views import crm_sign_in
from core.connections.views.begun import (
    CONNECT,
    begin,
    begun_for,
    connector_of,
    end,
    is_ours,
    keep_proof,
    lead_there,
    redirect_uri,
)
from core.people import service as people
from core.people.roles import Permission
from core.plugin_host.entries import ConnectorEntry
from core.web.headers import keep_opener
from core.web.pages import PUBLIC, page
from core.web.replies import problem_of, see_other


@page("install", "connections/install.jinja2", permission=PUBLIC)
def install(request: Request) -> Any:
    """What the CRM lets the app do and why, and what came of asking for it."""
    connector = connector_of(request)
    begun = begun_for(request, connector)
    signing_in = begun.get("purpose", CONNECT) != CONNECT
    if begun.get("next", "").startswith("/popup"):
        keep_opener(request)
    if "error" in request.GET:
        end(request)
        if signing_in:
            said = _("%(crm)s gave no access, so it doesn't say who you are.", crm=connector.name)
            return crm_sign_in.back(request, begun, said)
        return _shown(request, connector, problem="refused")
    if "code" in request.GET:
        ours = is_ours(request, begun)
        if request.GET.get("state") and not ours:
            return _shown(request, connector, problem="foreign", status=400)
        # What a marketplace sends has no state, and is no answer to what was begun here.
        kept = {
            name: begun[name] for name in ("purpose", "next", "invitation") if ours and name in begun
        }
        begin(request, connector, **kept, code=request.GET["code"], ours=ours)
        return see_other(request, "install", crm=connector.id)
    if begun.get("ours") and "code" in begun:
        if signing_in:
            return crm_sign_in.finish(request, connector, begun)
        if _may(request):
            return _connect(request, connector, begun["code"])
    return _shown(request, connector, waiting="code" in begun and not signing_in)


@page("install", "connections/install.jinja2", method="POST", permission=Permission.CRM_MANAGE)
def confirm(request: Request) -> Any:
    """Use a code that the CRM's marketplace has sent the browser here with."""
    connector = connector_of(request)
    begun = begun_for(request, connector)
    if "code" not in begun or begun.get("purpose", CONNECT) != CONNECT:
        return _shown(request, connector, problem="gone", status=409)
    return _connect(request, connector, begun["code"])


@page("install_start", permission=Permission.CRM_MANAGE)
def start(request: Request) -> Any:
    """Lead to the CRM's page that asks for access."""
    try:
        return lead_there(request, connector_of(request), CONNECT)
    except DealpayError as error:
        request.session.flash(problem_of(error).message, "warning")
        return see_other(request, "crm")


def _connect(request: Request, connector: ConnectorEntry, code: str) -> Any:
    end(request)
    known = None
    try:
        known = service.who_is(request.app, connector.id, code, redirect_uri(request, connector))
        made = service.install(request.app, request.identity, connector.id, known)
    except CredentialsError as error:
        if _connected_just_now(request):  # the button was pressed twice
            return see_other(request, "crm")
        colleague = known and _of_a_colleague(request, known)
        if colleague:
            keep_proof(request, colleague)
        return _shown(
            request,
            connector,
            problem="failed",
            message=str(error),
            status=422,
            admins=people.admins_to_ask(request.app, colleague.crm, colleague.tenant_id)
            if colleague
            else (),
        )
    except DealpayError as error:
        message = problem_of(error).message
        return _shown(request, connector, problem="failed", message=message, status=503)
    request.session.flash(_("%(account)s is connected.", account=made.external_name))
    return see_other(request, "crm")


def _of_a_colleague(request: Request, known: service.Known) -> people.CrmProof | None:
    """Whom the CRM has vouched for, where another workspace than theirs belongs to that CRM tenant."""
    proof = known.proof
    return proof if proof and proof.tenant_id != request.identity.crm_tenant_id else None


def _connected_just_now(request: Request) -> bool:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        connection = service.crm_connection(session)
    since = request.app.clock() - timedelta(minutes=1)
    return bool(connection and connection.renewed_at and connection.renewed_at > since)


def _may(request: Request) -> bool:
    return bool(request.identity and request.identity.may(Permission.CRM_MANAGE))


def _shown(
    request: Request,
    connector: ConnectorEntry,
    *,
    waiting: bool = False,
    problem: str = "",
    message: str = "",
    status: int = 200,
    admins: tuple[str, ...] = (),
) -> dict[str, Any]:
    request.response.status_int = status
    return {
        "connector": connector,
        "waiting": waiting,
        "problem": problem,
        "message": message,
        "admins": admins,
        "may": _may(request),
        "other": request.identity.crm not in (None, connector.id) if request.identity else False,
    }

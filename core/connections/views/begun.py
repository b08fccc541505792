"""What was begun with a CRM in this browser: kept in the session, sealed, until the CRM leads back.

Every way to the CRM's page leads back to one address, which the operator has registered there. What it
was for, ``purpose``, is remembered here beside the state: ``connect`` a workspace, ``sign-in`` or
``join`` by an invitation.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request

from core.connections import service
from core.db.sealing import SealBroken
from core.people.service import CrmProof
from core.plugin_host.entries import ConnectorEntry

CONNECT, SIGN_IN, JOIN = "connect", "sign-in", "join"

#: In the session, and carried over the sign-in: what was begun, and which CRM it is.
_BEGUN, WHICH = "install", "installing"
#: In the session: whom the CRM has vouched for who isn't a member.
_PROOF = "crm-proof"
#: How long any of it is remembered. Codes live for minutes.
_KEPT = timedelta(minutes=30)


def connector_of(request: Request) -> ConnectorEntry:
    """The CRM that the address names."""
    connectors: Mapping[str, ConnectorEntry] = request.app.plugins.crm_connectors
    if connector := connectors.get(request.matchdict["crm"]):
        return connector
    raise HTTPNotFound


def redirect_uri(request: Request, connector: ConnectorEntry) -> str:
    """The callback that the operator registers for the app at the CRM."""
    return f"{request.app.settings.public_url}/install/{connector.id}"


def lead_there(request: Request, connector: ConnectorEntry, purpose: str, **more: str) -> HTTPFound:
    """On to the page of the CRM that asks for access. Raises DealpayError."""
    if not connector.installs:
        raise HTTPNotFound
    state = secrets.token_urlsafe(32)
    address = service.authorize_url(request.app, connector.id, state, redirect_uri(request, connector))
    begin(request, connector, purpose=purpose, state=state, **more)
    return HTTPFound(address)


def begin(request: Request, connector: ConnectorEntry, **begun: Any) -> None:
    """Remember a state or a code, sealed: a code opens the CRM for whoever has it."""
    if begun.get("purpose", CONNECT) == CONNECT:
        request.session[WHICH] = connector.id
    request.session[_BEGUN] = _seal(request, {"crm": connector.id, **begun})


def end(request: Request) -> None:
    """Forget it."""
    for name in (_BEGUN, WHICH):
        request.session.pop(name, None)


def begun_for(request: Request, connector: ConnectorEntry) -> dict[str, Any]:
    """What was begun for this CRM, unless it was too long ago."""
    found = _open(request, _BEGUN)
    return found if found.get("crm") == connector.id else {}


def is_ours(request: Request, begun: Mapping[str, Any]) -> bool:
    """Whether the state in the address is the one that was made for this browser."""
    state, given = begun.get("state"), request.GET.get("state", "")
    return bool(state) and secrets.compare_digest(str(state).encode(), given.encode())


def keep_proof(request: Request, proof: CrmProof) -> None:
    """Remember whom the CRM has vouched for, until they have asked to be let in."""
    kept = {name: getattr(proof, name) for name in CrmProof.__slots__}
    request.session[_PROOF] = _seal(request, {"proof": kept}, _PROOF)


def kept_proof(request: Request, connector: ConnectorEntry) -> CrmProof | None:
    """Whom this CRM has vouched for in this browser, not long ago."""
    found = _open(request, _PROOF).get("proof")
    return CrmProof(**found) if found and found["crm"] == connector.id else None


def _seal(request: Request, what: dict[str, Any], name: str = _BEGUN) -> str:
    text = json.dumps({**what, "at": request.app.clock().isoformat()})
    sealed: str = request.app.secrets.seal(text, "session", name)
    return sealed


def _open(request: Request, name: str) -> dict[str, Any]:
    try:
        text = request.app.secrets.open(request.session.get(name, ""), "session", name)
        found: dict[str, Any] = json.loads(text)
    except (SealBroken, ValueError):
        return {}
    recent = request.app.clock() - datetime.fromisoformat(found["at"]) < _KEPT
    return found if recent else {}

"""Whose links a member may see: reps those that they look after (what they made, unless it was handed
over, and what was handed to them), and what is on records that the CRM gives them."""

from datetime import datetime, timedelta

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.errors import DealpayError
from core.api.records import Record, RecordRef
from core.connections import service as connections
from core.links import service
from core.links.models import PaymentLink
from core.people.roles import Permission

#: How long what the CRM says of a record's owner is gone by, for pages that ask for nothing else of it.
_KEPT = timedelta(minutes=5)
_MOST = 30
_SEEN = "records"


def sees_all(request: Request) -> bool:
    """Whether the member's role sees everybody's links and records."""
    may: bool = request.identity.may(Permission.LINKS_READ_ALL)
    return may


def rep_of(request: Request) -> service.Rep | None:
    """Whose links the member's lists are of; None where they see everybody's."""
    member = request.identity
    return None if sees_all(request) else service.Rep(member.user_id, member.crm, member.crm_user_id)


def owns(request: Request, record: Record) -> bool:
    """Whether the CRM has given the record to the member."""
    mine = request.identity.crm_user_id
    return bool(mine and record.owner and record.owner.id == mine)


def owns_now(request: Request, crm: str, ref: RecordRef) -> bool:
    """The same, of a record that hasn't been read; the answer is kept for some minutes. Calls out.

    Raises what the CRM raises.
    """
    key, now = f"{crm}:{ref.kind}:{ref.id}", request.app.clock()
    kept = {
        name: until
        for name, until in request.session.get(_SEEN, {}).items()
        if datetime.fromisoformat(until) > now
    }
    if key in kept:
        return True
    if not request.identity.crm_user_id:
        return False
    with connections.watched_crm(request.app, request.identity.tenant_id) as port:
        if not owns(request, port.fetch_record(ref)):
            return False
    newest = list(kept.items())[-_MOST:]
    request.session[_SEEN] = {**dict(newest), key: (now + _KEPT).isoformat()}
    return True


def visible_link(request: Request, link_id: str) -> PaymentLink:
    """The link with that id, where the member may see it. Raises HTTPNotFound. May call out."""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        link = service.get_link(session, link_id)
    if link is None or not (sees_all(request) or _theirs(request, link)):
        raise HTTPNotFound
    return link


def _theirs(request: Request, link: PaymentLink) -> bool:
    if link.holder_id == request.identity.user_id:
        return True
    if request.identity.crm != link.crm:
        return False
    try:
        return owns_now(request, link.crm, link.record_ref)
    except DealpayError:
        return False  # whose the record is can't be told now

"""Handing links over: somebody else looks after them from now on.

Who made a link stays who made it. A rep who looks after it has it in the logs and may open it. The one
who did so before has it in the logs no more, also where the record was theirs when the link was made;
they see it where the CRM gives them the record now.
"""

from collections.abc import Collection

from sqlalchemy import JSON, ColumnElement, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.base import new_id
from core.links.models import LinkEvent, PaymentLink
from core.links.narrowing import held_by, never_made
from core.people import service as people
from core.people.roles import PERMISSIONS, Permission
from core.people.service import Member, TeamMember
from core.tenants import service as tenants

#: So many members are offered to choose from.
_MOST = 500
#: An id begins with its kind, and with its time, by which a link's history is in order.
_TIMED = len("evt_") + 10


class HandoverRefused(Exception):
    """Why nothing was handed over, in a sentence for whoever asked."""


def count_held(session: Session, member_id: str) -> int:
    """How many links a member looks after."""
    held = select(func.count()).select_from(PaymentLink).where(*_of(member_id))
    return session.scalar(held) or 0


def holders(links: Collection[PaymentLink]) -> set[str]:
    """The ids of whoever made some links and of whoever looks after them."""
    return {id for link in links for id in (link.created_by, link.holder_id)}


def receivers(session: Session, except_id: str) -> list[TeamMember]:
    """The members who can look after links, by their names, without one of them."""
    team = people.list_team(session, size=_MOST)
    able = [one for one in team if one.id != except_id and _why_not(one) is None]
    return sorted(able, key=lambda one: one.name.casefold())


def receiver(session: Session, to: str, before: str) -> TeamMember:
    """The member ``to``, if they can take what ``before`` looks after. Raises HandoverRefused."""
    member = people.get_team_member(session, to)
    if member is None:
        raise HandoverRefused(_("Choose a member of this workspace."))
    if to == before:
        raise HandoverRefused(_("%(name)s looks after this already.", name=member.name))
    if why := _why_not(member):
        raise HandoverRefused(why)
    return member


def hand_over(app: App, actor: Member, member_id: str, to: str) -> int | None:
    """Give all links that a member looks after to the member ``to``; how many there were, None where
    there is no such member. However many, it takes as many statements. Raises HandoverRefused."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        tenants.lock(session, actor.tenant_id)
        if people.get_team_member(session, member_id) is None:
            return None
        receiver(session, to, member_id)
        count = _hand_over(app, session, actor, to, *_of(member_id))
        audit.record(session, "links.handed_over", member_id, actor_id=actor.user_id, to=to, count=count)
        return count


def hand_over_link(app: App, actor: Member, link_id: str, to: str) -> bool:
    """Give one link to the member ``to``; False where there is no such link. Raises HandoverRefused."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        tenants.lock(session, actor.tenant_id)
        link = session.get(PaymentLink, link_id)
        if link is None:
            return False
        before = link.holder_id
        receiver(session, to, before)
        _hand_over(app, session, actor, to, PaymentLink.id == link_id)
        told = {"before": before, "to": to}
        audit.record(session, "link.handed_over", link_id, actor_id=actor.user_id, **told)
        return True


def _of(member_id: str) -> tuple[ColumnElement[bool], ...]:
    return or_(*held_by(member_id)), ~never_made()


def _hand_over(app: App, session: Session, actor: Member, to: str, *which: ColumnElement[bool]) -> int:
    """A line in the history of each link, and then the links that have it: what is made in between stays
    where it is."""
    link, handover, now = PaymentLink, new_id("hnd"), new_id(LinkEvent.id_prefix)[:_TIMED]
    detail = {"user": actor.user_id, "holder": to}
    values = {
        "id": literal(now) + func.substr(link.id, len("lnk_") + 1),
        "tenant_id": link.tenant_id,
        "link_id": link.id,
        "name": literal("link.handed_over"),
        "subject_id": literal(handover),
        "detail": literal(detail, JSON),
        "at": literal(app.clock(), LinkEvent.at.type),
    }
    found = select(*values.values()).where(*which)
    session.execute(insert(LinkEvent).from_select(list(values), found))
    # Among the newest ids: no index leads from the hand-over to its lines.
    noted = select(LinkEvent.link_id).where(LinkEvent.id > now, LinkEvent.subject_id == handover)
    changed = update(link).where(*which, link.id.in_(noted)).values(handed_to=to)
    unread = {"synchronize_session": False}
    count: int = session.execute(changed, execution_options=unread).rowcount  # type: ignore[attr-defined]
    return count


def _why_not(member: TeamMember) -> str | None:
    """Why a member can't look after links, in a sentence."""
    if not member.active or member.locked or not member.confirmed:
        return _("%(name)s can't sign in at present. Choose somebody else.", name=member.name)
    if Permission.LINKS_CREATE not in PERMISSIONS[member.role]:
        return _(
            "As %(role)s, %(name)s can't look after payment links. Choose somebody else.",
            role=member.role.noun,
            name=member.name,
        )
    return None

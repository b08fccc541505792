"""Invitations: mailed to one address, for one role and one user of the CRM, good once and for a week."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.text import _, show
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.mail import service as mail
from core.people import tokens
from core.people.joining import ELSEWHERE, may_leave
from core.people.members import Member
from core.people.models import Invitation, User
from core.people.roles import Role
from core.people.team import CrmPerson, TeamRefused, check_free, check_grant
from core.people.tokens import hashed
from core.tenants import service as tenants

LIFE = timedelta(days=7)
#: So long before its end somebody who was invited is reminded.
REMINDER = timedelta(days=2)
_REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class CopiedLink:
    """A link of an invitation that is shown once, to be handed on; until when it works, in UTC."""

    url: str
    email: str
    expires_at: datetime


def open_invitations(session: Session, limit: int = 200) -> list[Invitation]:
    """Those that wait for an answer, newest first."""
    waiting = select(Invitation).where(Invitation.ended_at.is_(None))
    return list(session.scalars(waiting.order_by(Invitation.sent_at.desc()).limit(limit)))


def invite(
    app: App, actor: Member, *, email: str, name: str, role: Role, crm_user: CrmPerson | None
) -> None:
    """Mail an invitation; an earlier one to the same address stops working. Raises TeamRefused."""
    email = email.lower()
    check_grant(actor, role)
    _check_address(app, actor, email)
    with app.db.unit_of_work(actor.tenant_id) as session:
        tenants.lock(session, actor.tenant_id)
        row = session.scalar(select(Invitation).where(Invitation.email == email))
        if row is None:
            row = Invitation(email=email)
            session.add(row)
        # Before it is looked whose the user of the CRM is: inviting again changes nothing of that.
        row.crm_user_id = row.crm_user_name = None
        row.name, row.role, row.ended_at, row.outcome = name, role, None, None
        _send(app, session, row, actor)
        if crm_user:
            check_free(session, crm_user)
            row.crm_user_id, row.crm_user_name = crm_user.id, crm_user.name
        audit.record(session, "member.invited", row.id, actor_id=actor.user_id, email=email, role=role)


def resend(app: App, actor: Member, invitation_id: str) -> str | None:
    """Mail it again, with a new link, for another week; the address, None where it has ended."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        row = session.get(Invitation, invitation_id, with_for_update=True)
        if row is None or row.ended_at:
            return None
        check_grant(actor, Role(row.role))
        _send(app, session, row, actor)
        audit.record(session, "invitation.sent_again", row.id, actor_id=actor.user_id)
        return row.email


def copy_link(app: App, actor: Member, invitation_id: str) -> CopiedLink | None:
    """A link of its own to hand on, beside the mailed one; None where it has ended or run out.

    It stands nowhere afterwards, so copying once more makes an earlier copy worthless. Since it didn't
    come by mail, whoever joins by it has to confirm the address.
    """
    with app.db.unit_of_work(actor.tenant_id) as session:
        row = session.get(Invitation, invitation_id, with_for_update=True)
        if row is None or row.ended_at or row.expires_at <= app.clock():
            return None
        check_grant(actor, Role(row.role))
        token, row.copied_hash = _token()
        audit.record(session, "invitation.link_copied", row.id, actor_id=actor.user_id)
        return CopiedLink(_link(app, token), row.email, row.expires_at)


def revoke(app: App, actor: Member, invitation_id: str) -> str | None:
    """Make its link worthless; the address, None where it has ended already."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        row = session.get(Invitation, invitation_id, with_for_update=True)
        if row is None or row.ended_at:
            return None
        row.ended_at, row.outcome = app.clock(), _REVOKED
        audit.record(session, "invitation.revoked", row.id, actor_id=actor.user_id)
        return row.email


def remind(app: App) -> str | None:
    """Mail whoever hasn't answered two days before the invitation ends, once, with a new link."""
    now, count = app.clock(), 0
    soon = (
        Invitation.ended_at.is_(None),
        Invitation.reminded_at.is_(None),
        Invitation.expires_at > now,
        Invitation.expires_at <= now + REMINDER,
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        found = session.execute(
            select(Invitation.tenant_id, Invitation.id).where(*soon).limit(500)
        ).all()
    for tenant_id, invitation_id in found:
        with app.db.unit_of_work(tenant_id) as session:
            row = session.scalar(
                select(Invitation).where(Invitation.id == invitation_id, *soon).with_for_update()
            )
            if row is not None:
                row.reminded_at = now
                inviter = session.get(User, row.invited_by)
                _mail(app, session, row, "invite_reminder", inviter.language if inviter else None)
                count += 1
    return f"{count} people were reminded of their invitations." if count else None


def _send(app: App, session: Session, row: Invitation, actor: Member) -> None:
    row.invited_by, row.reminded_at, row.copied_hash = actor.user_id, None, None
    row.sent_at, row.expires_at = app.clock(), app.clock() + LIFE
    _mail(app, session, row, "invite")


def _mail(
    app: App, session: Session, row: Invitation, template: str, language: str | None = None
) -> None:
    """With a new link: the one before stops working, since only its hash was kept."""
    token, row.token_hash = _token()
    session.flush()
    mail.send(
        app,
        session,
        row.tenant_id,
        row.email,
        template,
        language=language,
        timezone=tenants.get(session, row.tenant_id).timezone,
        link=_link(app, token),
        at=row.expires_at,
    )


def _token() -> tuple[str, str]:
    """A new one, and its hash, which is all that is kept."""
    token = tokens.new()
    return token, hashed(token)


def _link(app: App, token: str) -> str:
    return f"{app.settings.public_url}/invites/{token}"


def _check_address(app: App, actor: Member, email: str) -> None:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        known = session.scalar(select(User).where(User.email == email))
        if known is None:
            return
        if known.tenant_id == actor.tenant_id:
            raise TeamRefused(
                _("%(name)s is a member already, with this address.", name=known.name), "email"
            )
        if not may_leave(session, known, actor.tenant_id):
            raise TeamRefused(show(ELSEWHERE), "email")

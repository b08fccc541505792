"""Invitations: mailed to one address, for one role and one user of the CRM, good once and for a week."""

from collections.abc import Sequence
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
from core.people.team import CrmPerson, check_grant, not_free, taken_users
from core.people.tokens import hashed
from core.tenants import service as tenants

LIFE = timedelta(days=7)
#: So long before its end somebody who was invited is reminded.
REMINDER = timedelta(days=2)
#: So many are invited at once.
MOST = 50
_REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Invitee:
    """Whom to invite: an address in lower case, the name where it is known, and who they are in the
    CRM, if anybody."""

    email: str
    name: str = ""
    crm_user: CrmPerson | None = None


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


def invite(app: App, actor: Member, invitees: Sequence[Invitee], *, role: Role) -> dict[str, str]:
    """Mail everybody an invitation to join as ``role``; why not, in a sentence by address, for whom it
    can't be done: the others are invited all the same.

    An invitation that has ended or run out is begun anew. Raises TeamRefused where the role isn't the
    actor's to give, ValueError for more than MOST at once.
    """
    if len(invitees) > MOST:
        raise ValueError(f"at most {MOST} people are invited at once")
    check_grant(actor, role)
    refused = _members_among(app, actor, [one.email for one in invitees])
    with app.db.unit_of_work(actor.tenant_id) as session:
        tenants.lock(session, actor.tenant_id)
        addresses = [one.email for one in invitees if one.email not in refused]
        invited = session.scalars(select(Invitation).where(Invitation.email.in_(addresses)))
        known = {row.email: row for row in invited}
        for row in list(known.values()):
            if row.ended_at is None and row.expires_at > app.clock():
                refused[row.email] = _("Invited already. Under Manage users you can send it again.")
            else:
                # Before it is looked whose the user of the CRM is: inviting again changes that.
                row.crm_user_id = row.crm_user_name = None
        asked = [one for one in invitees if one.email not in refused]
        taken = taken_users(session, [one.crm_user.id for one in asked if one.crm_user])
        zone = tenants.get(session, actor.tenant_id).timezone
        with session.no_autoflush:  # the rows go out together, however many
            for one in asked:
                if one.crm_user and one.crm_user.id in taken:
                    refused[one.email] = not_free(one.crm_user, taken[one.crm_user.id])
                    continue
                row = known.get(one.email) or Invitation(tenant_id=actor.tenant_id, email=one.email)
                session.add(row)
                row.name, row.role = one.name or one.email.partition("@")[0], role
                row.ended_at = row.outcome = None
                if one.crm_user:
                    row.crm_user_id, row.crm_user_name = one.crm_user.id, one.crm_user.name
                _send(app, session, row, actor, zone)
                told = {"email": one.email, "role": role}
                audit.record(session, "member.invited", row.id, actor_id=actor.user_id, **told)
    return refused


def resend(app: App, actor: Member, invitation_id: str) -> str | None:
    """Mail it again, with a new link, for another week; the address, None where it has ended."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        row = session.get(Invitation, invitation_id, with_for_update=True)
        if row is None or row.ended_at:
            return None
        check_grant(actor, Role(row.role))
        _send(app, session, row, actor, tenants.get(session, row.tenant_id).timezone)
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
                zone = tenants.get(session, tenant_id).timezone
                language = inviter.language if inviter else None
                _mail(app, session, row, "invite_reminder", zone, language)
                count += 1
    return f"{count} people were reminded of their invitations." if count else None


def _send(app: App, session: Session, row: Invitation, actor: Member, zone: str) -> None:
    row.invited_by, row.reminded_at, row.copied_hash = actor.user_id, None, None
    row.sent_at, row.expires_at = app.clock(), app.clock() + LIFE
    _mail(app, session, row, "invite", zone)


def _mail(
    app: App,
    session: Session,
    row: Invitation,
    template: str,
    zone: str,
    language: str | None = None,
) -> None:
    """With a new link: the one before stops working, since only its hash was kept."""
    token, row.token_hash = _token()
    mail.send(
        app,
        session,
        row.tenant_id,
        row.email,
        template,
        language=language,
        timezone=zone,
        link=_link(app, token),
        at=row.expires_at,
    )


def _token() -> tuple[str, str]:
    """A new one, and its hash, which is all that is kept."""
    token = tokens.new()
    return token, hashed(token)


def _link(app: App, token: str) -> str:
    return f"{app.settings.public_url}/invites/{token}"


def _members_among(app: App, actor: Member, addresses: Sequence[str]) -> dict[str, str]:
    """Why some of the addresses can't be invited: whose they are."""
    refused: dict[str, str] = {}
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for known in session.scalars(select(User).where(User.email.in_(addresses))):
            if known.tenant_id == actor.tenant_id:
                refused[known.email] = _(
                    "%(name)s is a member already, with this address.", name=known.name
                )
            elif not may_leave(session, known, actor.tenant_id):
                refused[known.email] = show(ELSEWHERE)
    return refused

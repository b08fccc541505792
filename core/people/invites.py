"""Invitations: mailed to one address, for one role and one user of the CRM, good once and for a week."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.text import N_, _, show
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.mail import service as mail
from core.people import passwords
from core.people.crm_signing import CrmProof
from core.people.members import Member, addressee, name_of
from core.people.models import Invitation, User
from core.people.roles import Role
from core.people.team import CrmPerson, TeamRefused, check_free, check_grant
from core.people.tokens import TokenState, hashed
from core.tenants import service as tenants

LIFE = timedelta(days=7)
#: So long before its end somebody who was invited is reminded.
REMINDER = timedelta(days=2)
_ACCEPTED, _REVOKED = "accepted", "revoked"


@dataclass(frozen=True, slots=True)
class Invited:
    """What whoever was invited is shown; nothing but ``state`` where the link isn't good.

    ``crm`` is the workspace's CRM where the invitation is for one of its users, ``crm_user_name``.
    """

    state: TokenState
    name: str = ""
    email: str = ""
    role: Role = Role.REP
    workspace: str = ""
    invited_by: str = ""
    crm: str | None = None
    crm_user_name: str | None = None


class InviteRefused(Exception):
    """Why an invitation can't be accepted, in a sentence for whoever was invited."""


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


def revoke(app: App, actor: Member, invitation_id: str) -> str | None:
    """Make its link worthless; the address, None where it has ended already."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        row = session.get(Invitation, invitation_id, with_for_update=True)
        if row is None or row.ended_at:
            return None
        row.ended_at, row.outcome = app.clock(), _REVOKED
        audit.record(session, "invitation.revoked", row.id, actor_id=actor.user_id)
        return row.email


def look_up(app: App, token: str) -> Invited:
    """What a mailed invitation is worth; looking doesn't use it up."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        row = session.scalar(select(Invitation).where(Invitation.token_hash == hashed(token)))
        state = _state(row, app.clock())
        if row is None or state is not TokenState.VALID:
            return Invited(state)
        workspace = tenants.get(session, row.tenant_id)
        return Invited(
            state,
            row.name,
            row.email,
            Role(row.role),
            workspace.name,
            name_of(session, row.invited_by),
            workspace.crm if row.crm_user_id else None,
            row.crm_user_name,
        )


def accept(app: App, token: str, *, name: str, password: str, language: str | None = None) -> str:
    """Become a member with the address that was invited, and a password; the new member's id.

    Whoever has signed up for a workspace of their own that nothing was done in leaves it for this one.
    Raises InviteRefused.
    """
    password_hash = passwords.make_hash(password)
    return _accept(app, token, name=name, password_hash=password_hash, language=language)


def accept_by_crm(app: App, token: str, proof: CrmProof, *, language: str | None = None) -> str:
    """Become a member by signing in to the CRM as the user whom the invitation is for. Such a member has
    no password until they have one mailed. Raises InviteRefused."""
    return _accept(app, token, proof=proof, language=language)


def _accept(
    app: App,
    token: str,
    *,
    name: str | None = None,
    password_hash: str | None = None,
    proof: CrmProof | None = None,
    language: str | None,
) -> str:
    now = app.clock()
    with app.db.unit_of_work(ALL_TENANTS) as session:
        row = session.scalar(
            select(Invitation).where(Invitation.token_hash == hashed(token)).with_for_update()
        )
        if row is None or _state(row, now) is not TokenState.VALID:
            raise InviteRefused(_("This invitation is not valid any more."))
        if proof:
            _check_proof(session, row, proof)
        ended = update(Invitation).where(Invitation.id == row.id, Invitation.ended_at.is_(None))
        if not session.execute(ended.values(ended_at=now, outcome=_ACCEPTED)).rowcount:  # type: ignore[attr-defined]
            raise InviteRefused(_("This invitation was accepted a moment ago. Sign in."))
        known = session.scalar(select(User).where(User.email == row.email))
        if known is not None:
            if not _may_leave(session, known, row.tenant_id):
                raise InviteRefused(show(_ELSEWHERE))
            session.delete(known)
            session.flush()
        session.info["tenant_id"] = row.tenant_id
        user = User(
            tenant_id=row.tenant_id,
            email=row.email,
            name=name or row.name,
            password_hash=password_hash,
            role=row.role,
            crm_user_id=row.crm_user_id,
            crm_user_name=row.crm_user_name,
            language=language,
            verified_at=now,
        )
        session.add(user)
        try:
            session.flush()
        except IntegrityError:
            raise InviteRefused(
                _("Somebody else has joined as the same user of the CRM. Ask for a new invitation.")
            ) from None
        how = proof.crm if proof else "password"
        audit.record(session, "member.joined", user.id, actor_id=user.id, invitation=row.id, how=how)
        inviter = session.get(User, row.invited_by)
        if inviter and inviter.active:
            to = addressee(session, inviter)
            mail.send(
                app,
                session,
                row.tenant_id,
                to.email,
                "invite_accepted",
                language=to.language,
                name=user.name,
                email=row.email,
            )
        return user.id


def _check_proof(session: Session, row: Invitation, proof: CrmProof) -> None:
    """Only the user of the CRM whom the invitation is for may accept it by the CRM."""
    workspace = tenants.get(session, row.tenant_id)
    if row.crm_user_id is None:
        raise InviteRefused(_("This invitation is for no user of the CRM: choose a password instead."))
    if (workspace.crm, workspace.crm_tenant_id) != (proof.crm, proof.tenant_id):
        raise InviteRefused(
            _(
                "This invitation is for another account of the CRM than %(tenant)s. Sign in there as "
                "%(expected)s, or choose a password.",
                tenant=proof.tenant_name,
                expected=row.crm_user_name or row.crm_user_id,
            )
        )
    if row.crm_user_id != proof.user_id or not proof.active:
        raise InviteRefused(
            _(
                "The CRM says that you are %(name)s, and this invitation is for %(expected)s. Sign in "
                "there as %(expected)s, or choose a password.",
                name=proof.name,
                expected=row.crm_user_name or row.crm_user_id,
            )
        )


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


_ELSEWHERE = N_("This address belongs to a member of another workspace, and can be in one only.")


def _send(app: App, session: Session, row: Invitation, actor: Member) -> None:
    row.invited_by, row.reminded_at = actor.user_id, None
    row.sent_at, row.expires_at = app.clock(), app.clock() + LIFE
    _mail(app, session, row, "invite")


def _mail(
    app: App, session: Session, row: Invitation, template: str, language: str | None = None
) -> None:
    """With a new link: the one before stops working, since only its hash was kept."""
    token = secrets.token_urlsafe(32)
    row.token_hash = hashed(token)
    session.flush()
    mail.send(
        app,
        session,
        row.tenant_id,
        row.email,
        template,
        language=language,
        timezone=tenants.get(session, row.tenant_id).timezone,
        link=f"{app.settings.public_url}/invites/{token}",
        at=row.expires_at,
    )


def _check_address(app: App, actor: Member, email: str) -> None:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        known = session.scalar(select(User).where(User.email == email))
        if known is None:
            return
        if known.tenant_id == actor.tenant_id:
            raise TeamRefused(
                _("%(name)s is a member already, with this address.", name=known.name), "email"
            )
        if not _may_leave(session, known, actor.tenant_id):
            raise TeamRefused(show(_ELSEWHERE), "email")


def _may_leave(session: Session, user: User, for_tenant: str) -> bool:
    """Whether the account is one that nothing was done with: never confirmed, or alone in a workspace
    without a CRM, such as somebody has who signed up before being invited."""
    if user.tenant_id == for_tenant:
        return False
    if user.verified_at is None:
        return True
    members = select(func.count()).select_from(User).where(User.tenant_id == user.tenant_id)
    alone = session.scalar(members) == 1
    return alone and tenants.get(session, user.tenant_id).crm_tenant_id is None


def _state(row: Invitation | None, now: datetime) -> TokenState:
    if row is None:
        return TokenState.UNKNOWN
    if row.ended_at:
        return TokenState.USED if row.outcome == _ACCEPTED else TokenState.UNKNOWN
    return TokenState.EXPIRED if row.expires_at <= now else TokenState.VALID

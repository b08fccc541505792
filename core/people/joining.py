"""Accepting an invitation: becoming a member by the link that was mailed, or by a copy of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.text import N_, _, show
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.people import passwords
from core.people.crm_signing import CrmProof
from core.people.members import mail_member, name_of
from core.people.models import Invitation, User
from core.people.roles import Role
from core.people.signing import mail_confirmation
from core.people.tokens import TokenState, hashed
from core.tenants import service as tenants

#: How an invitation ended that was accepted.
ACCEPTED = "accepted"
ELSEWHERE = N_("This address belongs to a member of another workspace, and can be in one only.")


@dataclass(frozen=True, slots=True)
class Invited:
    """What whoever was invited is shown; nothing but ``state`` where the link isn't good.

    ``crm`` is the workspace's CRM where the invitation is for one of its users, ``crm_user_name``.
    ``mailed`` is whether the link came by mail, and so to the address.
    """

    state: TokenState
    name: str = ""
    email: str = ""
    role: Role = Role.REP
    workspace: str = ""
    invited_by: str = ""
    crm: str | None = None
    crm_user_name: str | None = None
    mailed: bool = True


@dataclass(frozen=True, slots=True)
class Joined:
    """A new member. One who isn't ``confirmed`` has to confirm ``email`` by a mail before signing in."""

    user_id: str
    email: str
    workspace: str
    confirmed: bool


class InviteRefused(Exception):
    """Why an invitation can't be accepted, in a sentence for whoever was invited."""


def look_up(app: App, token: str) -> Invited:
    """What the link of an invitation is worth; looking doesn't use it up."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        row = session.scalar(select(Invitation).where(_opened_by(token)))
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
            row.token_hash == hashed(token),
        )


def accept(app: App, token: str, *, name: str, password: str, language: str | None = None) -> Joined:
    """Become a member with the address that was invited, and a password.

    Whoever has signed up for a workspace of their own that nothing was done in leaves it for this one.
    Raises InviteRefused.
    """
    password_hash = passwords.make_hash(password)
    return _accept(app, token, name=name, password_hash=password_hash, language=language)


def accept_by_crm(app: App, token: str, proof: CrmProof, *, language: str | None = None) -> Joined:
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
) -> Joined:
    now = app.clock()
    with app.db.unit_of_work(ALL_TENANTS) as session:
        row = session.scalar(select(Invitation).where(_opened_by(token)).with_for_update())
        if row is None or _state(row, now) is not TokenState.VALID:
            raise InviteRefused(_("This invitation is not valid any more."))
        if proof:
            _check_proof(session, row, proof)
        ended = update(Invitation).where(Invitation.id == row.id, Invitation.ended_at.is_(None))
        if not session.execute(ended.values(ended_at=now, outcome=ACCEPTED)).rowcount:  # type: ignore[attr-defined]
            raise InviteRefused(_("This invitation was accepted a moment ago. Sign in."))
        # Whoever copies a link to hand it on may as well open it: it shows nothing about the address.
        mailed = row.token_hash == hashed(token)
        known = session.scalar(select(User).where(User.email == row.email))
        if known is not None:
            if not may_leave(session, known, row.tenant_id):
                raise InviteRefused(show(ELSEWHERE))
            if not mailed:
                raise InviteRefused(
                    _(
                        "There is an account with %(address)s already. Use the link in the mail that we "
                        "sent there.",
                        address=row.email,
                    )
                )
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
            verified_at=now if mailed else None,
        )
        session.add(user)
        try:
            session.flush()
        except IntegrityError:
            raise InviteRefused(
                _("Somebody else has joined as the same user of the CRM. Ask for a new invitation.")
            ) from None
        how = proof.crm if proof else "password"
        audit.record(
            session,
            "member.joined",
            user.id,
            actor_id=user.id,
            invitation=row.id,
            how=how,
            link="mailed" if mailed else "copied",
        )
        if not mailed:
            mail_confirmation(app, session, user)
        inviter = session.get(User, row.invited_by)
        if inviter and inviter.active:
            mail_member(app, session, inviter, "invite_accepted", name=user.name, email=row.email)
        workspace = tenants.get(session, row.tenant_id).name
        return Joined(user.id, user.email, workspace, confirmed=mailed)


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


def may_leave(session: Session, user: User, for_tenant: str) -> bool:
    """Whether the account is one that nothing was done with: never confirmed, or alone in a workspace
    without a CRM, such as somebody has who signed up before being invited."""
    if user.tenant_id == for_tenant:
        return False
    if user.verified_at is None:
        return True
    members = select(func.count()).select_from(User).where(User.tenant_id == user.tenant_id)
    alone = session.scalar(members) == 1
    return alone and tenants.get(session, user.tenant_id).crm_tenant_id is None


def _opened_by(token: str) -> ColumnElement[bool]:
    return or_(Invitation.token_hash == hashed(token), Invitation.copied_hash == hashed(token))


def _state(row: Invitation | None, now: datetime) -> TokenState:
    if row is None:
        return TokenState.UNKNOWN
    if row.ended_at:
        return TokenState.USED if row.outcome == ACCEPTED else TokenState.UNKNOWN
    return TokenState.EXPIRED if row.expires_at <= now else TokenState.VALID

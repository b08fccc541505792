"""The team of a workspace: who is in it, in which role, as which user of the CRM, and who is out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.mail import service as mail
from core.people.members import Member
from core.people.models import AuthenticatorApp, Invitation, User, WebSession
from core.people.roles import Role
from core.tenants import service as tenants

_HAS_TWO_STEP = select(AuthenticatorApp.user_id).where(AuthenticatorApp.user_id == User.id).exists()


@dataclass(frozen=True, slots=True)
class CrmPerson:
    """A user of the CRM: the id there, and the name as it was when somebody chose it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A member as the team's page lists them; ``seen_at`` is None for one who isn't signed in,
    ``two_step`` is whether signing in takes two steps."""

    id: str
    name: str
    email: str
    role: Role
    active: bool
    confirmed: bool
    crm_user: CrmPerson | None
    crm_gone_at: datetime | None
    seen_at: datetime | None
    two_step: bool

    @property
    def locked(self) -> bool:
        """Whether the CRM's own deactivation keeps them out; owners are told, and stay."""
        return self.crm_gone_at is not None and self.role is not Role.OWNER


class TeamRefused(Exception):
    """Why nothing was changed, in a sentence for whoever manages the team; ``field`` is its input."""

    def __init__(self, message: str, field: str | None = None):
        super().__init__(message)
        self.field = field


def list_team(session: Session, *, after: str | None = None, size: int = 100) -> list[TeamMember]:
    """The members in the order they joined in, at most ``size`` after the one with the id ``after``."""
    seen = func.max(WebSession.seen_at)
    query = (
        select(User, seen, _HAS_TWO_STEP)
        .outerjoin(WebSession, WebSession.user_id == User.id)
        .group_by(User.id)
        .order_by(User.id)
        .limit(size)
    )
    if after:
        query = query.where(User.id > after)
    return [_shown(*row) for row in session.execute(query)]


def get_team_member(session: Session, member_id: str) -> TeamMember | None:
    """One member of the workspace."""
    found = session.execute(select(User, _HAS_TWO_STEP).where(User.id == member_id)).first()
    return _shown(found[0], None, found[1]) if found else None


def update_member(
    app: App, actor: Member, member_id: str, *, role: Role, crm_user: CrmPerson | None
) -> bool:
    """Change a member's role and user of the CRM; False where there is no such member.

    Both hold from the next request on. Raises TeamRefused.
    """
    with app.db.unit_of_work(actor.tenant_id) as session:
        tenants.lock(session, actor.tenant_id)
        user = session.get(User, member_id)
        if user is None:
            return False
        before = Role(user.role)
        if role is not before:
            check_grant(actor, before, role)
            if before is Role.OWNER:
                _check_another_owner(session, user)
        if crm_user and crm_user.id != user.crm_user_id:
            check_free(session, crm_user, except_user=user.id)
            user.crm_gone_at = None
        user.role, user.crm_user_id = role, crm_user.id if crm_user else None
        user.crm_user_name = crm_user.name if crm_user else None
        session.flush()
        audit.record(
            session,
            "member.changed",
            user.id,
            actor_id=actor.user_id,
            role=[before, role],
            crm_user_id=user.crm_user_id,
        )
        if role is not before and user.id != actor.user_id:
            mail.send(
                app,
                session,
                actor.tenant_id,
                user.email,
                "role_changed",
                language=user.language,
                workspace=actor.tenant_name,
                role=role.label,
                by=actor.name,
            )
        return True


def deactivate(app: App, actor: Member, member_id: str) -> bool:
    """Keep a member out from now on, in every browser; False where there is no such member.

    What they made stays theirs. Raises TeamRefused.
    """
    with app.db.unit_of_work(actor.tenant_id) as session:
        tenants.lock(session, actor.tenant_id)
        user = session.get(User, member_id)
        if user is None:
            return False
        if user.id == actor.user_id:
            raise TeamRefused(_("You can't deactivate yourself. Ask another owner or admin."))
        if not user.active:
            return True
        check_grant(actor, Role(user.role))
        if user.role == Role.OWNER:
            _check_another_owner(session, user)
        user.active = False
        session.execute(delete(WebSession).where(WebSession.user_id == user.id))
        audit.record(session, "member.deactivated", user.id, actor_id=actor.user_id)
        workspace, by = actor.tenant_name, actor.name
        mail.send(
            app,
            session,
            actor.tenant_id,
            user.email,
            "deactivated",
            language=user.language,
            workspace=workspace,
            by=by,
        )
        return True


def reactivate(app: App, actor: Member, member_id: str) -> bool:
    """Let a member in again, with the password they had; False where there is no such member."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        user = session.get(User, member_id)
        if user is None:
            return False
        check_grant(actor, Role(user.role))
        user.active, user.crm_gone_at = True, None
        audit.record(session, "member.reactivated", user.id, actor_id=actor.user_id)
        return True


def mapped_users(session: Session) -> frozenset[str]:
    """The ids of the CRM's users that members of the session's workspace are."""
    return frozenset(session.scalars(select(User.crm_user_id).where(User.crm_user_id.is_not(None))))


def note_crm_users(app: App, tenant_id: str, active: Collection[str]) -> int:
    """Lock out the members whose user the CRM doesn't have any more, or has deactivated: all but the
    ids ``active``. Those that are back may sign in again. How many were locked just now."""
    with app.db.unit_of_work(tenant_id) as session:
        mapped = session.scalars(select(User).where(User.crm_user_id.is_not(None))).all()
        gone = [one for one in mapped if one.crm_user_id not in active and one.crm_gone_at is None]
        for user in gone:
            user.crm_gone_at = app.clock()
            if user.role != Role.OWNER:
                session.execute(delete(WebSession).where(WebSession.user_id == user.id))
            audit.record(session, "member.crm_user_gone", user.id)
        back = [one.id for one in mapped if one.crm_user_id in active and one.crm_gone_at]
        session.execute(update(User).where(User.id.in_(back)).values(crm_gone_at=None))
        return len(gone)


def become(session: Session, user_id: str, crm_user: CrmPerson) -> None:
    """Note which user of the CRM a member has shown to be, unless that is known or somebody else is."""
    user = session.get_one(User, user_id)
    taken = session.scalar(select(User.id).where(User.crm_user_id == crm_user.id))
    if user.crm_user_id is None and taken is None:
        user.crm_user_id, user.crm_user_name = crm_user.id, crm_user.name


def check_grant(actor: Member, *roles: Role) -> None:
    """Only an owner makes, changes or keeps out an owner. Raises TeamRefused."""
    if Role.OWNER in roles and actor.role is not Role.OWNER:
        raise TeamRefused(_("Only an owner can do this for an owner."), "role")


def check_free(session: Session, crm_user: CrmPerson, *, except_user: str | None = None) -> None:
    """A user of the CRM is one member, or is invited once. Raises TeamRefused."""
    if taken := taken_users(session, [crm_user.id], except_user=except_user):
        raise TeamRefused(not_free(crm_user, taken[crm_user.id]))


def taken_users(
    session: Session, crm_user_ids: Collection[str], *, except_user: str | None = None
) -> dict[str, str]:
    """Which of these users of the CRM are members or are invited, each with that person's name."""
    if not crm_user_ids:
        return {}
    invited = select(Invitation.crm_user_id, Invitation.name).where(
        Invitation.crm_user_id.in_(crm_user_ids), Invitation.ended_at.is_(None)
    )
    members = select(User.crm_user_id, User.name).where(
        User.crm_user_id.in_(crm_user_ids), User.id != (except_user or "")
    )
    return {id: name for one in (invited, members) for id, name in session.execute(one) if id}


def not_free(crm_user: CrmPerson, member: str) -> str:
    """That a user of the CRM is somebody here already."""
    return _(
        "%(crm_user)s of the CRM is %(member)s here already. Choose somebody else.",
        crm_user=crm_user.name,
        member=member,
    )


def _check_another_owner(session: Session, user: User) -> None:
    others = select(User.id).where(
        User.role == Role.OWNER, User.id != user.id, User.active, User.verified_at.is_not(None)
    )
    if session.scalars(others.limit(1)).first() is None:
        raise TeamRefused(
            _("%(name)s is the only owner. Make somebody else an owner first.", name=user.name), "role"
        )


def _shown(user: User, seen_at: datetime | None, two_step: bool) -> TeamMember:
    crm_user = user.crm_user_id and CrmPerson(user.crm_user_id, user.crm_user_name or user.crm_user_id)
    return TeamMember(
        id=user.id,
        name=user.name,
        email=user.email,
        role=Role(user.role),
        active=user.active,
        confirmed=user.verified_at is not None,
        crm_user=crm_user or None,
        crm_gone_at=user.crm_gone_at,
        seen_at=seen_at,
        two_step=two_step,
    )

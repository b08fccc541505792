"""Members: who they are, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.db.base import utc_now
from core.db.ready import kept
from core.mail import service as mail
from core.people import passwords
from core.people.models import User
from core.people.roles import PERMISSIONS, Role
from core.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class Member:
    """A signed-in person, as every page knows them: ``request.identity``."""

    user_id: str
    tenant_id: str
    tenant_name: str
    name: str
    email: str
    role: Role
    crm: str | None
    crm_tenant_id: str | None
    crm_user_id: str | None
    language: str | None
    timezone: str

    def may(self, permission: str) -> bool:
        """Whether the role has ``permission``."""
        return permission in PERMISSIONS[self.role]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a mail goes to, and how it is written to them."""

    email: str
    language: str | None
    timezone: str


def load_member(app: App, user_id: str) -> Member | None:
    """The member as they are now; None for one that is gone, deactivated or unconfirmed."""
    return _member(app, "id", user_id)


def member_by_email(app: App, email: str) -> Member | None:
    """The member with that address."""
    return _member(app, "email", email.lower())


def names_of(session: Session, user_ids: Iterable[str]) -> dict[str, str]:
    """The names of members of the session's workspace, by their ids, in one query."""
    found = session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids))))
    return dict(found.all())


def name_of(session: Session, user_id: str) -> str:
    """The name of one member; of one who is gone, words for it."""
    return names_of(session, [user_id]).get(user_id, _("a former member"))


def admins_of(session: Session, tenant_id: str | None = None, limit: int = 20) -> list[Addressee]:
    """The owners and admins who can sign in, the first who joined first: of the session's workspace, or
    of ``tenant_id`` in a session bound to none."""
    query = (
        select(User.email, User.language, func.coalesce(User.timezone, tenants.Tenant.timezone))
        .join(tenants.Tenant, tenants.Tenant.id == User.tenant_id)
        .where(User.role.in_([Role.OWNER, Role.ADMIN]), User.active, User.verified_at.is_not(None))
        .order_by(User.id)
        .limit(limit)
    )
    if tenant_id:
        query = query.where(User.tenant_id == tenant_id)
    return [Addressee(*row) for row in session.execute(query)]


def mail_member(app: App, session: Session, user: User, template: str, **values: Any) -> None:
    """Mail a member in their language, with times of their zone; it leaves after the commit."""
    mail.send(
        app,
        session,
        user.tenant_id,
        user.email,
        template,
        language=user.language,
        timezone=user.timezone or tenants.get(session, user.tenant_id).timezone,
        **values,
    )


def _member(app: App, column: str, value: str) -> Member | None:
    for row in app.db.run(_member_by(app.db.engine.dialect, column), {"_value": value}):
        return Member(**row._asdict() | {"role": Role(row.role)})
    return None


@kept
def _member_by(_dialect: str, column: str) -> Any:
    """Every page asks for it first."""
    users: Any = User.__table__.c
    workspaces: Any = tenants.Tenant.__table__.c
    return (
        select(
            users.id.label("user_id"),
            users.tenant_id,
            workspaces.name.label("tenant_name"),
            users.name,
            users.email,
            users.role,
            workspaces.crm,
            workspaces.crm_tenant_id,
            users.crm_user_id,
            users.language,
            func.coalesce(users.timezone, workspaces.timezone).label("timezone"),
        )
        .join_from(users.id.table, workspaces.id.table, workspaces.id == users.tenant_id)
        .where(
            users[column] == bindparam("_value"),
            users.active,
            users.verified_at.is_not(None),
            # Deactivated in the CRM. An owner stays: somebody has to be able to put it right.
            users.crm_gone_at.is_(None) | (users.role == Role.OWNER),
        )
    )


def add_member(
    session: Session,
    tenant_id: str,
    *,
    email: str,
    name: str,
    password: str,
    role: Role,
    crm_user_id: str | None = None,
    crm_user_name: str | None = None,
) -> str:
    """Add a member whose address needs no confirmation; the id."""
    user = User(
        tenant_id=tenant_id,
        email=email.lower(),
        name=name,
        password_hash=passwords.make_hash(password),
        role=role,
        crm_user_id=crm_user_id,
        crm_user_name=crm_user_name,
        verified_at=utc_now(),
    )
    session.add(user)
    return user.id

"""A member's own account: password, address, and the browsers they are signed in with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.mail import service as mail
from core.people import passwords, tokens
from core.people.members import Member, mail_member
from core.people.models import MailedToken, User, WebSession
from core.people.signing import TokenRefused, resend_confirmation
from core.people.tokens import TokenState
from core.tenants import service as tenants

RESET, ADDRESS = "reset", "address"
RESET_LIFE, ADDRESS_LIFE = timedelta(hours=1), timedelta(hours=24)


class AccountRefused(Exception):
    """Why nothing was changed, in a sentence; ``field`` is the input it is about."""

    def __init__(self, message: str, field: str):
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that a member is signed in with; the times are aware UTC."""

    id: str
    agent: str | None
    created_at: datetime
    seen_at: datetime


def ask_reset(app: App, email: str) -> None:
    """Mail a link that sets a new password; nothing to an address that nobody signs in with."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        known = session.scalar(select(User).where(User.email == email.lower()))
    if known is None or not known.active:
        return
    if known.verified_at is None:
        resend_confirmation(app, email)
        return
    with app.db.unit_of_work(known.tenant_id) as session:
        token = tokens.issue(session, known.id, RESET, app.clock(), RESET_LIFE)
        link = f"{app.settings.public_url}/password/{token}"
        mail.send(
            app,
            session,
            known.tenant_id,
            known.email,
            "reset_password",
            language=known.language,
            link=link,
            minutes=60,
        )


def reset_password(app: App, token: str, password: str) -> None:
    """Set the password by a mailed link, and end every session. Raises TokenRefused."""
    password_hash = passwords.make_hash(password)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        found = tokens.look_up(session, token, RESET, app.clock())
    if found.state is not TokenState.VALID:
        raise TokenRefused(found.state)
    with app.db.unit_of_work(found.tenant_id) as session:
        if not tokens.use(session, found, app.clock()):
            raise TokenRefused(TokenState.USED)
        _set_password(app, session, session.get_one(User, found.user_id), password_hash, "reset")


def change_password(app: App, member: Member, current: str, new: str, session_id: str) -> None:
    """Set another password; the session with the hashed id ``session_id`` goes on, others end.

    Raises AccountRefused where ``current`` isn't the one there is.
    """
    check_password(app, member, current, "current")
    password_hash = passwords.make_hash(new)
    with app.db.unit_of_work(member.tenant_id) as session:
        user = session.get_one(User, member.user_id)
        _set_password(app, session, user, password_hash, "changed", keep=session_id)


def rename(app: App, member: Member, name: str) -> None:
    """Call the member something else."""
    with app.db.unit_of_work(member.tenant_id) as session:
        session.get_one(User, member.user_id).name = name


def choose(app: App, member: Member, *, language: str | None, timezone: str | None) -> None:
    """What the member reads in and sees times in; None goes by the browser, and by the workspace."""
    with app.db.unit_of_work(member.tenant_id) as session:
        user = session.get_one(User, member.user_id)
        user.language, user.timezone = language, timezone


def own_choices(session: Session, user_id: str) -> tuple[str | None, str | None, str]:
    """The language and the zone that a member has chosen, None for neither, and the workspace's zone."""
    user = session.get_one(User, user_id)
    return user.language, user.timezone, tenants.get(session, user.tenant_id).timezone


def has_password(session: Session, user_id: str) -> bool:
    """Whether the member can sign in with a password; who has joined by the CRM can't at first."""
    return session.get_one(User, user_id).password_hash is not None


def ask_address(app: App, member: Member, email: str, password: str) -> None:
    """Mail a link to ``email`` that makes it the member's address; to one that is taken, its holder
    is told instead, and the answer is the same. Raises AccountRefused."""
    check_password(app, member, password, "password")
    email = email.lower()
    if email == member.email:
        raise AccountRefused(_("This is your address already."), "email")
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        taken = session.scalar(select(User.id).where(User.email == email))
    with app.db.unit_of_work(member.tenant_id) as session:
        if taken:
            mail.send(app, session, member.tenant_id, email, "already_a_member")
            return
        now = app.clock()
        token = tokens.issue(session, member.user_id, ADDRESS, now, ADDRESS_LIFE, address=email)
        link = f"{app.settings.public_url}/address/{token}"
        hours = int(ADDRESS_LIFE.total_seconds() // 3600)
        mail.send(
            app,
            session,
            member.tenant_id,
            email,
            "confirm_new_address",
            language=member.language,
            link=link,
            hours=hours,
        )


def confirm_new_address(app: App, token: str) -> str:
    """Make the address that a link was mailed to the member's own; that address.

    The old one is told. Raises TokenRefused, also where somebody has taken the address meanwhile.
    """
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        found = tokens.look_up(session, token, ADDRESS, app.clock())
    if found.state is not TokenState.VALID:
        raise TokenRefused(found.state)
    try:
        with app.db.unit_of_work(found.tenant_id) as session:
            if not tokens.use(session, found, app.clock()):
                raise TokenRefused(TokenState.USED)
            user = session.get_one(User, found.user_id)
            new = session.get_one(MailedToken, found.id).address
            assert new
            old, user.email = user.email, new
            session.flush()
            audit.record(session, "member.address_changed", user.id, actor_id=user.id)
            for address, template in ((old, "address_changed"), (new, "address_confirmed")):
                mail.send(app, session, user.tenant_id, address, template, language=user.language)
            return new
    except IntegrityError:
        raise TokenRefused(TokenState.USED) from None


def sessions_of(session: Session, user_id: str) -> list[SignedIn]:
    """The browsers that a member is signed in with, the latest first."""
    mine = select(WebSession).where(WebSession.user_id == user_id)
    return [
        SignedIn(row.id, row.user_agent, row.created_at, row.seen_at)
        for row in session.scalars(mine.order_by(WebSession.seen_at.desc()).limit(100))
    ]


def end_sessions(app: App, member: Member, *, only: str | None = None, keep: str | None = None) -> int:
    """End the member's session ``only``, or all but ``keep``, by their hashed ids; how many ended."""
    mine = delete(WebSession).where(WebSession.user_id == member.user_id)
    ended = mine.where(WebSession.id == only) if only else mine.where(WebSession.id != (keep or ""))
    with app.db.unit_of_work(member.tenant_id) as session:
        count: int = session.execute(ended).rowcount  # type: ignore[attr-defined]
        if count:
            audit.record(session, "sessions.ended", member.user_id, actor_id=member.user_id, count=count)
    return count


def check_password(app: App, member: Member, password: str, field: str) -> None:
    """Raises AccountRefused, about ``field``, where ``password`` isn't the member's."""
    with app.db.unit_of_work(member.tenant_id, read_only=True) as session:
        password_hash = session.get_one(User, member.user_id).password_hash
    if password_hash is None:
        raise AccountRefused(
            _("You have no password yet. Have a link mailed to you that sets one."), field
        )
    if not passwords.matches(password_hash, password):
        raise AccountRefused(_("This is not your password."), field)


def _set_password(
    app: App, session: Session, user: User, password_hash: str, how: str, keep: str = ""
) -> None:
    user.password_hash = password_hash
    session.execute(delete(WebSession).where(WebSession.user_id == user.id, WebSession.id != keep))
    audit.record(session, f"password.{how}", user.id, actor_id=user.id)
    mail_member(app, session, user, "password_changed")

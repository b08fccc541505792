"""Two-step sign-in: a member switches it on and off, others switch it off for who has lost phone and
codes, and the second step itself. Whatever the first step was, a password or the word of a CRM, it is
one factor; so the second is asked for after either."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.people import second_factor
from core.people.account import AccountRefused, check_password
from core.people.members import Member, mail_member
from core.people.models import AuthenticatorApp, RecoveryCode, User, WebSession
from core.people.roles import Role
from core.people.second_factor import CodeRefused
from core.people.signing import SignInRefused, let_in, mark_of, note_refused
from core.people.team import TeamRefused, check_grant

#: How long the second step, and setting up an app, may be put off.
STEP_LIFE, SETUP_LIFE = timedelta(minutes=10), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class TwoStep:
    """That it is on, since when (aware UTC), and how many recovery codes there are."""

    since: datetime
    codes_left: int


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """What an app takes over: the secret in groups of four, and the address that says it all."""

    secret: str
    address: str


def two_step_of(session: Session, user_id: str) -> TwoStep | None:
    """Two-step sign-in of a member, None where it is off."""
    row = session.get(AuthenticatorApp, user_id)
    return TwoStep(row.created_at, second_factor.codes_left(session, user_id)) if row else None


def begin_two_step(app: App, member: Member, password: str) -> dict[str, Any]:
    """What to keep in the session until the app has shown its first code. Raises AccountRefused."""
    check_password(app, member, password, "password")
    sealed = second_factor.new_secret(app, member.tenant_id, member.user_id)
    return {"sealed": sealed, "at": int(app.clock().timestamp())}


def shared_secret(app: App, member: Member, begun: Mapping[str, Any] | None) -> SharedSecret | None:
    """What to show of an app that is being set up; None where that isn't so, or was too long ago."""
    if not begun or _over(app, begun, SETUP_LIFE):
        return None
    secret = second_factor.open_secret(app, member.tenant_id, member.user_id, begun["sealed"])
    return SharedSecret(second_factor.in_groups(secret), second_factor.address_of(secret, member.email))


def switch_on(
    app: App, member: Member, begun: Mapping[str, Any], code: str, session_id: str
) -> list[str]:
    """Ask for a second step from now on; the recovery codes, which are shown this once.

    The session with the hashed id ``session_id`` goes on, others end. Raises CodeRefused, and
    AccountRefused where it is on already.
    """
    tenant_id, user_id = member.tenant_id, member.user_id
    secret = second_factor.open_secret(app, tenant_id, user_id, begun["sealed"])
    step = second_factor.step_of(secret, second_factor.read(code), app.clock())
    if step is None:
        raise CodeRefused(
            _("This isn't the code that the app shows now. Is the time of your phone right?")
        )
    codes, hashes = second_factor.new_recovery_codes()
    try:
        with app.db.unit_of_work(tenant_id) as session:
            row = AuthenticatorApp(
                user_id=user_id,
                sealed_secret=begun["sealed"],
                last_step=step,
                created_at=app.clock(),
            )
            session.add(row)
            session.flush()
            second_factor.keep_recovery_codes(session, user_id, hashes)
            _end_sessions(session, user_id, keep=session_id)
            audit.record(session, "two_step.on", user_id, actor_id=user_id)
            mail_member(app, session, session.get_one(User, user_id), "two_step_on")
    except IntegrityError:
        raise AccountRefused(_("Two-step sign-in is on already."), "code") from None
    return codes


def renew_codes(app: App, member: Member, password: str, code: str) -> list[str]:
    """Other recovery codes, which are shown this once. Raises AccountRefused and CodeRefused."""
    check_password(app, member, password, "password")
    second_factor.use(app, member.tenant_id, member.user_id, code)
    codes, hashes = second_factor.new_recovery_codes()
    with app.db.unit_of_work(member.tenant_id) as session:
        second_factor.keep_recovery_codes(session, member.user_id, hashes)
        audit.record(session, "two_step.codes_renewed", member.user_id, actor_id=member.user_id)
    return codes


def switch_off(app: App, member: Member, password: str, code: str) -> None:
    """The password alone signs in again. Raises AccountRefused and CodeRefused."""
    check_password(app, member, password, "password")
    second_factor.use(app, member.tenant_id, member.user_id, code)
    with app.db.unit_of_work(member.tenant_id) as session:
        _switch_off(app, session, session.get_one(User, member.user_id), actor_id=member.user_id)


def switch_off_for(app: App, actor: Member, member_id: str) -> bool:
    """Switch it off for a member who has lost phone and codes, and end their sessions; False where there
    is no such member, or it is off. Raises TeamRefused: an owner's only by another owner."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        user = session.get(User, member_id)
        if user is None or not second_factor.is_on(session, member_id):
            return False
        if user.id == actor.user_id:
            raise TeamRefused(_("Your own is switched off on “Your account”, with a code."))
        check_grant(actor, Role(user.role))
        _switch_off(app, session, user, actor_id=actor.user_id, by=actor.name)
        _end_sessions(session, user.id)
        return True


def switch_off_by_operator(app: App, email: str) -> bool:
    """The same by whoever runs this Dealpay: a sole owner has nobody else to ask."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        known = session.scalar(select(User).where(User.email == email.lower()))
    if known is None:
        return False
    with app.db.unit_of_work(known.tenant_id) as session:
        if not second_factor.is_on(session, known.id):
            return False
        _switch_off(app, session, session.get_one(User, known.id), actor_id=None)
        _end_sessions(session, known.id)
        return True


def is_waiting(app: App, half: Mapping[str, Any] | None) -> bool:
    """Whether a session has taken the first step, and may still take the second."""
    return bool(half) and not _over(app, half or {}, STEP_LIFE)


def take_second_step(
    app: App, half: Mapping[str, Any], typed: str, *, ip: str | None, agent: str | None
) -> tuple[str, int | None]:
    """The id of the member who is let in now; of a recovery code, how many are left.

    ``half`` is what SecondStepNeeded has said. Raises CodeRefused where another code may be tried, and
    SignInRefused where signing in has to begin again.
    """
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        user = session.get(User, half["user_id"])
        on = second_factor.is_on(session, half["user_id"])
    # Another password, or none to ask for any more: what was shown in the first step isn't known now.
    if user is None or not on or mark_of(user) != half["mark"] or not is_waiting(app, half):
        raise SignInRefused(_("This sign-in took too long, or was ended. Sign in again."))
    try:
        left = second_factor.use(app, user.tenant_id, user.id, typed)
    except CodeRefused:
        note_refused(app, user, ip)
        raise
    let_in(app, user, ip=ip, agent=agent, how=half["how"], second_step_taken=True)
    return user.id, left


def _switch_off(app: App, session: Session, user: User, *, actor_id: str | None, by: str = "") -> None:
    """``by`` is the name of whoever does it, where that isn't the member or the operator."""
    for model in (AuthenticatorApp, RecoveryCode):
        session.execute(delete(model).where(model.user_id == user.id))
    audit.record(session, "two_step.off", user.id, actor_id=actor_id)
    link = f"{app.settings.public_url}/account/two-step"
    mail_member(app, session, user, "two_step_off", by=by, by_operator=actor_id is None, link=link)


def _end_sessions(session: Session, user_id: str, keep: str = "") -> None:
    session.execute(delete(WebSession).where(WebSession.user_id == user_id, WebSession.id != keep))


def _over(app: App, begun: Mapping[str, Any], life: timedelta) -> bool:
    at: int = begun["at"]
    return app.clock().timestamp() - at > life.total_seconds()

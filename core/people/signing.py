"""Signing up, confirming the address, and signing in."""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.session import ALL_TENANTS
from core.mail import service as mail
from core.people import browsers, passwords, second_factor, tokens
from core.people.models import User
from core.people.roles import Role
from core.people.tokens import TokenState, hashed
from core.tenants import service as tenants

log = structlog.get_logger(__name__)

CONFIRM = "verify"
CONFIRM_LIFE = timedelta(hours=24)


class SignInRefused(Exception):
    """Nobody is signed in; the message is for the person at the keyboard."""


class NotConfirmed(SignInRefused):
    """The password is right, and the address was never confirmed."""


class SecondStepNeeded(SignInRefused):
    """The first step is taken, and this member's second is still to be. ``half`` is what to keep of it
    in the session, for ``take_second_step``."""

    def __init__(self, half: dict[str, Any]):
        super().__init__("the second step is to be taken")
        self.half = half


class TokenRefused(Exception):
    """A mailed link that isn't good any more; ``state`` says why."""

    def __init__(self, state: TokenState):
        super().__init__(f"the link is {state}")
        self.state = state


def sign_up(app: App, *, name: str, email: str, password: str, language: str | None = None) -> None:
    """A new workspace with its owner, and the mail that confirms the address, in one transaction.

    Nothing here tells whether the address was known: its holder finds out by mail. Signing up again
    before confirming replaces name and password, and makes the earlier link worthless; what has joined
    somebody else's workspace under this address, unconfirmed, gives it up. ``language`` is what the
    mails are written in, until somebody chooses another.
    """
    email, password_hash = email.lower(), passwords.make_hash(password)
    known = _find(app, email)
    if known and known.verified_at is None and _forget_joined(app, known):
        known = None
    if known is None:
        try:
            _create(app, name, email, password_hash, language)
            return
        except IntegrityError:
            # Somebody was faster with the same address, between the two steps.
            known = _find(app, email)
            assert known
    with app.db.unit_of_work(known.tenant_id) as session:
        user = session.get_one(User, known.id)
        if user.verified_at is None:
            user.name, user.password_hash, user.language = name, password_hash, language
            mail_confirmation(app, session, user)
        else:
            mail.send(app, session, user.tenant_id, email, "already_a_member", language=user.language)


def _create(app: App, name: str, email: str, password_hash: str, language: str | None) -> None:
    with app.db.unit_of_work(ALL_TENANTS) as session:
        tenant = tenants.create_workspace(app, session, _("%(name)s's workspace", name=name))
        user = User(
            tenant_id=tenant.id,
            email=email,
            name=name,
            password_hash=password_hash,
            role=Role.OWNER,
            language=language,
        )
        session.add(user)
        session.flush()
        mail_confirmation(app, session, user)
        audit.record(session, "member.signed_up", user.id, actor_id=user.id)


def _forget_joined(app: App, unconfirmed: User) -> bool:
    """Delete an account that has joined others and never confirmed its address; False for one that is
    alone. Whoever signs up themselves means a workspace of their own: confirming must not put them into
    one that somebody has joined in their name, by a link that was handed on."""
    with app.db.unit_of_work(ALL_TENANTS) as session:
        of_others = User.tenant_id == unconfirmed.tenant_id, User.id != unconfirmed.id
        if session.scalar(select(User.id).where(*of_others).limit(1)) is None:
            return False
        session.delete(session.get_one(User, unconfirmed.id))
        return True


def resend_confirmation(app: App, email: str) -> None:
    """Mail a new link to an address that waits for its confirmation; to others nothing."""
    known = _find(app, email.lower())
    if known and known.verified_at is None:
        with app.db.unit_of_work(known.tenant_id) as session:
            mail_confirmation(app, session, session.get_one(User, known.id))


def token_state(app: App, token: str, purpose: str) -> TokenState:
    """What a mailed link is worth; looking doesn't use it up, since mail scanners look too."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return tokens.look_up(session, token, purpose, app.clock()).state


def confirm_address(app: App, token: str) -> None:
    """Confirm the address a link was mailed to. Raises TokenRefused."""
    now = app.clock()
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        found = tokens.look_up(session, token, CONFIRM, now)
    if found.state is not TokenState.VALID:
        raise TokenRefused(found.state)
    with app.db.unit_of_work(found.tenant_id) as session:
        if not tokens.use(session, found, now):
            raise TokenRefused(TokenState.USED)
        user = session.get_one(User, found.user_id)
        if user.verified_at is None:
            user.verified_at = now
            mail.send(
                app,
                session,
                user.tenant_id,
                user.email,
                "welcome",
                language=user.language,
                name=user.name,
                link=f"{app.settings.public_url}/login",
            )
        audit.record(session, "member.confirmed", user.id, actor_id=user.id)


def sign_in(app: App, *, email: str, password: str, ip: str | None, agent: str | None = None) -> str:
    """The id of the member whose address and password these are.

    Raises SignInRefused, with the same words for an unknown address and a wrong password, NotConfirmed,
    and SecondStepNeeded. An unknown address takes as long as a known one.
    """
    user = _find(app, email.lower())
    if not passwords.matches(user.password_hash if user else None, password):
        note_refused(app, user, ip)
        raise SignInRefused(_("The e-mail address or the password is wrong."))
    assert user
    fresh = passwords.make_hash(password) if passwords.outdated(user.password_hash or "") else None
    return let_in(app, user, ip=ip, agent=agent, how="password", password_hash=fresh)


def let_in(
    app: App,
    user: User,
    *,
    ip: str | None,
    agent: str | None,
    how: str,
    password_hash: str | None = None,
    back_in_crm: bool = False,
    second_step_taken: bool = False,
) -> str:
    """Let somebody in who has shown to be ``user``, unless that account is shut. The id.

    ``how`` says what it was shown by. ``back_in_crm`` lifts the lock of whoever the CRM had
    deactivated. A kind of browser that is new for this member is mailed to them. Raises SignInRefused,
    and SecondStepNeeded where the member has one that isn't taken.
    """
    if not user.active:
        raise SignInRefused(_("This account was deactivated. Ask an admin of your workspace."))
    if user.crm_gone_at and user.role != Role.OWNER and not back_in_crm:
        raise SignInRefused(_("Your user in the CRM is deactivated. Ask an admin of your workspace."))
    if user.verified_at is None:
        raise NotConfirmed(_("Confirm your e-mail address first: the link is in the mail we sent."))
    with app.db.unit_of_work(user.tenant_id) as session:
        row = session.get_one(User, user.id)
        if password_hash:
            row.password_hash = password_hash
        if back_in_crm:
            row.crm_gone_at = None
        half_way = not second_step_taken and second_factor.is_on(session, user.id)
        if not half_way:
            browsers.note(app, session, row, agent)
            audit.record(session, "member.signed_in", user.id, actor_id=user.id, ip=ip, how=how)
    if half_way:
        at = int(app.clock().timestamp())
        raise SecondStepNeeded({"user_id": user.id, "how": how, "at": at, "mark": mark_of(row)})
    return user.id


def mark_of(user: User) -> str:
    """Another one after every change of the password: it ends a sign-in that is half way."""
    return hashed(user.password_hash or "")


def note_refused(app: App, user: User | None, ip: str | None) -> None:
    """Write down that somebody wasn't let in."""
    log.info("sign_in.refused", user_id=user.id if user else None)
    if user:
        with app.db.unit_of_work(user.tenant_id) as session:
            audit.record(session, "member.sign_in_refused", user.id, ip=ip)


def _find(app: App, email: str) -> User | None:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.scalar(select(User).where(User.email == email))


def mail_confirmation(app: App, session: Session, user: User) -> None:
    """Mail the link that confirms the address, in the session's transaction."""
    token = tokens.issue(session, user.id, CONFIRM, app.clock(), CONFIRM_LIFE)
    mail.send(
        app,
        session,
        user.tenant_id,
        user.email,
        "confirm_address",
        language=user.language,
        link=f"{app.settings.public_url}/verify/{token}",
        hours=int(CONFIRM_LIFE.total_seconds() // 3600),
    )

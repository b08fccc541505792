"""What the second step of signing in is taken with: a code of an authenticator app (RFC 6238: SHA-1,
6 digits, 30 seconds, as every such app has it), or a recovery code. Either works once.

Other kinds of it have tables of their own; the recovery codes belong to the member and go with any.
"""

import secrets
from base64 import b32decode, b32encode
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.sealing import SealBroken
from core.db.session import ALL_TENANTS
from core.people import passwords
from core.people.members import mail_member
from core.people.models import AuthenticatorApp, RecoveryCode, User

DIGITS, RECOVERY_DIGITS = 6, 12
RECOVERY_CODES = 10

_ISSUER = "Dealpay"
_SECRET = 20  # bytes, as RFC 4226 recommends
_STEP = 30  # seconds
#: Phones go wrong, and people type slowly: a code counts one step before and after its own.
_TOLERANCE = (-1, 0, 1)


class CodeRefused(Exception):
    """Why a code isn't accepted, in a sentence."""

    field = "code"


def read(typed: str) -> str:
    """The digits of what was typed or pasted, in whichever digits and groups."""
    return "".join(str(int(one)) for one in typed if one.isdecimal())


def new_secret(app: App, tenant_id: str, user_id: str) -> str:
    """A secret for an app of this member, sealed for the row that it gets once it has shown to work."""
    secret = b32encode(secrets.token_bytes(_SECRET)).decode()
    return app.secrets.seal(secret, *_place(tenant_id, user_id))


def open_secret(app: App, tenant_id: str, user_id: str, sealed: str) -> str:
    """The secret in Base32, as apps take it. Raises SealBroken."""
    return app.secrets.open(sealed, *_place(tenant_id, user_id))


def address_of(secret: str, email: str) -> str:
    """The ``otpauth:`` address by which an app takes a secret over."""
    return _totp(secret).get_provisioning_uri(email, _ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that ``code`` belongs to; None where it is none of these minutes."""
    totp, current = _totp(secret), int(now.timestamp()) // _STEP
    for step in (current + each for each in _TOLERANCE):
        try:
            totp.verify(code.encode(), step * _STEP)
        except InvalidToken:
            continue
        return step
    return None


def open_all(app: App, most: int = 1000) -> tuple[int, int]:
    """Of the newest secrets of apps in all workspaces, how many can be opened and how many can't."""
    newest = select(AuthenticatorApp).order_by(AuthenticatorApp.created_at.desc()).limit(most)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        rows = session.scalars(newest).all()
    opened = 0
    for row in rows:
        with suppress(SealBroken):
            open_secret(app, row.tenant_id, row.user_id, row.sealed_secret)
            opened += 1
    return opened, len(rows) - opened


def is_on(session: Session, user_id: str) -> bool:
    """Whether signing in as this member takes a second step."""
    found = select(AuthenticatorApp.user_id).where(AuthenticatorApp.user_id == user_id)
    return session.scalar(found) is not None


def codes_left(session: Session, user_id: str) -> int:
    """How many recovery codes a member has."""
    mine = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return session.scalar(mine) or 0


def use(app: App, tenant_id: str, user_id: str, typed: str) -> int | None:
    """Use a code up; of a recovery code, how many are left. Raises CodeRefused."""
    code = read(typed)
    if len(code) == RECOVERY_DIGITS:
        return _use_recovery_code(app, tenant_id, user_id, code)
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        known = session.get(AuthenticatorApp, user_id)
    secret = open_secret(app, tenant_id, user_id, known.sealed_secret) if known else ""
    step = step_of(secret, code, app.clock()) if known else None
    if step is None:
        raise _wrong()
    unused = update(AuthenticatorApp).where(
        AuthenticatorApp.user_id == user_id, AuthenticatorApp.last_step < step
    )
    with app.db.unit_of_work(tenant_id) as session:
        if not session.execute(unused.values(last_step=step)).rowcount:  # type: ignore[attr-defined]
            raise CodeRefused(_("This code was used already. Wait until the app shows the next one."))
    return None


def new_recovery_codes() -> tuple[list[str], list[str]]:
    """Codes to show once, and their hashes. Takes half a second: never inside a transaction."""
    made = [
        f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}" for _ in range(RECOVERY_CODES)
    ]
    return [in_groups(one) for one in made], [passwords.make_hash(one) for one in made]


def keep_recovery_codes(session: Session, user_id: str, hashes: Iterable[str]) -> None:
    """These are the member's recovery codes now, and earlier ones are worth nothing."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=one) for one in hashes)


def in_groups(text: str) -> str:
    """In groups of four, as one reads it off."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _use_recovery_code(app: App, tenant_id: str, user_id: str, code: str) -> int:
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        kept = session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == user_id)).all()
    found = next((one for one in kept if passwords.matches(one.code_hash, code)), None)
    if found is None:
        raise _wrong()
    with app.db.unit_of_work(tenant_id) as session:
        used = session.execute(delete(RecoveryCode).where(RecoveryCode.id == found.id))
        if not used.rowcount:  # type: ignore[attr-defined]
            raise _wrong()
        left = codes_left(session, user_id)
        audit.record(session, "two_step.recovery_code_used", user_id, actor_id=user_id, left=left)
        user, link = session.get_one(User, user_id), f"{app.settings.public_url}/account/two-step"
        mail_member(app, session, user, "recovery_code_used", left=left, link=link)
    return left


def _wrong() -> CodeRefused:
    return CodeRefused(
        _("This code is wrong, or was used already. Enter the one that the app shows now.")
    )


def _totp(secret: str) -> TOTP:
    key = b32decode(secret)
    return TOTP(key, DIGITS, SHA1(), _STEP)  # noqa: S303


def _place(tenant_id: str, user_id: str) -> tuple[str, ...]:
    return tenant_id, AuthenticatorApp.__tablename__, "sealed_secret", user_id

"""Signing in inside a frame by what a window of its own has confirmed.

The frame makes up a nonce and tells its window the hash. The window's member confirms, and gets a code
that is worth something together with the nonce only: to the frame that made it, once, for a minute.
"""

import re
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update

from core.api.text import _
from core.app import App
from core.db.session import ALL_TENANTS
from core.people import tokens
from core.people.members import Member
from core.people.models import SignInCode, User
from core.people.signing import SignInRefused, let_in
from core.people.tokens import hashed

LIFE = timedelta(seconds=60)

#: A SHA-256 in hex digits.
_HASH = re.compile(r"[0-9a-f]{64}")


def is_nonce_hash(text: str) -> bool:
    """Whether a frame may have sent this."""
    return _HASH.fullmatch(text) is not None


def issue_code(app: App, member: Member, nonce_hash: str) -> str:
    """A code that signs ``member`` in for whoever knows what ``nonce_hash`` is the hash of."""
    code = tokens.new()
    with app.db.unit_of_work(member.tenant_id) as session:
        session.execute(delete(SignInCode).where(SignInCode.user_id == member.user_id))
        session.add(
            SignInCode(
                user_id=member.user_id,
                code_hash=hashed(code),
                nonce_hash=nonce_hash,
                expires_at=app.clock() + LIFE,
            )
        )
    return code


def redeem_code(app: App, code: str, nonce: str, *, ip: str | None, agent: str | None) -> str:
    """Use a code up; the id of the member whom it signs in. Raises SignInRefused.

    A code that comes without its nonce has been seen by somebody it wasn't meant for: it is used up too.
    """
    now = app.clock()
    with app.db.unit_of_work(ALL_TENANTS) as session:
        row = session.scalar(select(SignInCode).where(SignInCode.code_hash == hashed(code)))
        used = update(SignInCode).where(
            SignInCode.code_hash == hashed(code),
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now,
        )
        fresh = bool(session.execute(used.values(used_at=now)).rowcount)  # type: ignore[attr-defined]
        user = session.get(User, row.user_id) if row else None
    ours = row is not None and secrets.compare_digest(row.nonce_hash, hashed(nonce))
    if not fresh or not ours or user is None:
        raise SignInRefused(_("This sign-in was used already, or took too long. Begin again."))
    # The window's member has taken both steps there.
    return let_in(app, user, ip=ip, agent=agent, how="frame", second_step_taken=True)

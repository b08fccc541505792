"""Links sent by mail: single use, for a limited time, kept as a hash only."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.people.models import MailedToken


class TokenState(StrEnum):
    """What a mailed link is worth now."""

    VALID = "valid"
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """A mailed link looked up. The ids are those of its row and of whom it was sent to."""

    state: TokenState
    id: str = ""
    user_id: str = ""
    tenant_id: str = ""


def issue(
    session: Session,
    user_id: str,
    purpose: str,
    now: datetime,
    life: timedelta,
    *,
    address: str | None = None,
) -> str:
    """A new token for ``user_id``; earlier ones for the same purpose stop working."""
    session.execute(
        update(MailedToken)
        .where(
            MailedToken.user_id == user_id,
            MailedToken.purpose == purpose,
            MailedToken.used_at.is_(None),
            MailedToken.expires_at > now,
        )
        .values(expires_at=now)
    )
    token = new()
    session.add(
        MailedToken(
            user_id=user_id,
            purpose=purpose,
            token_hash=hashed(token),
            address=address,
            created_at=now,
            expires_at=now + life,
        )
    )
    return token


def look_up(session: Session, token: str, purpose: str, now: datetime) -> Found:
    """What ``token`` is worth; looking doesn't use it up."""
    row = session.scalar(
        select(MailedToken).where(
            MailedToken.token_hash == hashed(token), MailedToken.purpose == purpose
        )
    )
    if row is None:
        return Found(TokenState.UNKNOWN)
    state = TokenState.VALID
    if row.used_at is not None:
        state = TokenState.USED
    elif row.expires_at <= now:
        state = TokenState.EXPIRED
    return Found(state, row.id, row.user_id, row.tenant_id)


def use(session: Session, found: Found, now: datetime) -> bool:
    """Use a valid token up; False where another request was faster."""
    used = session.execute(
        update(MailedToken)
        .where(MailedToken.id == found.id, MailedToken.used_at.is_(None))
        .values(used_at=now)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def new() -> str:
    """One that nobody guesses: 256 bits, for an address."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept of a token: a copy of the table opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()

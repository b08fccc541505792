"""People, their sessions, and the links mailed to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantRow, WithId, utc_now


class User(WithId, TenantRow, Base):
    """A member of one workspace. ``email`` is stored in lower case.

    ``crm_user_id`` is whose records the member works on; ``crm_gone_at`` is when the CRM was first
    found to have deactivated that user, which locks the member out. ``language`` and ``timezone`` are
    the member's own choice: without one the browser's language and the workspace's zone are taken.
    """

    __tablename__ = "users"
    __table_args__ = (Index(None, "tenant_id", "crm_user_id", unique=True),)
    id_prefix = "usr"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    role: Mapped[str] = mapped_column(String(16))
    crm_user_id: Mapped[str | None]
    crm_user_name: Mapped[str | None]
    crm_gone_at: Mapped[datetime | None]
    language: Mapped[str | None] = mapped_column(String(16))
    timezone: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class WebSession(Base):
    """A browser session. ``id`` is the hash of the cookie, so a copy of the table signs nobody in."""

    __tablename__ = "web_sessions"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(String(40), ForeignKey("users.id", ondelete="CASCADE"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    user_agent: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]


class MailedToken(WithId, TenantRow, Base):
    """A single-use link sent by mail; only the hash of its token is kept.

    ``address`` is the new one where the link confirms a change of address.
    """

    __tablename__ = "mailed_tokens"
    id_prefix = "tok"

    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    address: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitation(WithId, TenantRow, Base):
    """Somebody was asked to join: by this address, in this role, as this user of the CRM.

    One address is invited once; inviting it again writes over the row. ``outcome`` is ``accepted`` or
    ``revoked`` once it has ended. ``reminded_at`` is when the mail went out that it soon expires.
    ``token_hash`` is that of the link in the mail, ``copied_hash`` of one that somebody hands on.
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("tenant_id", "email"),)
    id_prefix = "inv"

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    crm_user_id: Mapped[str | None]
    crm_user_name: Mapped[str | None]
    invited_by: Mapped[str] = mapped_column(String(40))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    copied_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    sent_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))


class SignInCode(WithId, TenantRow, Base):
    """A code that signs a member in inside a frame: for a minute, once, and only there.

    ``nonce_hash`` is the hash of what that frame made up and never sent; only hashes are kept.
    """

    __tablename__ = "sign_in_codes"
    id_prefix = "sic"

    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class AuthenticatorApp(TenantRow, Base):
    """That signing in as this member takes a second step: a code of the app that has this secret.

    ``last_step`` is the time step of the newest code that was accepted: one counts for every 30 seconds
    since 1970, and none up to it is accepted any more.
    """

    __tablename__ = "authenticator_apps"

    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[str] = mapped_column(Text)
    last_step: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class RecoveryCode(WithId, TenantRow, Base):
    """A code that takes the second step once, without the app; its row goes when it is used."""

    __tablename__ = "recovery_codes"
    id_prefix = "rec"

    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str]


class KnownBrowser(WithId, TenantRow, Base):
    """A kind of browser that a member has signed in with: signing in with another one is mailed."""

    __tablename__ = "known_browsers"
    __table_args__ = (UniqueConstraint("user_id", "browser"),)
    id_prefix = "brw"

    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id", ondelete="CASCADE"))
    browser: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

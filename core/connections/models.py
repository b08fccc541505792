"""Connections to the outside: the workspace's CRM and its payment accounts."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantRow, WithId, utc_now

Health = Literal["ok", "failing", "unchecked"]


class CrmConnection(WithId, TenantRow, Base):
    """The workspace's credentials for its CRM, sealed, and how they last did at ``checked_at``: at the
    last call, some minutes more or less.

    ``users_seen_at`` is when the CRM was last asked which of its users are still there. ``auth`` says
    whether they are a key or tokens of OAuth; those were last renewed at ``renewed_at``, run out at
    ``expires_at``, and are being renewed by somebody until ``renewing_until``. ``report`` is what came
    of looking at it last, step by step; ``missing_permissions`` are words of the CRM.
    """

    __tablename__ = "crm_connections"
    __table_args__ = (UniqueConstraint("tenant_id", "crm"),)
    id_prefix = "crm"

    crm: Mapped[str]
    sealed_settings: Mapped[str] = mapped_column(Text)
    hint: Mapped[str]
    external_id: Mapped[str]
    external_name: Mapped[str]
    currency: Mapped[str | None] = mapped_column(String(3))
    health: Mapped[Health] = mapped_column(String(16), default="ok")
    last_error: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime] = mapped_column(default=utc_now)
    users_seen_at: Mapped[datetime | None]
    auth: Mapped[Literal["key", "oauth"]] = mapped_column(String(8), default="key", server_default="key")
    missing_permissions: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    report: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    expires_at: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    renewing_until: Mapped[datetime | None]
    connected_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class PaymentAccount(WithId, TenantRow, Base):
    """A connected account at a payment provider, or the draft of one.

    A draft has a key that its provider gave no answer about: its health is ``unchecked``. Until there is
    one, ``active`` is only a wish, and what the provider alone knows is made up: ``external_id`` is its
    own id, so that there may be several, ``mode`` is test, and ``currency`` is no currency.

    New links are made with the one that ``is_default`` unless somebody chooses another; it is an active
    one. ``can_charge`` is false while its provider takes no payments for it. ``report`` is what came of
    the steps of connecting and of looking at it, by step: see checkup.

    ``webhook_token`` is the random part of its webhook URL; ``sealed_secrets`` holds its signing
    secrets, newest first; ``secret_source`` says whether the newest was pasted. The one before it is
    accepted until ``old_secret_until``. Deliveries that failed the signature check leave only the three
    ``refused_*`` columns behind.

    Events that no webhook brought are asked for. ``swept_to`` is the time before which all of them
    are here, and moves only when all have been read; ``sweep_at`` is when they are asked for next.
    ``sweep_rest`` is how far a reading came that was cut short, and ``sweep_problem`` why the last
    one failed.
    """

    __tablename__ = "payment_accounts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider", "external_id", "mode"),
        Index(
            "uq_payment_accounts_default",
            "tenant_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )
    id_prefix = "acc"

    provider: Mapped[str]
    label: Mapped[str]
    sealed_settings: Mapped[str] = mapped_column(Text)
    hint: Mapped[str]
    external_id: Mapped[str]
    external_name: Mapped[str]
    mode: Mapped[Literal["test", "live"]] = mapped_column(String(8))
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str | None] = mapped_column(String(2))
    active: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False, server_default="0")
    can_charge: Mapped[bool] = mapped_column(default=True, server_default="1")
    health: Mapped[Health] = mapped_column(String(16), default="ok")
    last_error: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime] = mapped_column(default=utc_now)
    webhook_token: Mapped[str] = mapped_column(String(64), unique=True)
    webhook_ref: Mapped[str | None]
    sealed_secrets: Mapped[str | None] = mapped_column(Text)
    secret_source: Mapped[Literal["provider", "pasted"] | None] = mapped_column(String(16))
    secret_set_at: Mapped[datetime | None]
    old_secret_until: Mapped[datetime | None]
    unit_product_ref: Mapped[str | None]
    report: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    last_event_at: Mapped[datetime | None]
    refused_count: Mapped[int] = mapped_column(default=0)
    refused_reason: Mapped[str | None]
    refused_at: Mapped[datetime | None]
    swept_to: Mapped[datetime | None]
    sweep_at: Mapped[datetime] = mapped_column(server_default="1970-01-01 00:00:00")
    sweep_rest: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sweep_problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    @hybrid_property
    def draft(self) -> bool:
        """Whether nobody knows yet which account its key opens; in queries as well."""
        return self.health == "unchecked"


class OperationsNotice(WithId, TenantRow, Base):
    """What a workspace's owners were mailed about that didn't work: when, by what it was.

    ``open`` says that something still didn't work at the last look.
    """

    __tablename__ = "operations_notices"
    __table_args__ = (UniqueConstraint("tenant_id"),)
    id_prefix = "ntc"

    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    open: Mapped[bool] = mapped_column(default=True)

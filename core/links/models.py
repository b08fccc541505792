"""Payment links, and the ledger of what was paid on them."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api.money import Money
from core.db.base import Base, TenantRow, WithId, utc_now
from core.db.types import money_columns
from core.jobs.models import Work

LinkState = Literal["draft", "open", "paid", "expired", "deactivated"]


class PaymentLink(Work, Base):
    """A payment link on a CRM record.

    It is written as ``draft`` with its idempotency key and the exact request before the provider is
    asked. As work (see Work) it is the making of the link: pending while nobody knows whether the
    provider made it. ``form_key`` stands for one sending of the form: sent twice, it is one link.
    """

    __tablename__ = "payment_links"
    __table_args__ = (
        *Work.__table_args__,
        UniqueConstraint("tenant_id", "form_key"),
        UniqueConstraint("account_id", "provider_ref"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "crm", "record_kind", "record_id"),
    )
    id_prefix = "lnk"

    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    crm: Mapped[str]
    record_kind: Mapped[str]
    record_id: Mapped[str]
    record_title: Mapped[str]
    record_url: Mapped[str]
    created_by: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    form_key: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(80))
    product_ref: Mapped[str]
    product_name: Mapped[str]
    unit_price: Mapped[Money] = money_columns("unit_price")
    quantity: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Money] = money_columns("amount")
    mode: Mapped[Literal["test", "live"]] = mapped_column(String(8))
    state: Mapped[LinkState] = mapped_column(String(16), default="draft")
    provider_ref: Mapped[str | None]
    url: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]


class Payment(WithId, TenantRow, Base):
    """A payment on a link, as the provider last told it; ``provider_ref`` is its id there, for good."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("account_id", "provider_ref"), Index(None, "link_id"))
    id_prefix = "pay"

    link_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_links.id"))
    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    provider_ref: Mapped[str]
    intent_ref: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Money] = money_columns("amount")
    payer_name: Mapped[str | None]
    payer_email: Mapped[str | None]
    method: Mapped[str | None]
    problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class LinkEvent(WithId, TenantRow, Base):
    """One line of a link's history: what happened, when, by whom or by what."""

    __tablename__ = "link_events"
    __table_args__ = (Index(None, "link_id", "id"),)
    id_prefix = "evt"

    link_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_links.id"))
    name: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(default=utc_now)

"""Webhook deliveries: what a provider verifiably sent, stored before anything about it is decided."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantRow, WithId, utc_now
from core.jobs.models import Work, work_indexes


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class WebhookDelivery(Work, Base):
    """A verified event, once however often it was sent. As work it is the applying of the event.

    ``source`` is "sweep" where the provider told the event on being asked; then there is no
    ``body``. ``event`` holds ids only, so it stays when the body is emptied.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        *work_indexes("webhook_deliveries"),
        UniqueConstraint("account_id", "event_id"),
        Index(None, "tenant_id", "id"),
        Index(None, "account_id", "id"),
        # What isn't so when a delivery comes in costs nothing then.
        _partial("ix_webhook_deliveries_link", "link_id", "id", where="link_id is not null"),
        _partial("ix_webhook_deliveries_found", "account_id", "id", where="source = 'sweep'"),
        _partial("ix_webhook_deliveries_failed", "tenant_id", "id", where="job_state = 'failed'"),
        _partial(
            "ix_webhook_deliveries_kept",
            "finished_at",
            where="body <> '' and job_state in ('done', 'skipped')",
        ),
    )
    id_prefix = "whd"

    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    event_id: Mapped[str]
    type: Mapped[str]
    source: Mapped[Literal["webhook", "sweep"]] = mapped_column(
        String(16), default="webhook", server_default="webhook"
    )
    event: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Text)
    link_id: Mapped[str | None] = mapped_column(String(40))


class DeliveryEntry(WithId, TenantRow, Base):
    """One line of what was done about a delivery: a try that came to nothing, or another turn that
    it was given, by ``actor_id`` where a person did it."""

    __tablename__ = "webhook_delivery_entries"
    __table_args__ = (Index(None, "delivery_id", "id"),)
    id_prefix = "whe"

    delivery_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("webhook_deliveries.id", ondelete="CASCADE")
    )
    text: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(default=utc_now)

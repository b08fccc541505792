"""Webhook deliveries: what a provider verifiably sent, stored before anything about it is decided."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.jobs.models import Work, work_indexes


class WebhookDelivery(Work, Base):
    """A verified event, once however often it was sent. As work it is the applying of the event."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        *work_indexes("webhook_deliveries"),
        UniqueConstraint("account_id", "event_id"),
        Index(None, "tenant_id", "created_at"),
    )
    id_prefix = "whd"

    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    event_id: Mapped[str]
    type: Mapped[str]
    event: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Text)
    link_id: Mapped[str | None] = mapped_column(String(40))

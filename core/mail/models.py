"""Outgoing mail: a row in the transaction that decided to send it."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.jobs.models import Work, work_indexes


class OutgoingMail(Work, Base):
    """A mail to one person. Its bodies are emptied once it has been sent: they may hold a link."""

    __tablename__ = "outgoing_mails"
    __table_args__ = work_indexes("outgoing_mails")
    id_prefix = "mai"

    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)

"""What the plugin host keeps in the database."""

from datetime import datetime

from sqlalchemy import Double, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantRow, WithId


class RateLine(Base):
    """The line of those who wait for a request under one credential's rate limit.

    Times are seconds since 1970: ``next_at``, when the next request would be on the vendor's limit
    exactly; ``paused_until``, as the vendor asked for; ``line_until``, the end of the line of those
    who were sent away to come again. ``key`` is a hash: the credential itself is nobody's business.
    """

    __tablename__ = "rate_lines"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_at: Mapped[float] = mapped_column(Double, default=0.0)
    paused_until: Mapped[float] = mapped_column(Double, default=0.0)
    line_until: Mapped[float] = mapped_column(Double, default=0.0)


class PluginCall(WithId, TenantRow, Base):
    """One call of a plugin's verb, and the work it was made for.

    ``outcome`` is ``ok`` or the name of the error. ``work`` is ``request`` or a table of work, and
    ``work_id`` the request's reference or the row's id. Ids are in the order of time.
    """

    __tablename__ = "plugin_calls"
    __table_args__ = (Index(None, "tenant_id", "id"), Index(None, "work_id"))
    id_prefix = "cal"

    at: Mapped[datetime]
    plugin_id: Mapped[str] = mapped_column(String(100))
    member: Mapped[str] = mapped_column(String(100))
    verb: Mapped[str] = mapped_column(String(40))
    ms: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(40))
    work: Mapped[str] = mapped_column(String(40))
    work_id: Mapped[str] = mapped_column(String(40))

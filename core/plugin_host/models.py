"""What the plugin host keeps in the database."""

from sqlalchemy import Double, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base


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

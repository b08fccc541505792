"""What a plugin's own tables are made of, where it has any.

A plugin has a ``DeclarativeBase`` of its own, and rows that are ``PluginRow``; its tables' names begin
with its id. Its migrations, Alembic's, lie in the folder that the manifest names under ``migrations``
and are run by ``dealpay upgrade``, after the core's::

    class Base(DeclarativeBase):
        type_annotation_map = {datetime: UtcDateTime}

    class Point(PluginRow, Base):
        __tablename__ = "acme_points"
        id_prefix = "pnt"
        count: Mapped[int]

A session that a plugin is given is bound to one workspace, and sees and writes only that one's rows.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, String, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator
from ulid import ULID


def new_id(prefix: str) -> str:
    """A row id made by the app, sortable by time: ``lnk_01KB…``.

    Secrets are sealed with the id of their row, so it must exist before the row is written.
    """
    return f"{prefix}_{ULID()}"


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime can't be stored: say which zone it is in")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WithId:
    """A primary key made by the app, known before the row is written.

    ``id_prefix`` says at a glance what an id is of.
    """

    id_prefix = "row"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)


@event.listens_for(WithId, "init", propagate=True)
def _give_id(target: Any, args: object, kwargs: dict[str, Any]) -> None:
    kwargs.setdefault("id", new_id(target.id_prefix))


class WorkspaceRow:
    """A row of one workspace: a session sees those of its own only, and a new one is given to it."""

    tenant_id: Mapped[str] = mapped_column(String(40), index=True)


class PluginRow(WithId, WorkspaceRow):
    """A row of a plugin, of one workspace, with an id."""

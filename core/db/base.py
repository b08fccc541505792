"""What every table shares: names of constraints, ids, and whose row it is."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, MetaData, String, event
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from ulid import ULID

from core.db.types import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id(prefix: str) -> str:
    """A row id made by the app, sortable by time: ``lnk_01KB…``.

    Secrets are sealed with the id of their row, so it must exist before the row is written.
    """
    return f"{prefix}_{ULID()}"


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """The base of every model; ``id_prefix`` says at a glance what an id is about."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, str: String(255)}
    id_prefix = "row"


class WithId:
    """A primary key made by the app, known before the row is written."""

    id: Mapped[str] = mapped_column(String(40), primary_key=True)


@event.listens_for(WithId, "init", propagate=True)
def _give_id(target: Any, args: object, kwargs: dict[str, Any]) -> None:
    kwargs.setdefault("id", new_id(target.id_prefix))


class TenantRow:
    """A row of one tenant. Sessions are bound to a tenant and see only its rows."""

    @declared_attr
    @classmethod
    def tenant_id(cls) -> Mapped[str]:
        return mapped_column(String(40), ForeignKey("tenants.id", ondelete="CASCADE"))

"""What every table shares: names of constraints, ids, and whose row it is."""

from datetime import datetime

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from core.api.tables import UtcDateTime, WithId, WorkspaceRow, new_id, utc_now

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model; ``id_prefix`` says at a glance what an id is about."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, str: String(255)}
    id_prefix = "row"


class TenantRow(WorkspaceRow):
    """A row of one tenant. Sessions are bound to a tenant and see only its rows."""

    @declared_attr
    @classmethod
    def tenant_id(cls) -> Mapped[str]:
        return mapped_column(String(40), ForeignKey("tenants.id", ondelete="CASCADE"))


__all__ = ["Base", "TenantRow", "UtcDateTime", "WithId", "new_id", "utc_now"]

"""A workspace: one company, one CRM tenant."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantRow, WithId, utc_now


class Tenant(WithId, Base):
    """A workspace. The first valid CRM key binds it to that CRM's tenant, for good.

    ``checklist_hidden_at``: since then its people don't want to see the checklist. ``examined_at`` is
    when all its connections were last looked at by hand.
    """

    __tablename__ = "tenants"
    __table_args__ = (UniqueConstraint("crm", "crm_tenant_id"),)
    id_prefix = "ten"

    name: Mapped[str]
    crm: Mapped[str | None]
    crm_tenant_id: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(default="UTC")
    checklist_hidden_at: Mapped[datetime | None]
    examined_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class PluginOff(WithId, TenantRow, Base):
    """A plugin that a workspace has switched off; without a row it is on."""

    __tablename__ = "plugins_off"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin_id"),)
    id_prefix = "off"

    plugin_id: Mapped[str] = mapped_column(String(100))
    since: Mapped[datetime] = mapped_column(default=utc_now)

"""After-payment rules, and the runs of their actions."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db.base import Base, TenantRow, WithId, utc_now
from core.jobs.models import Work, work_indexes

#: What becomes of the actions behind one that was given up.
OnFailure = Literal["stop", "go_on"]


class Rule(WithId, TenantRow, Base):
    """When ``event`` happens and ``only_if`` holds (core.rules.conditions), its actions run, in their
    order.

    ``version`` counts how often it was saved, and ``saved_key`` stands for the form that was sent last:
    sent twice, it is one change. ``paused_at`` is when it was found that the CRM no longer has what the
    rule needs: until it is saved again its runs are written down as failed, and can be retried.
    """

    __tablename__ = "rules"
    __table_args__ = (
        Index(None, "tenant_id", "event"),
        Index(None, "tenant_id", "saved_key", unique=True),
    )
    id_prefix = "rul"

    name: Mapped[str]
    event: Mapped[str] = mapped_column(String(40))
    enabled: Mapped[bool] = mapped_column(default=True)
    only_if: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    saved_key: Mapped[str | None] = mapped_column(String(64))
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    actions: Mapped[list["RuleAction"]] = relationship(
        order_by="RuleAction.position", cascade="all, delete-orphan", lazy="selectin"
    )


class RuleAction(WithId, TenantRow, Base):
    """One action of a rule: which, configured how, and what follows where it is given up."""

    __tablename__ = "rule_actions"
    id_prefix = "rac"

    rule_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("rules.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    action: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    summary: Mapped[str] = mapped_column(Text, default="")
    on_failure: Mapped[OnFailure] = mapped_column(String(8), default="stop", server_default="stop")


class ActionRun(Work, Base):
    """One action for one fact. The unique key makes it run once, however often the fact is found.

    The event and the configuration are copied in, and so is where the action stands in its rule: what
    a rule says later changes no run that exists.
    """

    __tablename__ = "action_runs"
    __table_args__ = (
        *work_indexes("action_runs"),
        UniqueConstraint("rule_id", "rule_action_id", "event_name", "subject_id"),
        Index(None, "link_id"),
        Index(None, "rule_id", "id"),
    )
    id_prefix = "run"

    rule_id: Mapped[str] = mapped_column(String(40))
    rule_action_id: Mapped[str] = mapped_column(String(40))
    rule_name: Mapped[str]
    event_name: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    link_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_links.id"))
    action: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    event: Mapped[dict[str, Any]] = mapped_column(JSON)
    only_if: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    on_failure: Mapped[OnFailure] = mapped_column(String(8), default="stop", server_default="stop")


class PluginNotice(Work, Base):
    """What a plugin is to be told: ``hook`` is one of the host's, ``event`` what it is given with it."""

    __tablename__ = "plugin_notices"
    __table_args__ = (
        *work_indexes("plugin_notices"),
        UniqueConstraint("subject_id", "name", "plugin_id"),
        Index(None, "tenant_id", "plugin_id"),
    )
    id_prefix = "ntc"

    plugin_id: Mapped[str] = mapped_column(String(100))
    hook: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    event: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class ActionStep(TenantRow, Base):
    """A step of a run: ``result`` None means begun, and perhaps done."""

    __tablename__ = "action_steps"

    run_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("action_runs.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[str] = mapped_column(String(64), primary_key=True)
    result: Mapped[str | None] = mapped_column(Text)

"""The action "create_task"."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from core.api.actions import (
    EVENTS,
    Choice,
    DefaultRule,
    DomainEvent,
    Done,
    Outcome,
    Planned,
    Problem,
    kind_word,
)
from core.api.context import ActionContext
from core.api.errors import Rejected
from core.api.hookspecs import hookimpl
from core.api.records import CrmUser, TaskDraft
from core.api.text import N_, _, ngettext
from plugins.actions_crm_field import template
from plugins.actions_crm_field.settings import OWNER, CreateTaskConfig
from plugins.actions_crm_field.shared import short, user_left, users


class CreateTask:
    """Make a task on the record of a link, once per run."""

    id = "create_task"
    name = N_("Make a task")
    Config = CreateTaskConfig
    triggers = EVENTS
    #: What a task for such an event says at first; whoever makes the rule may change it.
    drafts: Mapping[str, Mapping[str, Any]] = {
        event: {"title": title, "user_id": OWNER}
        for event, title in (
            ("link.part_paid", "Ask for the rest: {{amount}} {{currency}} were paid so far"),
            ("payment.failed", "Ask {{payer.name}} about the payment of {{amount}} {{currency}}"),
            ("link.expired", "Follow up: the payment link for {{amount}} {{currency}} expired"),
            ("payment.refunded", "Find out why {{amount}} {{currency}} went back"),
            ("dispute.opened", "Answer the dispute about {{amount}} {{currency}}"),
        )
    }
    needs = ("crm_connector:create_task", "crm_connector:find_task", "crm_connector:list_users")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str, query: str) -> list[Choice]:
        if field != "user_id":
            return []
        return [Choice(OWNER, _("Whoever owns the record")), *users(ctx, query)]

    @hookimpl
    def check(self, ctx: ActionContext, config: CreateTaskConfig) -> list[Problem]:
        named = config.user_id and config.user_id != OWNER
        return user_left(ctx, config.user_id) if named and config.user_id else []

    @hookimpl
    def summary(self, config: CreateTaskConfig) -> str:
        days, title = _days(config.due_days), short(config.title)
        if config.user_id == OWNER:
            return _('Make a task for the owner, due %(days)s: "%(title)s".', days=days, title=title)
        if config.user_id:
            user = config.user_name or _("user %(id)s", id=config.user_id)
            return _(
                'Make a task for %(user)s, due %(days)s: "%(title)s".', user=user, days=days, title=title
            )
        return _('Make a task, due %(days)s: "%(title)s".', days=days, title=title)

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: CreateTaskConfig) -> Outcome:
        assert ctx.once
        assert ctx.run_id
        record, marker = event.record, f"dealpay-{ctx.run_id}"

        def draft(assignee_id: str | None) -> TaskDraft:
            return _draft(event, config, assignee_id)

        def make() -> str:
            if config.user_id != OWNER:
                return ctx.crm.create_task(record, draft(config.user_id), marker).id
            owner = _owner(ctx, event)
            try:
                return ctx.crm.create_task(record, draft(owner.id if owner else None), marker).id
            except Rejected as refused:
                if refused.code != "user_not_found":
                    raise
                # The owner has left: that is a matter of this record, and not of the rule.
                return ctx.crm.create_task(record, draft(None), marker).id

        def made() -> str | None:
            task = ctx.crm.find_task(record, marker)
            return task.id if task else None

        ctx.once("task", make, find=made)
        return Done(_('Made the task "%(title)s"', title=short(draft(None).title)))

    @hookimpl
    def preview(self, ctx: ActionContext, event: DomainEvent, config: CreateTaskConfig) -> list[Planned]:
        task = _draft(event, config, None)
        assert task.due_at
        names = {
            "task": task.title,
            "kind": kind_word(event.record.kind),
            "title": event.record_title,
            "day": template.day(task.due_at),
        }
        owner = _owner(ctx, event) if config.user_id == OWNER else None
        user = owner.name if owner else config.user_name if config.user_id != OWNER else ""
        if not user:
            what = _("Make the task “%(task)s” on the %(kind)s “%(title)s”, due on %(day)s.", **names)
        else:
            what = _(
                "Make the task “%(task)s” on the %(kind)s “%(title)s” for %(user)s, due on %(day)s.",
                user=user,
                **names,
            )
        return [Planned(what)]


def _draft(event: DomainEvent, config: CreateTaskConfig, assignee_id: str | None) -> TaskDraft:
    # From the event on, so that a later try makes the same task.
    due_at = event.at + timedelta(days=config.due_days)
    return TaskDraft(template.render(config.title, event), due_at, assignee_id)


def _owner(ctx: ActionContext, event: DomainEvent) -> CrmUser | None:
    return ctx.crm.fetch_record(event.record).owner


def _days(count: int) -> str:
    if count == 0:
        return _("the same day")
    return ngettext("in %(num)s day", "in %(num)s days", count)

"""Rules: what follows a payment. An event becomes one run for each action of each rule that fits."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.api.actions import DomainEvent
from core.api.text import N_, _
from core.app import App
from core.db.faultpoints import reached
from core.rules import conditions, notices, pauses
from core.rules.configs import open_all
from core.rules.history import (
    Lately,
    RunPage,
    count_failed,
    lately,
    recent_runs,
    retry_all,
    retry_run,
    runs_of_link,
    runs_of_rule,
)
from core.rules.models import ActionRun, Rule, RuleAction
from core.rules.notices import EVENT, failed_notices, tell_again, write_switched
from core.rules.pauses import paused_rules
from core.rules.saving import (
    ActionDraft,
    RuleDraft,
    Saved,
    Stale,
    create_default_rules,
    delete_rule,
    save_rule,
    sentence_of,
    set_enabled,
)
from core.tenants import service as tenants

#: Events a rule can start from, with the words a person reads, the most wanted one first.
EVENTS: Mapping[str, str] = {
    "link.paid": N_("A payment link is paid in full"),
    "link.part_paid": N_("A part of a payment link is paid"),
    "payment.succeeded": N_("A payment succeeds"),
    "payment.pending": N_("A payment is on its way"),
    "payment.failed": N_("A payment fails"),
    "payment.refunded": N_("A payment is refunded, in part or in full"),
    "dispute.opened": N_("A payment is disputed"),
    "dispute.closed": N_("A dispute is won or lost"),
    "link.expired": N_("A payment link expires"),
    "link.created": N_("A payment link is made"),
    "link.opened": N_("A payment link is opened for the first time"),
}


def emit(session: Session, app: App, crm: str, event: DomainEvent) -> None:
    """Write a run for each action of each enabled rule on ``event``, and a notice for each plugin that
    listens, in the caller's transaction.

    The runs are written in the order of the rules, oldest first, and run in that order.
    The same fact may be found again, by another delivery or a check: its runs exist already then.
    The caller holds the link's row, so that two of them don't write at once.
    """
    notices.write(session, app, crm, event)
    listening = select(Rule).where(Rule.event == event.name, Rule.enabled).order_by(Rule.id)
    rules = session.scalars(listening).all()
    if not rules:
        return
    found = session.execute(
        select(ActionRun.rule_id, ActionRun.rule_action_id).where(
            ActionRun.event_name == event.name, ActionRun.subject_id == event.subject_id
        )
    )
    existing = set(found.all())
    off = tenants.plugins_off(app, session)
    for rule in rules:
        if rule.only_if and not conditions.hold(conditions.read(rule.only_if), event):
            continue
        for action in rule.actions:
            if (rule.id, action.id) not in existing:
                run = _run(rule, action, crm, event)
                if name := _switched_off(app, action.action, crm, off):
                    run.job_state, run.finished_at = "skipped", app.clock()
                    run.result = _("The plugin %(name)s is switched off in this workspace.", name=name)
                elif rule.paused_at:
                    pauses.hold_back(app, run)
                app.jobs.submit(session, run)
    reached("runs.written")


def _switched_off(app: App, action: str, crm: str, off: frozenset[str]) -> str | None:
    """The name of the plugin without which an action doesn't run, where it is off."""
    entries = (app.plugins.actions.get(action), app.plugins.crm_connectors.get(crm))
    return next((one.name for one in entries if one and one.plugin_id in off), None)


def _run(rule: Rule, action: RuleAction, crm: str, event: DomainEvent) -> ActionRun:
    return ActionRun(
        tenant_id=rule.tenant_id,
        record_key=f"{crm}:{event.record.kind}:{event.record.id}",
        rule_id=rule.id,
        rule_action_id=action.id,
        rule_name=rule.name,
        event_name=event.name,
        subject_id=event.subject_id,
        link_id=event.link.id,
        action=action.action,
        config=dict(action.config),
        event=EVENT.dump_python(event, mode="json"),
        only_if=rule.only_if,
        position=action.position,
        on_failure=action.on_failure,
    )


def event_of(run: ActionRun) -> DomainEvent:
    """The event a run was made for, as it was then."""
    return EVENT.validate_python(run.event)


def list_rules(session: Session) -> list[Rule]:
    """The workspace's rules with their actions, oldest first."""
    return list(session.scalars(select(Rule).order_by(Rule.id)))


def workspaces_by_action(session: Session) -> dict[str, int]:
    """How many workspaces have a rule with each action, in a session bound to none."""
    count = func.count(RuleAction.tenant_id.distinct())
    rows = session.execute(select(RuleAction.action, count).group_by(RuleAction.action))
    return dict(rows.all())


def get_rule(session: Session, rule_id: str) -> Rule | None:
    """One rule with its actions."""
    return session.get(Rule, rule_id)


__all__ = [
    "EVENTS",
    "ActionDraft",
    "ActionRun",
    "Lately",
    "RuleDraft",
    "RunPage",
    "Saved",
    "Stale",
    "count_failed",
    "create_default_rules",
    "delete_rule",
    "emit",
    "event_of",
    "failed_notices",
    "get_rule",
    "lately",
    "list_rules",
    "open_all",
    "paused_rules",
    "recent_runs",
    "retry_all",
    "retry_run",
    "runs_of_link",
    "runs_of_rule",
    "save_rule",
    "sentence_of",
    "set_enabled",
    "tell_again",
    "workspaces_by_action",
    "write_switched",
]

"""Rules: what follows a payment. An event becomes one run for each action of each rule that fits."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.api.actions import DomainEvent
from core.api.settings import Settings
from core.app import App
from core.audit import service as audit
from core.db.faultpoints import reached
from core.people.service import Member
from core.rules import conditions, configs, notices
from core.rules.conditions import OnlyIf
from core.rules.configs import open_all as open_all
from core.rules.models import ActionRun as ActionRun  # what links show is handed out here
from core.rules.models import Rule, RuleAction
from core.rules.notices import EVENT
from core.rules.notices import failed_notices as failed_notices
from core.rules.notices import tell_again as tell_again
from core.rules.notices import write_switched as write_switched
from core.tenants import service as tenants

#: Events a rule can start from, with the words a person reads.
EVENTS: Mapping[str, str] = {
    "payment.succeeded": "A payment succeeds",
    "payment.pending": "A payment is on its way",
    "payment.failed": "A payment fails",
    "payment.refunded": "A payment is refunded, in part or in full",
    "dispute.opened": "A payment is disputed",
    "dispute.closed": "A dispute is won or lost",
    "link.paid": "A payment link is paid in full",
    "link.part_paid": "A part of a payment link is paid",
    "link.expired": "A payment link expires",
    "link.created": "A payment link is made",
}


def create_default_rules(app: App, session: Session, tenant_id: str) -> None:
    """Give a new workspace the rules that the installed actions come with, switched on."""
    for action_id, action in app.plugins.actions.items():
        for default in action.default_rules:
            config = action.Config(**default.config)
            rule = Rule(tenant_id=tenant_id, name=default.name, event=default.event)
            rule.actions.append(_configured(app, tenant_id, action_id, action.summary(config), config))
            session.add(rule)


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
                    run.result = f"The plugin {name} is switched off in this workspace."
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
    )


def event_of(run: ActionRun) -> DomainEvent:
    """The event a run was made for, as it was then."""
    return EVENT.validate_python(run.event)


def save_rule(
    app: App,
    actor: Member,
    *,
    rule_id: str | None,
    name: str,
    event: str,
    enabled: bool,
    action_id: str,
    config: Settings,
    only_if: OnlyIf | None = None,
) -> str:
    """Write a rule with one action, new or over the one with ``rule_id``; its id.

    The action keeps its id when only its configuration changes, so that a fact that was acted upon
    isn't acted upon again.
    """
    action = app.plugins.action(action_id)
    summary = action.summary(config)
    with app.db.unit_of_work(actor.tenant_id) as session:
        rule = session.get(Rule, rule_id) if rule_id else None
        if rule is None:
            rule = Rule(name=name, event=event)
            session.add(rule)
        rule.name, rule.event, rule.enabled = name, event, enabled
        rule.only_if = (only_if.stored or None) if only_if else None
        if rule.actions and rule.actions[0].action == action_id:
            kept = rule.actions[0]
            kept.config = configs.sealed(app, actor.tenant_id, kept.id, config)
            kept.summary = summary
        else:
            rule.actions[:] = [_configured(app, actor.tenant_id, action_id, summary, config)]
        audit.record(session, "rule.saved", rule.id, actor_id=actor.user_id, event=event, name=name)
        return rule.id


def _configured(app: App, tenant_id: str, action_id: str, summary: str, config: Settings) -> RuleAction:
    made = RuleAction(tenant_id=tenant_id, action=action_id, summary=summary)
    made.config = configs.sealed(app, tenant_id, made.id, config)
    return made


def set_enabled(app: App, actor: Member, rule_id: str, enabled: bool) -> bool:
    """Switch a rule on or off; False where there is none."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        rule = session.get(Rule, rule_id)
        if rule is None:
            return False
        rule.enabled = enabled
        audit.record(session, "rule.switched", rule_id, actor_id=actor.user_id, enabled=enabled)
        return True


def delete_rule(app: App, actor: Member, rule_id: str) -> bool:
    """Delete a rule; the runs it made stay. False where there is none."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        rule = session.get(Rule, rule_id)
        if rule is None:
            return False
        session.delete(rule)
        audit.record(session, "rule.deleted", rule_id, actor_id=actor.user_id, name=rule.name)
        return True


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


def recent_runs(session: Session, limit: int = 20) -> list[ActionRun]:
    """The newest runs of the workspace."""
    return list(session.scalars(select(ActionRun).order_by(ActionRun.id.desc()).limit(limit)))


def runs_of_link(session: Session, link_id: str) -> list[ActionRun]:
    """All runs about one link, oldest first."""
    found = select(ActionRun).where(ActionRun.link_id == link_id).order_by(ActionRun.id)
    return list(session.scalars(found))


def retry_run(app: App, actor: Member, run_id: str) -> bool:
    """Put a run that was given up back in line, as its rule says now; False where there is none.

    Whoever retries has mended what was wrong, and that may have been the rule.
    """
    with app.db.unit_of_work(actor.tenant_id) as session:
        run = session.get(ActionRun, run_id)
        if run is None or run.job_state != "failed":
            return False
        action = session.get(RuleAction, run.rule_action_id)
        if action is not None:
            run.config = dict(action.config)
        app.jobs.retry(session, run)
        audit.record(session, "run.retried", run_id, actor_id=actor.user_id)
        return True

"""Rules that wait for a person: the CRM no longer has what they name."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.errors import Rejected
from core.api.text import N_
from core.app import App
from core.audit import service as audit
from core.rules.models import ActionRun, Rule, RuleAction

#: The codes of a refusal that will be the same for every payment, until somebody chooses anew.
GONE = frozenset(
    {
        "stage_not_found",
        "pipeline_not_found",
        "reason_required",
        "reason_unknown",
        "field_not_found",
        "field_read_only",
        "user_not_found",
        "owner_fixed",
    }
)
#: What runs say that come while their rule is paused. They are kept, and can be retried.
PAUSED = N_("The rule is paused. Choose anew what is gone from the CRM, save the rule, and retry this.")


def pause(app: App, run: ActionRun, refused: Rejected) -> None:
    """Pause the rule of a run that was ``refused``, where it would be for every other payment, too.

    A run that a rule made before it was changed says nothing of the rule as it is now.
    """
    if refused.code not in GONE:
        return
    with app.db.unit_of_work(run.tenant_id) as session:
        rule = session.get(Rule, run.rule_id)
        action = session.get(RuleAction, run.rule_action_id)
        if rule is None or action is None or rule.paused_at or dict(action.config) != dict(run.config):
            return
        rule.paused_at, rule.paused_reason = app.clock(), refused.user_message
        audit.record(session, "rule.paused", rule.id, name=rule.name, code=refused.code)


def resume(rule: Rule) -> None:
    """Let a rule run again, now that it names what is there."""
    rule.paused_at = rule.paused_reason = None


def paused_rules(session: Session) -> list[Rule]:
    """The rules that are switched on and paused, oldest first."""
    waiting = select(Rule).where(Rule.enabled, Rule.paused_at.is_not(None)).order_by(Rule.id)
    return list(session.scalars(waiting.limit(20)))


def hold_back(app: App, run: ActionRun) -> None:
    """Write a new run of a paused rule down as failed: nothing is lost, and nobody asks the CRM."""
    run.job_state, run.finished_at = "failed", app.clock()
    run.result = run.last_error = PAUSED

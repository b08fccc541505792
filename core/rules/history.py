"""What rules have done: their runs, how they went lately, and what is tried again by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from core.app import App
from core.audit import service as audit
from core.jobs.models import is_state
from core.people.service import Member
from core.rules.models import ActionRun, Rule, RuleAction

#: Of how many runs a rule's success rate is made.
LATELY = 20
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of runs, newest first; ``next`` is the cursor of the page after it."""

    runs: list[ActionRun]
    next: str | None


@dataclass(frozen=True, slots=True)
class Lately:
    """How the last runs of a rule went: how many of them ended well, or weren't for its records, and
    how many were given up. ``last_at`` is when the newest was made."""

    good: int = 0
    failed: int = 0
    last_at: datetime | None = None


def recent_runs(session: Session, limit: int = 20) -> list[ActionRun]:
    """The newest runs of the workspace."""
    return list(session.scalars(select(ActionRun).order_by(ActionRun.id.desc()).limit(limit)))


def runs_of_link(session: Session, link_id: str) -> list[ActionRun]:
    """All runs about one link, oldest first."""
    found = select(ActionRun).where(ActionRun.link_id == link_id).order_by(ActionRun.id)
    return list(session.scalars(found))


def runs_of_rule(
    session: Session, rule_id: str, *, before: str | None = None, failed: bool = False, size: int = 50
) -> RunPage:
    """The runs of one rule, or those that were given up, newest first, from ``before`` on."""
    found = select(ActionRun).where(ActionRun.rule_id == rule_id)
    if before:
        found = found.where(ActionRun.id < before)
    if failed:
        found = found.where(is_state(ActionRun, "failed"))
    runs = list(session.scalars(found.order_by(ActionRun.id.desc()).limit(size + 1)))
    return RunPage(runs[:size], runs[size - 1].id if len(runs) > size else None)


def count_failed(session: Session, rule_id: str) -> int:
    """How many runs of a rule were given up, up to some hundred."""
    some = _failed(rule_id).limit(_AT_ONCE).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def lately(session: Session, rule_ids: Iterable[str]) -> dict[str, Lately]:
    """How the last runs of each rule went, with one query: each rule's come from the end of an index."""

    def count(*states: str) -> Select[int]:
        last = aliased(ActionRun)
        newest = (
            select(last.job_state)
            .where(last.rule_id == Rule.id)
            .order_by(last.id.desc())
            .limit(LATELY)
            .correlate(Rule)
            .subquery()
        )
        return select(func.count()).where(newest.c.job_state.in_(states))

    newest = aliased(ActionRun)
    last_at = (
        select(newest.created_at)
        .where(newest.rule_id == Rule.id)
        .order_by(newest.id.desc())
        .limit(1)
        .correlate(Rule)
    )
    asked = select(
        Rule.id,
        count("done", "skipped").scalar_subquery(),
        count("failed").scalar_subquery(),
        last_at.scalar_subquery(),
    ).where(Rule.id.in_(list(rule_ids)))
    return {id: Lately(*figures) for id, *figures in session.execute(asked)}


def retry_run(app: App, actor: Member, run_id: str) -> bool:
    """Put a run that was given up back in line, as its rule says now, and with it those behind it that
    were not done for its sake; False where there is none.

    Whoever retries has mended what was wrong, and that may have been the rule.
    """
    with app.db.unit_of_work(actor.tenant_id) as session:
        run = session.get(ActionRun, run_id)
        if run is None or run.job_state != "failed":
            return False
        behind = _failed(run.rule_id).where(
            ActionRun.link_id == run.link_id,
            ActionRun.event_name == run.event_name,
            ActionRun.subject_id == run.subject_id,
            ActionRun.position > run.position,
        )
        for one in [run, *session.scalars(behind)]:
            _again(app, session, one)
        audit.record(session, "run.retried", run_id, actor_id=actor.user_id)
        return True


def retry_all(app: App, actor: Member, rule_id: str) -> int:
    """Put what a rule gave up back in line, oldest first, some hundred at a time; how many that were."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        runs = list(session.scalars(_failed(rule_id).limit(_AT_ONCE)))
        for run in runs:
            _again(app, session, run)
        if runs:
            audit.record(session, "rule.runs_retried", rule_id, actor_id=actor.user_id, count=len(runs))
    return len(runs)


def _failed(rule_id: str) -> Select[Any]:
    mine = select(ActionRun).where(ActionRun.rule_id == rule_id, is_state(ActionRun, "failed"))
    return mine.order_by(ActionRun.id)


def _again(app: App, session: Session, run: ActionRun) -> None:
    action = session.get(RuleAction, run.rule_action_id)
    if action is not None:
        run.config, run.on_failure = dict(action.config), action.on_failure
    app.jobs.retry(session, run)

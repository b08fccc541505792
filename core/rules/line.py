"""The actions of one rule about one fact, in their order: what the later ones wait for and go by."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from core.api.errors import Rejected
from core.api.text import N_
from core.app import App
from core.rules.models import ActionRun

#: The step under which a run keeps whether the record stood where the rule wants it.
ONLY_IF = "$only_if"
NOT_REACHED = N_("Not done, because the action before it failed. Retry that one: this one follows.")


@dataclass(frozen=True, slots=True)
class Before:
    """A run of an earlier action of the same rule about the same fact."""

    id: str
    job_state: str
    on_failure: str


def runs_before(app: App, run: ActionRun) -> list[Before]:
    """In their order. Each has ended: the runs of one record are done one after the other."""
    if not run.position:
        return []
    earlier = (
        select(ActionRun.id, ActionRun.job_state, ActionRun.on_failure)
        .where(
            ActionRun.link_id == run.link_id,
            ActionRun.rule_id == run.rule_id,
            ActionRun.event_name == run.event_name,
            ActionRun.subject_id == run.subject_id,
            ActionRun.position < run.position,
        )
        .order_by(ActionRun.position)
    )
    with app.db.unit_of_work(run.tenant_id, read_only=True) as session:
        return [Before(*row) for row in session.execute(earlier)]


def expect_reached(before: list[Before]) -> None:
    """Raise Rejected where an earlier action failed that the others were not to go on without."""
    if any(one.job_state == "failed" and one.on_failure == "stop" for one in before):
        raise Rejected("action_before_failed", NOT_REACHED)


def decided_once(
    once: Callable[[str, Callable[[], str]], str], ask: Callable[[], str | None]
) -> str | None:
    """What ``ask`` said the first time that anybody asked: the first action may move the record, and
    the others, and its own next try, go by where the record stood before."""
    return once(ONLY_IF, lambda: ask() or "") or None

"""Running one action of a rule."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from core.api.actions import DomainEvent, Later, Outcome, Skipped
from core.api.errors import CredentialsError, NotSent, Rejected, Unsupported
from core.api.text import _
from core.app import App
from core.connections import service as connections
from core.db.engine import forgettable
from core.db.faultpoints import reached
from core.db.ready import kept
from core.db.sealing import SealBroken
from core.jobs.worker import several
from core.plugin_host.ports import CrmPort
from core.rules import conditions, configs, line, pauses, service
from core.rules.choices import action_port
from core.rules.conditions import OnlyIf
from core.rules.models import ActionRun, ActionStep

#: While workers are upgraded one after the other, what an older one doesn't know a newer one may. For
#: so long it is looked for, and then, or when a person has it tried again, for so many tries.
_LOOKED_FOR, _EVERY = timedelta(minutes=15), 3.0
_LEFT_TO_OTHERS = 5


def run_action(app: App, tenant_id: str, run_id: str) -> Outcome:
    """Do what a run says through the workspace's CRM."""
    (run,) = app.db.find(tenant_id, ActionRun, id=run_id)
    reached("run.taken_up")
    before = line.runs_before(app, run)
    line.expect_reached(before)
    try:
        values = configs.opened(app, tenant_id, run.rule_action_id, run.config)
        config = app.plugins.action(run.action).Config(**values)
    except SealBroken as error:
        raise Rejected(
            "secret_sealed", _("The rule's secret can't be opened any more: enter it again in the rule.")
        ) from error
    except (Unsupported, ValidationError) as error:
        if several(app):
            why = _("This worker doesn't know this action; another one may.")
            if app.clock() - run.created_at < _LOOKED_FOR:
                return Later(_EVERY, why)
            if run.attempts <= _LEFT_TO_OTHERS:
                raise NotSent(why) from error
        if isinstance(error, Unsupported):
            raise
        raise Rejected(
            "config_outdated",
            _("The rule no longer fits its action: open it and save it again."),
        ) from error
    event = service.event_of(run)
    with connections.watched_crm(app, tenant_id, in_job=True) as crm:
        only_if = conditions.read(run.only_if)
        if only_if.asks_the_crm:
            first = StepLog(app, tenant_id, before[0].id if before else run_id)
            if elsewhere := line.decided_once(first, lambda: _elsewhere(only_if, crm, event)):
                return Skipped(elsewhere)
        once = StepLog(app, tenant_id, run_id)
        port = action_port(app, crm, run.action, once=once, run_id=run_id)
        try:
            return port.run(event, config)
        except Rejected as refused:
            pauses.pause(app, run, refused)
            raise


def _elsewhere(only_if: OnlyIf, crm: CrmPort, event: DomainEvent) -> str | None:
    """Why the record isn't where the rule wants it, if so. Calls out."""
    return conditions.why_not_there(only_if, crm.fetch_record(event.record))


class StepLog:
    """``ctx.once``: the steps of one run, each done once (see core.api.context.Once)."""

    def __init__(self, app: App, tenant_id: str, run_id: str):
        self._db, self._dialect = app.db, app.db.engine.dialect
        self._tenant_id = tenant_id
        self._run_id = run_id

    def __call__(
        self, step: str, do: Callable[[], str], *, find: Callable[[], str | None] | None = None
    ) -> str:
        begun, result = self._begin(step)
        reached("step.begun")
        if result is None and begun and find is not None:
            result = find()
            reached("step.looked_up")
        if result is None:
            try:
                result = do()
            except (NotSent, Rejected, CredentialsError):
                if not begun:
                    self._forget(step)  # certainly not done: the next try needn't look for it
                    reached("step.forgotten")
                raise
            reached("step.done")
        self._record(step, result)
        reached("step.recorded")
        return result

    def _begin(self, step: str) -> tuple[bool, str | None]:
        """Whether it was begun before, and its result; it is begun from here on."""
        if self._db.run(_begun(self._dialect), self._row(step)):
            return False, None
        (begun,) = self._db.find(self._tenant_id, ActionStep, run_id=self._run_id, step=step)
        return True, begun.result

    def _record(self, step: str, result: str) -> None:
        values = {**self._row(step), "_result": result}
        self._db.run(_recorded(self._dialect), values, relaxed=True)

    def _forget(self, step: str) -> None:
        with self._db.unit_of_work(self._tenant_id) as session:
            session.delete(session.get_one(ActionStep, (self._run_id, step)))

    def _row(self, step: str) -> dict[str, str]:
        return {"_tenant_id": self._tenant_id, "_run_id": self._run_id, "_step": step}


_STEPS: Any = ActionStep.__table__


@kept
def _begun(dialect: str) -> Any:
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    row: dict[str, Any] = {name: bindparam(f"_{name}") for name in ("tenant_id", "run_id", "step")}
    return insert(_STEPS).values(row).on_conflict_do_nothing().returning(_STEPS.c.step)


@kept
def _recorded(dialect: str) -> Any:
    return (
        update(_STEPS)
        .where(
            _STEPS.c.tenant_id == bindparam("_tenant_id"),
            _STEPS.c.run_id == bindparam("_run_id"),
            _STEPS.c.step == bindparam("_step"),
            # Forgotten, it is looked up where it was done.
            forgettable(dialect),
        )
        .values(result=bindparam("_result"))
    )

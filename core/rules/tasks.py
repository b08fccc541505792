"""Running one action of a rule."""

from collections.abc import Callable

from pydantic import ValidationError
from sqlalchemy import update

from core.api.actions import Outcome
from core.api.errors import CredentialsError, NotSent, Rejected
from core.app import App
from core.connections import service as connections
from core.db.engine import forgettable
from core.db.faultpoints import reached
from core.rules import service
from core.rules.models import ActionRun, ActionStep


def run_action(app: App, tenant_id: str, run_id: str) -> Outcome:
    """Do what a run says through the workspace's CRM."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        run = session.get_one(ActionRun, run_id)
    reached("run.taken_up")
    try:
        config = app.plugins.action(run.action).Config(**run.config)
    except ValidationError as error:
        raise Rejected(
            "config_outdated", "The rule no longer fits its action: open it and save it again."
        ) from error
    with connections.watched_crm(app, tenant_id, in_job=True) as crm:
        once = StepLog(app, tenant_id, run_id)
        port = service.action_port(app, crm, run.action, once=once, run_id=run_id)
        return port.run(service.event_of(run), config)


class StepLog:
    """``ctx.once``: the steps of one run, each done once (see core.api.context.Once)."""

    def __init__(self, app: App, tenant_id: str, run_id: str):
        self._app = app
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
        db, key = self._app.db, {"run_id": self._run_id, "step": step}
        new = db.insert(ActionStep).values(tenant_id=self._tenant_id, **key)
        if db.run(new.on_conflict_do_nothing().returning(ActionStep.step)):
            return False, None
        with db.unit_of_work(self._tenant_id, read_only=True) as session:
            return True, session.get_one(ActionStep, (self._run_id, step)).result

    def _record(self, step: str, result: str) -> None:
        done = update(ActionStep).where(
            ActionStep.tenant_id == self._tenant_id,
            ActionStep.run_id == self._run_id,
            ActionStep.step == step,
            # Forgotten, it is looked up where it was done.
            forgettable(self._app.db.engine.dialect.name),
        )
        self._app.db.run(done.values(result=result), relaxed=True)

    def _forget(self, step: str) -> None:
        with self._app.db.unit_of_work(self._tenant_id) as session:
            session.delete(session.get_one(ActionStep, (self._run_id, step)))

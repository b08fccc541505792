"""What the form of a rule offers: the actions, and the choices of their fields as the CRM has them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.api.actions import Choice, Problem, kind_label
from core.api.errors import DealpayError, Rejected, Unsupported
from core.api.settings import Settings
from core.api.text import _
from core.app import App
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.plugin_host.ports import ActionPort, CrmPort
from core.tenants import service as tenants
from core.web.form_fields import label, noted
from core.web.forms import Options
from core.web.replies import problem_of

#: So many options of a field are shown; among more, one looks for a part of the name.
MOST = 100
#: The inputs in which that part is typed are called so, and then as their field is.
FIND = "find-"


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """An action as the rule form offers it; ``missing`` says why it can't be chosen, if so: what
    ``crm`` doesn't offer, the workspace's own, or no installed plugin at all."""

    id: str
    name: str
    triggers: tuple[str, ...]
    needs: tuple[str, ...]
    missing: tuple[str, ...]
    crm: str | None = None


def action_choices(app: App, tenant_id: str, *, switched_off: bool = False) -> list[ActionChoice]:
    """The installed actions, with what each needs and the workspace's CRM, once there is one, lacks.

    Those that the workspace has switched off are left out unless they are asked for.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        off = frozenset[str]() if switched_off else tenants.plugins_off(app, session)
        connection = connections.crm_connection(session)
    crm = app.plugins.crm_connectors.get(connection.crm) if connection else None
    return [
        ActionChoice(
            id=action_id,
            name=action.name,
            triggers=action.triggers,
            needs=action.needs,
            missing=app.plugins.unmet_needs(action_id, crm_connector=crm.id if crm else None),
            crm=crm.name if crm else None,
        )
        for action_id, action in app.plugins.actions.items()
        if action.plugin_id not in off
    ]


def action_port(app: App, crm: CrmPort, action_id: str, **context: Any) -> ActionPort:
    """An action with the workspace's CRM in its hands."""
    action = app.plugins.action(action_id)
    return action.bind(action.context(crm, record_kinds=crm.record_kinds, **context))


class Offers:
    """The choices of one form, asked of the CRM as they are needed, each question once.

    CRMs allow few requests a second, and some of them fail: ``unloaded`` are the labels of the fields
    whose choices could not be had, and ``why`` is the last reason. What was chosen there before stays
    chosen. ``many`` are the inputs with more options than are shown, and how many they have.
    """

    def __init__(self, app: App, tenant_id: str):
        self._app, self._tenant_id = app, tenant_id
        self.unloaded: dict[str, None] = {}
        self.why: str | None = None
        self.many: dict[str, int] = {}
        self.searched: dict[str, str] = {}
        self._down = False

    def read(self, posted: Mapping[str, str]) -> None:
        """What is looked for among many options."""
        self.searched = {
            name.removeprefix(FIND): typed.strip()[:100]
            for name, typed in posted.items()
            if name.startswith(FIND) and typed.strip()
        }

    @cached_property
    def crm(self) -> CrmPort:
        """The workspace's CRM. Raises NotConnected."""
        port = connections.crm_port(self._app, self._tenant_id)
        for name in ("list_pipelines", "list_fields", "list_users"):
            setattr(port, name, _asked_once(getattr(port, name)))
        return port

    @cached_property
    def accounts(self) -> list[PaymentAccount]:
        with self._app.db.unit_of_work(self._tenant_id, read_only=True) as session:
            return connections.list_accounts(session)

    def of_action(
        self,
        action_id: str,
        prefix: str,
        values: Callable[[], Mapping[str, Any]],
        stored: Mapping[str, Any],
    ) -> Options:
        """The options of an action's form; ``values`` is what the form holds, ``stored`` what the rule
        says so far."""
        model = self._app.plugins.action(action_id).Config

        def options(field: str, draft: dict[str, str]) -> list[Choice]:
            def ask(query: str) -> list[Choice]:
                return action_port(self._app, self.crm, action_id).choices(field, draft, query)

            return self._offer(model, field, prefix, values().get(field), stored, ask)

        return options

    def of_conditions(
        self,
        model: type[Settings],
        prefix: str,
        values: Callable[[], Mapping[str, Any]],
        stored: Mapping[str, Any],
    ) -> Options:
        """The options of what has to hold besides the event."""

        def options(field: str, draft: dict[str, str]) -> list[Choice]:
            match field:
                case "account_id":
                    return [Choice(one.id, one.label) for one in self.accounts]
                case "currency":
                    return [
                        Choice(code, code) for code in sorted({one.currency for one in self.accounts})
                    ]
                case "mode":
                    return [Choice("live", _("Live")), Choice("test", _("Test"))]

            def ask(query: str) -> list[Choice]:
                return self._of_crm(field, draft, query)

            return self._offer(model, field, prefix, values().get(field), stored, ask)

        return options

    def problems(self, action_id: str, config: Settings) -> list[Problem]:
        """What is wrong with a configuration in the CRM as it is now. Calls out; raises DealpayError."""
        if "check" not in self._app.plugins.action(action_id).capabilities:
            return []
        return action_port(self._app, self.crm, action_id).check(config)

    def _of_crm(self, field: str, draft: dict[str, str], query: str) -> list[Choice]:
        if field == "record_kind":
            return [Choice(kind, kind_label(kind)) for kind in self.crm.record_kinds]
        if field == "owner_id":
            return [Choice(one.id, one.name) for one in self.crm.list_users(query) if one.active]
        pipelines = self.crm.list_pipelines(draft["record_kind"])
        if field == "pipeline_id":
            return [Choice(one.id, one.name) for one in pipelines]
        wanted = draft.get("pipeline_id")
        return [
            Choice(stage.id, stage.name, pipeline.name)
            for pipeline in pipelines
            if not wanted or pipeline.id == wanted
            for stage in pipeline.stages
        ]

    def _offer(
        self,
        model: type[Settings],
        field: str,
        prefix: str,
        value: Any,
        stored: Mapping[str, Any],
        ask: Callable[[str], list[Choice]],
    ) -> list[Choice]:
        chosen, query = str(value or ""), self.searched.get(prefix + field, "")
        try:
            if self._down:
                raise _Down
            found = _matching(ask(query), query)
            missing = chosen and all(one.value != chosen for one in found)
            kept = [one for one in ask("") if one.value == chosen] if query and missing else []
        except Unsupported:
            return []
        except (DealpayError, _Down) as error:
            self._note(model, field, error)
            return [Choice(chosen, _label(model, field, chosen, stored))] if chosen else []
        if len(found) > MOST:
            self.many[prefix + field] = len(found)
            kept += [one for one in found[MOST:] if one.value == chosen]
        return [*kept, *found[:MOST]]

    def _note(self, model: type[Settings], field: str, error: Exception) -> None:
        self.unloaded[label(field, model.model_fields[field])] = None
        if isinstance(error, DealpayError):
            self.why = problem_of(error).message
            # What is refused, a list for which a permission is missing, says nothing of the others.
            self._down = not isinstance(error, Rejected)


class _Down(Exception):
    """The CRM has failed already while this form was made: it isn't waited for again."""


def _asked_once(verb: Callable[..., Any]) -> Callable[..., Any]:
    """``verb`` that remembers what came of each question, a failure too."""
    answers: dict[Any, tuple[Any, DealpayError | None]] = {}

    def ask(*args: Any) -> Any:
        if args not in answers:
            try:
                answers[args] = verb(*args), None
            except DealpayError as error:
                answers[args] = None, error
        answer, failure = answers[args]
        if failure is not None:
            raise failure
        return answer

    return ask


def _matching(options: list[Choice], query: str) -> list[Choice]:
    wanted = query.casefold()
    return [one for one in options if wanted in one.label.casefold()]


def _label(model: type[Settings], field: str, chosen: str, stored: Mapping[str, Any]) -> str:
    """How the option was called that was chosen when the form was saved; else the option itself."""
    for name, info in model.model_fields.items() if stored.get(field) == chosen else ():
        if noted(info, "label_of") == field and stored.get(name):
            return str(stored[name])
    return chosen

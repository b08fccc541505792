"""What the form of a rule offers: the actions, and the choices of their fields as the CRM has them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from core.api.actions import Choice, Problem
from core.api.settings import Settings
from core.app import App
from core.connections import service as connections
from core.plugin_host.ports import ActionPort, CrmPort
from core.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """An action as the rule form offers it; ``missing`` says why it can't be chosen, if so: what
    ``crm`` doesn't offer, the workspace's own, or no installed plugin at all."""

    id: str
    name: str
    triggers: tuple[str, ...]
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
            missing=app.plugins.unmet_needs(action_id, crm_connector=crm.id if crm else None),
            crm=crm.name if crm else None,
        )
        for action_id, action in app.plugins.actions.items()
        if action.plugin_id not in off
    ]


def crm_for_form(app: App, tenant_id: str) -> CrmPort:
    """The workspace's CRM, asked once for what each field of a form wants to know again.

    CRMs allow few requests a second. Raises NotConnected.
    """
    crm = connections.crm_port(app, tenant_id)
    crm.list_pipelines = cache(crm.list_pipelines)  # type: ignore[method-assign]
    crm.list_fields = cache(crm.list_fields)  # type: ignore[method-assign]
    crm.list_users = cache(crm.list_users)  # type: ignore[method-assign]
    return crm


def field_choices(
    app: App, crm: CrmPort, action_id: str, field: str, draft: dict[str, str]
) -> list[Choice]:
    """The options of a field of an action's form, as the CRM has them now. Calls out."""
    return action_port(app, crm, action_id).choices(field, draft, "")


def stages(crm: CrmPort, kind: str) -> list[Choice]:
    """The stages of one kind of record, as the CRM has them now. Calls out."""
    return [
        Choice(stage.id, stage.name, pipeline.name)
        for pipeline in crm.list_pipelines(kind)
        for stage in pipeline.stages
    ]


def action_port(app: App, crm: CrmPort, action_id: str, **context: Any) -> ActionPort:
    """An action with the workspace's CRM in its hands."""
    action = app.plugins.action(action_id)
    return action.bind(action.context(crm, record_kinds=crm.record_kinds, **context))


def problems(app: App, crm: CrmPort, action_id: str, config: Settings) -> list[Problem]:
    """What is wrong with a configuration, seen with the CRM as it is now. Calls out."""
    if "check" not in app.plugins.action(action_id).capabilities:
        return []
    return action_port(app, crm, action_id).check(config)

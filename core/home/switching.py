"""Plugins in one workspace: on or off, and what each is used for there."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.interfaces import IRoutesMapper
from sqlalchemy.orm import Session

from core.app import App
from core.connections import service as connections
from core.plugin_host.report import Row
from core.rules import service as rules
from core.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin as a workspace has it. ``uses`` says in words what it is used for, and ``routes`` are
    the addresses of its own pages."""

    row: Row
    on: bool
    uses: tuple[str, ...]
    routes: tuple[str, ...]


def installed(app: App, session: Session, patterns: list[str]) -> list[Installed]:
    """Every plugin that was found; ``patterns`` are those of all routes."""
    off, uses = tenants.plugins_off(session), _uses(app, session)
    return [
        Installed(
            row=row,
            on=row.id not in off,
            uses=tuple(uses.get(row.id, ())),
            routes=tuple(one for one in patterns if one.startswith(f"/x/{row.id}/")),
        )
        for row in app.plugins.report()
    ]


def _uses(app: App, session: Session) -> dict[str, list[str]]:
    """What a workspace uses its plugins for, by their ids."""
    known, found = app.plugins, dict[str, list[str]]()
    accounts = Counter(account.provider for account in connections.list_accounts(session))
    for id, count in accounts.items():
        if provider := known.payment_providers.get(id):
            words = "connected account" if count == 1 else "connected accounts"
            found.setdefault(provider.plugin_id, []).append(f"{count} {words}")
    crm = connections.crm_connection(session)
    if crm and (connector := known.crm_connectors.get(crm.crm)):
        found.setdefault(connector.plugin_id, []).append(f"the CRM of {crm.external_name}")
    actions = Counter(action.action for rule in rules.list_rules(session) for action in rule.actions)
    for id, count in actions.items():
        if action := known.actions.get(id):
            found.setdefault(action.plugin_id, []).append(f"{count} {'rule' if count == 1 else 'rules'}")
    return found


def only_where_on(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """A view deriver: a plugin's own pages aren't there for members who have it switched off."""
    route = info.options.get("route_name")
    mapper = info.registry.queryUtility(IRoutesMapper)
    known = mapper.get_route(route) if route and mapper else None
    if known is None or not known.pattern.lstrip("/").startswith("x/"):
        return view
    plugin_id = known.pattern.lstrip("/").split("/")[1]

    def seen(context: Any, request: Any) -> Any:
        if request.identity is not None:
            with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
                if plugin_id in tenants.plugins_off(session):
                    raise HTTPNotFound
        return view(context, request)

    return seen

"""Plugins in one workspace: on or off, and what each is used for there."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.interfaces import IRoutesMapper
from sqlalchemy.orm import Session

from core.api.text import _, ngettext, show
from core.app import App
from core.connections import service as connections
from core.db.session import ALL_TENANTS
from core.plugin_host.kinds import Kind
from core.plugin_host.report import Row
from core.rules import service as rules
from core.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin as a workspace has it. ``uses`` says in words what it is used for, and ``routes`` are
    the addresses of its own pages. ``off_with`` names the plugin that it is off with, where it wasn't
    switched off itself; ``untold`` counts what it could not be told."""

    row: Row
    on: bool
    off_with: str
    uses: tuple[str, ...]
    routes: tuple[str, ...]
    untold: int


@dataclass(frozen=True, slots=True)
class Use:
    """What a workspace uses of a kind: its id there, and in words what for."""

    kind: Kind
    id: str
    words: str


def installed(app: App, session: Session, patterns: list[str]) -> list[Installed]:
    """Every plugin that was found; ``patterns`` are those of all routes."""
    by_hand, off = tenants.switched_off(session), tenants.plugins_off(app, session)
    used, untold = _uses(session), rules.failed_notices(session)
    return [
        Installed(
            row=row,
            on=row.id not in off,
            off_with=_off_with(app, row.id, off) if row.id in off - by_hand else "",
            uses=tuple(use.words for use in used if use.id in row.provides and use.kind in row.kinds),
            untold=untold.get(row.id, 0),
            routes=tuple(one for one in patterns if one.startswith(f"/x/{row.id}/")),
        )
        for row in app.plugins.report()
    ]


def retired(app: App, session: Session) -> list[Use]:
    """What the workspace has in use of plugins that are there no more."""
    there = {
        (kind, id)
        for plugin in app.plugins.plugins
        if plugin.manifest
        for kind in plugin.manifest.kinds
        for id in plugin.manifest.provides
    }
    return [use for use in _uses(session) if (use.kind, use.id) not in there]


def workspaces_using(app: App) -> dict[tuple[Kind, str], int]:
    """How many workspaces have each provider, CRM and action in use, whether it is there or not."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        counts = {
            Kind.PAYMENT_PROVIDER: connections.workspaces_by_provider(session),
            Kind.CRM_CONNECTOR: connections.workspaces_by_crm(session),
            Kind.ACTION: rules.workspaces_by_action(session),
        }
    return {(kind, id): number for kind, found in counts.items() for id, number in found.items()}


def _off_with(app: App, plugin_id: str, off: frozenset[str]) -> str:
    plugin = app.plugins.plugin(plugin_id)
    names = [
        show(other.manifest.name)
        for other in app.plugins.plugins
        if plugin and other.manifest and other.id in off.intersection(plugin.requires)
    ]
    return names[0] if names else ""


def _uses(session: Session) -> list[Use]:
    accounts = Counter(account.provider for account in connections.list_accounts(session))
    actions = Counter(action.action for rule in rules.list_rules(session) for action in rule.actions)
    crm = connections.crm_connection(session)
    return [
        *(
            Use(
                Kind.PAYMENT_PROVIDER,
                id,
                ngettext("%(num)s connected account", "%(num)s connected accounts", count),
            )
            for id, count in accounts.items()
        ),
        *(
            [Use(Kind.CRM_CONNECTOR, crm.crm, _("the CRM of %(name)s", name=crm.external_name))]
            if crm
            else []
        ),
        *(
            Use(Kind.ACTION, id, ngettext("%(num)s rule", "%(num)s rules", count))
            for id, count in actions.items()
        ),
    ]


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
                if plugin_id in tenants.plugins_off(request.app, session):
                    raise HTTPNotFound
        return view(context, request)

    return seen

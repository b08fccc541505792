"""The pages of plugins: routes below ``/x/<plugin id>/`` and their views, and nothing else.

All plugins are configured in one action, after everything of the core is registered. A plugin's
own actions are collected aside and looked at before any is carried out, because an includeme that
raises leaves its actions in the queue, and a conflict found at commit would stop the app.
"""

from typing import Any

from pyramid.config import Configurator
from pyramid.config.actions import ActionState
from pyramid.interfaces import PHASE3_CONFIG

from core.plugin_host.errors import PluginRefused
from core.plugin_host.plugin import Plugin, Stage, State
from core.plugin_host.registry import PluginRegistry

AFTER_CORE = PHASE3_CONFIG + 1
_PAGES = {"routes", "views", "static views"}


class PluginConfigurator(Configurator):
    """What ``configure_web`` is given."""

    def commit(self) -> None:
        raise PluginRefused("configure_web calls commit: the host does that when all is checked")


def configure_web(config: Configurator) -> None:
    """Let each active plugin add its pages; one that can't is taken out of service."""
    plugins: PluginRegistry = config.registry.plugins
    for plugin in plugins.in_load_order():
        if plugin.state is State.ACTIVE:
            with plugins.step(plugin, Stage.CONFIGURED):
                _configure(config, plugins, plugin)
                plugin.stage = Stage.ACTIVE


def _configure(config: Configurator, plugins: PluginRegistry, plugin: Plugin) -> None:
    queued, aside = config.action_state, ActionState()
    config.action_state = aside
    try:
        pages = PluginConfigurator(registry=config.registry, package=plugin.module)
        plugins.ask(plugin, "configure_web", config=pages)
        _carry_out(config, aside, _checked_routes(config, plugin, aside.actions))
    finally:
        config.action_state = queued


def _carry_out(config: Configurator, aside: ActionState, routes: set[str]) -> None:
    try:
        aside.execute_actions(introspector=config.introspector)
    except BaseException as error:
        _remove(config, routes)
        # Pyramid wraps an error in the place it comes from; the error itself is the reason.
        raise getattr(error, "evalue", error) from None


def _checked_routes(config: Configurator, plugin: Plugin, actions: list[Any]) -> set[str]:
    """The names of the routes that ``actions`` add. Raises PluginRefused for anything but pages."""
    routes: set[str] = set()
    views: list[Any] = []
    for action in actions:
        found = {each.category_name: each for each in action["introspectables"]}
        if found and not _PAGES & found.keys():
            raise PluginRefused(
                f"configure_web adds {', '.join(sorted(found))}: it may add routes and views only"
            )
        if route := found.get("routes"):
            _check_route(config, plugin, route)
            routes.add(route["name"])
        if "views" in found:
            views.append(found["views"])
    for view in views:
        if view["route_name"] not in routes:
            raise PluginRefused(
                f"the view {view.title} is not on a route of this plugin: pass its route_name"
            )
    return routes


def _check_route(config: Configurator, plugin: Plugin, route: Any) -> None:
    path = "/" + route["pattern"].lstrip("/")
    if not path.startswith(f"/x/{plugin.id}/"):
        raise PluginRefused(f"the route {path} is not below /x/{plugin.id}/: move it there")
    if config.get_routes_mapper().get_route(route["name"]):
        raise PluginRefused(
            f"a route named {route['name']} is there already: call it {plugin.id}.{route['name']}"
        )


def _remove(config: Configurator, names: set[str]) -> None:
    """Take away the routes that were connected before a later action failed."""
    mapper = config.get_routes_mapper()
    for name in names & mapper.routes.keys():
        route = mapper.routes.pop(name)
        for known in (mapper.routelist, mapper.static_routes):
            if route in known:
                known.remove(route)

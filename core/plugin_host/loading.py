"""From folders to a registry, one step after the other."""

import importlib
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pyramid.exceptions import ConfigurationError
from pyramid.settings import aslist

from core.plugin_host.aside import Aside
from core.plugin_host.compatible import check_compatible
from core.plugin_host.context import Toolbox, utc_now
from core.plugin_host.discovery import discover
from core.plugin_host.errors import PluginRefused
from core.plugin_host.http import allowed_origins, option_urls
from core.plugin_host.manifest import FILE, read_manifest
from core.plugin_host.options import check_owners, read_options
from core.plugin_host.order import load_order
from core.plugin_host.plugin import Plugin, Stage, State
from core.plugin_host.public_http import adapter_for
from core.plugin_host.registry import PluginRegistry, lacking

#: Seconds that a plugin may take to be imported, and again to say what it contributes.
LOADS = 20.0


def load(settings: Mapping[str, Any], *, clock: Callable[[], datetime] = utc_now) -> PluginRegistry:
    """Load every plugin that can be loaded.

    A plugin that can't be only has itself to blame, and says why in its ``failure``. Raises
    ConfigurationError for settings that can't be meant: a folder, a plugin or an option that
    doesn't exist.
    """
    registry = PluginRegistry(discover(_paths(settings)))
    _switch_off(registry, settings)
    for plugin in registry.plugins:
        if not plugin.failure:
            with registry.step(plugin, Stage.MANIFEST):
                plugin.manifest = _manifest(plugin)
    tools = _toolboxes(registry, settings, clock)
    steps: dict[Stage, Callable[[Plugin], None]] = {
        Stage.COMPATIBLE: check_compatible,
        Stage.ORDERED: lambda plugin: _check_required(registry, plugin),
        Stage.IMPORTED: _import,
        Stage.REGISTERED: lambda plugin: Aside().run(
            lambda: registry.register(plugin, tools[plugin.id]), LOADS
        ),
    }
    for plugin in _in_order(registry):
        for stage, act in steps.items():
            if plugin.state is State.ACTIVE:
                with registry.step(plugin, stage):
                    act(plugin)
        if plugin.state is State.ACTIVE:
            plugin.stage = Stage.ACTIVE
    return registry


def with_tables(settings: Mapping[str, Any]) -> list[Plugin]:
    """The plugins that have tables of their own, in their order; nothing of them is imported."""
    registry = PluginRegistry(discover(_paths(settings)))
    _switch_off(registry, settings)
    for plugin in registry.plugins:
        if not plugin.failure:
            with registry.step(plugin, Stage.MANIFEST):
                plugin.manifest = _manifest(plugin)
    return [plugin for plugin in _in_order(registry) if plugin.manifest and plugin.manifest.tables]


def _paths(settings: Mapping[str, Any]) -> list[Path]:
    """``dealpay.plugin_path``: a folder on each line, or with the system's separator between."""
    lines = aslist(settings.get("dealpay.plugin_path", ""), flatten=False)
    return [
        Path(part.strip()).absolute()
        for line in lines
        for part in line.split(os.pathsep)
        if part.strip()
    ]


def _switch_off(registry: PluginRegistry, settings: Mapping[str, Any]) -> None:
    for id in aslist(settings.get("dealpay.disabled_plugins", "")):
        plugin = registry.plugin(id)
        if plugin is None:
            raise ConfigurationError(
                f"dealpay.disabled_plugins names {id}, and no plugin is called so. "
                f"There are: {', '.join(each.id for each in registry.plugins)}."
            )
        plugin.disabled = True


def _manifest(plugin: Plugin) -> Any:
    assert plugin.folder
    manifest = read_manifest(plugin.folder / FILE)
    if manifest.id != plugin.id:
        raise PluginRefused(
            f"{plugin.folder / FILE}: id is {manifest.id}, and the folder or the entry point "
            f"is called {plugin.id}: give both one name"
        )
    return manifest


def _toolboxes(
    registry: PluginRegistry, settings: Mapping[str, Any], clock: Callable[[], datetime]
) -> dict[str, Toolbox]:
    check_owners({plugin.id for plugin in registry.plugins}, settings)
    tools = {}
    for plugin in registry.plugins:
        if manifest := plugin.manifest:
            options = read_options(manifest, settings)
            origins = allowed_origins(manifest.hosts, option_urls(options))
            tools[plugin.id] = Toolbox(
                plugin_id=plugin.id,
                options=options,
                adapter=adapter_for(plugin.id, manifest.hosts, origins),
                buckets=registry.buckets,
                trace=registry.trace,
                clock=clock,
            )
    return tools


def _in_order(registry: PluginRegistry) -> list[Plugin]:
    """The plugins whose turn comes. Those in a circle fail here."""
    ready = {
        plugin.id: plugin
        for plugin in registry.plugins
        if plugin.manifest and plugin.state is State.ACTIVE
    }
    manifests = {id: plugin.manifest for id, plugin in ready.items() if plugin.manifest}
    order, circular = load_order(manifests)
    for id, reason in circular.items():
        with registry.step(ready[id], Stage.ORDERED):
            raise PluginRefused(reason)
    return [ready[id] for id in order]


def _check_required(registry: PluginRegistry, plugin: Plugin) -> None:
    for id in plugin.requires:
        other = registry.plugin(id)
        if other is None:
            raise lacking(plugin, f"{id}, which is not installed")
        if other.state is not State.ACTIVE:
            raise lacking(plugin, f"{id}, which is {other.state}: {other.reason}")


def _import(plugin: Plugin) -> None:
    # Aside, so that one that never comes back doesn't keep the app from starting.
    module = Aside().run(lambda: importlib.import_module(plugin.module_name), LOADS)
    where = Path(str(module.__file__)).parent
    if plugin.folder and where.resolve() != plugin.folder.resolve():
        raise PluginRefused(
            f"{plugin.module_name} was imported from {where} and not from {plugin.folder}: "
            "two plugins of one name can't be in one process"
        )
    plugin.module = module

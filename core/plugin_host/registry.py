"""The plugins of one app: kept in ``config.registry.plugins``, never in a module."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from pluggy import PluginManager
from pyramid.exceptions import ConfigurationError

from core.api.errors import Unsupported
from core.api.hookspecs import PROJECT, HostHooks
from core.api.text import _, show
from core.plugin_host.context import Toolbox
from core.plugin_host.entries import ENTRIES, ActionEntry, ConnectorEntry, Entry, ProviderEntry
from core.plugin_host.errors import PluginRefused, Waits
from core.plugin_host.hooks import attach
from core.plugin_host.kinds import REGISTER, Kind
from core.plugin_host.plugin import Failure, Plugin, Stage, State
from core.plugin_host.ratelimit import Buckets
from core.plugin_host.report import Row
from core.plugin_host.tracing import Trace

log = structlog.get_logger("dealpay.plugins")
AnyEntry = TypeVar("AnyEntry", bound=Entry)


class PluginRegistry:
    """Every plugin that was found, and what the active ones contribute, by id."""

    def __init__(self, plugins: Sequence[Plugin]):
        self.plugins = tuple(plugins)
        self.buckets = Buckets()
        self.trace = Trace()
        self.hooks = PluginManager(PROJECT)
        self.hooks.add_hookspecs(HostHooks)
        self._providers: dict[str, ProviderEntry] = {}
        self._connectors: dict[str, ConnectorEntry] = {}
        self._actions: dict[str, ActionEntry] = {}
        self._by_kind: dict[Kind, dict[str, Any]] = {
            Kind.PAYMENT_PROVIDER: self._providers,
            Kind.CRM_CONNECTOR: self._connectors,
            Kind.ACTION: self._actions,
        }

    @property
    def payment_providers(self) -> Mapping[str, ProviderEntry]:
        return MappingProxyType(self._providers)

    @property
    def crm_connectors(self) -> Mapping[str, ConnectorEntry]:
        return MappingProxyType(self._connectors)

    @property
    def actions(self) -> Mapping[str, ActionEntry]:
        return MappingProxyType(self._actions)

    def payment_provider(self, id: str) -> ProviderEntry:
        """Raises Unsupported where no active plugin provides it."""
        return _entry(self._providers, Kind.PAYMENT_PROVIDER, id)

    def crm_connector(self, id: str) -> ConnectorEntry:
        """Raises Unsupported where no active plugin provides it."""
        return _entry(self._connectors, Kind.CRM_CONNECTOR, id)

    def action(self, id: str) -> ActionEntry:
        """Raises Unsupported where no active plugin provides it."""
        return _entry(self._actions, Kind.ACTION, id)

    def plugin(self, id: str) -> Plugin | None:
        """The plugin of that id, whatever its state."""
        return next((plugin for plugin in self.plugins if plugin.id == id), None)

    def in_load_order(self) -> list[Plugin]:
        """The plugins that were registered, each after those it requires."""
        order = {id: place for place, (id, _) in enumerate(self.hooks.list_name_plugin())}
        mine = [each for each in self.plugins if self.hooks.is_registered(each.module)]
        return sorted(mine, key=lambda plugin: order[plugin.id])

    def locale_folders(self) -> list[Path]:
        """Where the plugins that ship translations have them, in load order."""
        folders = (plugin.folder / "locale" for plugin in self.in_load_order() if plugin.folder)
        return [folder for folder in folders if folder.is_dir()]

    def without(self, off: Collection[str]) -> frozenset[str]:
        """``off``, with the plugins that require one of those, and those that require these."""
        closed = set(off)
        while more := {one.id for one in self.plugins if closed.intersection(one.requires)} - closed:
            closed |= more
        return frozenset(closed)

    def unmet_needs(self, action_id: str, *, crm_connector: str | None = None) -> tuple[str, ...]:
        """What an action needs and nobody offers; with ``crm_connector``, what that CRM doesn't."""
        return tuple(
            need
            for need in self.action(action_id).needs
            if not self._offered(need, only={Kind.CRM_CONNECTOR: crm_connector})
        )

    def _offered(self, need: str, only: Mapping[Kind, str | None]) -> bool:
        kind, _, verb = need.partition(":")
        wanted = only.get(Kind(kind))
        entries = self._by_kind[Kind(kind)].values()
        return any(verb in each.capabilities for each in entries if wanted in (None, each.id))

    def report(self) -> list[Row]:
        """A row for each plugin that was found."""
        return [
            Row.of(
                plugin,
                [need for need in plugin.needs if not self._offered(need, only={})],
                self._hooks_of(plugin),
            )
            for plugin in self.plugins
        ]

    def _hooks_of(self, plugin: Plugin) -> list[str]:
        if plugin.module is None or not self.hooks.is_registered(plugin.module):
            return []
        return sorted(caller.name for caller in self.hooks.get_hookcallers(plugin.module) or [])

    def require(self, ids: Sequence[str]) -> None:
        """Raises ConfigurationError where one of these plugins isn't active."""
        for id in ids:
            plugin = self.plugin(id)
            if plugin is None or plugin.state is not State.ACTIVE:
                why = f"stands at {plugin.stage!s}: {plugin.reason}" if plugin else "is not installed"
                raise ConfigurationError(
                    f"dealpay.required_plugins names {id}, which {why}. "
                    "Dealpay doesn't start without it: put it right, or take it off that list."
                )

    @contextmanager
    def step(self, plugin: Plugin, stage: Stage) -> Iterator[None]:
        """Whatever goes wrong in here fails the plugin and never the start: a module that calls
        sys.exit at import, too. Only Ctrl-C gets through."""
        plugin.stage = stage
        try:
            yield
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.fail(plugin, error)

    def register(self, plugin: Plugin, tools: Toolbox) -> None:
        """Ask a plugin for what it contributes. Raises PluginRefused."""
        plugin.tools = tools
        hooks = attach(self.hooks, HostHooks, plugin.module, plugin.id)
        entries = [
            ENTRIES[kind](member, tools)
            for kind, hook in REGISTER.items()
            if hook in hooks
            for member in self._contributed(plugin, hook)
        ]
        if plugin.failure:  # it took too long, and was given up meanwhile
            return
        self._check_promises(plugin, entries)
        for entry in entries:
            other = self._by_kind[entry.kind].setdefault(entry.id, entry)
            if other is not entry:
                raise PluginRefused(
                    f"{entry.kind.words} {entry.id} is there already, from {other.plugin_id}"
                )
            plugin.entries.append(entry)

    def ask(self, plugin: Plugin, hook: str, **arguments: Any) -> list[Any]:
        """The answer of one plugin to a host hook, in a list; empty where it has none."""
        others = [each for each in self.hooks.get_plugins() if each is not plugin.module]
        answers: list[Any] = self.hooks.subset_hook_caller(hook, others)(**arguments)
        return answers

    def listening(self, hook: str) -> list[Plugin]:
        """The active plugins that implement a host hook, in the order they were loaded in."""
        found = {impl.plugin_name for impl in getattr(self.hooks.hook, hook).get_hookimpls()}
        return [plugin for plugin in self.in_load_order() if plugin.id in found] if found else []

    def fail(self, plugin: Plugin, error: BaseException) -> None:
        """Take a plugin out of service, and with it the active ones that require it."""
        if isinstance(error, Waits):
            plugin.waits_for = str(error)
            log.info("plugin_waits", plugin=plugin.id, reason=plugin.reason)
        else:
            plugin.failure = Failure.of(error)
            log.error("plugin_failed", plugin=plugin.id, stage=str(plugin.stage), reason=plugin.reason)
        if plugin.module and self.hooks.is_registered(plugin.module):
            self.hooks.unregister(plugin.module)
        for entry in plugin.entries:
            del self._by_kind[entry.kind][entry.id]
        plugin.entries.clear()
        for other in self.plugins:
            if other.stage is Stage.ACTIVE and plugin.id in other.requires:
                other.stage = Stage.ORDERED
                self.fail(other, lacking(other, f"{plugin.id}, which failed"))

    def close(self) -> None:
        """Close the connections of all plugins."""
        for plugin in self.plugins:
            if plugin.tools:
                plugin.tools.adapter.close()

    def _contributed(self, plugin: Plugin, hook: str) -> list[Any]:
        answers = self.ask(plugin, hook)
        if not answers or not isinstance(answers[0], list):
            raise PluginRefused(f"{hook} doesn't return a list: write return [MyClass()]")
        return answers[0]

    def _check_promises(self, plugin: Plugin, entries: Sequence[Entry]) -> None:
        assert plugin.manifest
        for what, promised, kept in (
            ("kinds", set(plugin.manifest.kinds), {entry.kind for entry in entries}),
            ("provides", set(plugin.manifest.provides), {entry.id for entry in entries}),
        ):
            if promised != kept:
                raise PluginRefused(
                    f"plugin.toml says {what} = {_listed(promised)}, "
                    f"and the plugin registers {_listed(kept)}: make them the same"
                )


def lacking(plugin: Plugin, what: str) -> PluginRefused:
    """Why a plugin without ``what`` can't be active: glue waits for it, and others fail."""
    return Waits(f"it waits for {what}") if plugin.glue else PluginRefused(f"it requires {what}")


def _listed(names: set[Any]) -> str:
    return f"[{', '.join(sorted(map(str, names)))}]"


def _entry(entries: Mapping[str, AnyEntry], kind: Kind, id: str) -> AnyEntry:
    if entry := entries.get(id):
        return entry
    raise Unsupported(
        _(
            "No %(words)s is called %(id)s: its plugin is missing, switched off or failed. "
            "Nothing was done. The plugins page says more.",
            words=show(kind.words),
            id=id,
        )
    )

"""Small real plugins in folders of their own, and small real members of the ports."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog

import plugins
from core.plugin_host.context import Toolbox
from core.plugin_host.http import BoundedAdapter, origin_of
from core.plugin_host.loading import load
from core.plugin_host.plugin import Plugin
from core.plugin_host.ratelimit import Buckets
from core.plugin_host.registry import PluginRegistry

#: The module of an action plugin; ``{id}`` is the action's.
ACTION = """
from core.api.actions import Done
from core.api.hookspecs import hookimpl
from core.api.settings import Settings

class Action:
    id = "{id}"
    name = "Act"
    triggers = ("link.paid",)
    Config = Settings
    needs = ()
    default_rules = ()

    @hookimpl
    def summary(self, config):
        return "Act."

    @hookimpl
    def run(self, ctx, event, config):
        return Done("acted")

@hookimpl
def register_actions():
    return [Action()]
"""


class Disk:
    """Where the plugins of one test are written."""

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, name: str, init: str = "", /, *, under: Path | None = None, **manifest: Any) -> Path:
        """A plugin folder; ``manifest`` adds to a good plugin.toml or overrides it."""
        folder = (under or self.folder) / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(init)
        keys = {"id": name, "name": name.title(), "version": "1.0", "summary": "A test.", "api": "1.0"}
        options = manifest.pop("options", {})
        lines = [f"{k} = {json.dumps(v)}" for k, v in (keys | manifest).items()]
        lines += [
            f'options.{name} = {{ default = "{value}", help = "A test." }}'
            for name, value in options.items()
        ]
        (folder / "plugin.toml").write_text("\n".join(lines))
        return folder

    def action(self, id: str, **manifest: Any) -> Path:
        """A plugin that works, with one action of the same id."""
        return self.write(
            id, ACTION.replace("{id}", id), **({"kinds": ["action"], "provides": [id]} | manifest)
        )

    def load(self, **settings: str) -> PluginRegistry:
        return load(self.settings(**settings))

    def settings(self, **settings: str) -> dict[str, str]:
        return {"dealpay.plugin_path": str(self.folder)} | {
            f"dealpay.{k}": v for k, v in settings.items()
        }


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A place for plugins. The shipped ones are out of sight, and no module outlives the test."""
    home, folder = tmp_path / "home", tmp_path / "more"
    home.mkdir()
    folder.mkdir()
    monkeypatch.setattr(plugins, "__file__", str(home / "__init__.py"))
    monkeypatch.setattr(plugins, "__path__", [str(home)])
    before = set(sys.modules)
    yield Disk(folder)
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
            vars(plugins).pop(name.removeprefix("plugins."), None)


def the(registry: PluginRegistry, id: str) -> Plugin:
    """The plugin of that id, which must be there."""
    plugin = registry.plugin(id)
    assert plugin
    return plugin


@pytest.fixture
def tools() -> Iterator[Toolbox]:
    """The toolbox of a plugin named acme that may reach no host."""
    with_tools = make_tools()
    yield with_tools
    with_tools.adapter.close()


def make_tools(options: Mapping[str, str] | None = None, url: str = "") -> Toolbox:
    origin = origin_of(url)
    origins = frozenset({origin} if origin else set())
    return Toolbox(
        plugin_id="acme",
        options=options or {},
        adapter=BoundedAdapter("acme", origins),
        buckets=Buckets(),
    )


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What was logged while the test ran."""
    with structlog.testing.capture_logs() as lines:
        yield lines

"""Where plugins are: the ``plugins`` package, the operator's folders, installed distributions.

Nothing of a plugin is imported here.
"""

import importlib
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from pyramid.exceptions import ConfigurationError

from core.plugin_host.errors import PluginRefused
from core.plugin_host.manifest import FILE
from core.plugin_host.plugin import Failure, Plugin

PACKAGE = "plugins"
GROUP = "dealpay.plugins"


def discover(plugin_path: Sequence[Path] = ()) -> list[Plugin]:
    """Every plugin there is, also those that can't be loaded. Of two with one id the first wins:
    our own folder comes before the operator's, and those before what is installed.

    Raises ConfigurationError for a ``plugin_path`` that isn't there.
    """
    package = importlib.import_module(PACKAGE)
    home = Path(str(package.__file__)).parent
    for folder in plugin_path:
        if not folder.is_dir():
            raise ConfigurationError(
                f"dealpay.plugin_path names {folder}, which is no folder. Make it, or take it out."
            )
        if str(folder) not in package.__path__:
            package.__path__.append(str(folder))
    importlib.invalidate_caches()
    found = [plugin for folder in (home, *plugin_path) for plugin in _in_folder(folder)]
    found += [_installed(point) for point in sorted(entry_points(group=GROUP))]
    _refuse_doubles(found)
    return found


def _in_folder(folder: Path) -> Iterator[Plugin]:
    for each in sorted(folder.iterdir()):
        if (each / FILE).is_file() or (each / "__init__.py").is_file():
            yield Plugin(each.name, f"{PACKAGE}.{each.name}", source=str(folder), folder=each)


def _installed(point: EntryPoint) -> Plugin:
    source = f"{point.dist.name} {point.dist.version}" if point.dist else "an installed package"
    plugin = Plugin(point.name, point.value, source=source)
    # find_spec of a dotted name would import the packages above it.
    if not point.value.isidentifier():
        wrong = f"its entry point is {point.value}: it has to name a top-level package"
    elif not (spec := find_spec(point.value)) or not spec.submodule_search_locations:
        wrong = f"its entry point names {point.value}, and no such package is installed"
    else:
        plugin.folder = Path(next(iter(spec.submodule_search_locations)))
        return plugin
    plugin.failure = Failure.of(PluginRefused(wrong))
    return plugin


def _refuse_doubles(found: Sequence[Plugin]) -> None:
    first: dict[str, Plugin] = {}
    for plugin in found:
        winner = first.setdefault(plugin.id, plugin)
        if winner is not plugin:
            plugin.failure = Failure.of(
                PluginRefused(
                    f"the id {plugin.id} is taken by the plugin in {winner.source}: "
                    "rename one or take it out"
                )
            )

"""In which order plugins are loaded: after what they require, and after what they ask to follow."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from core.plugin_host.manifest import Manifest


def load_order(manifests: Mapping[str, Manifest]) -> tuple[list[str], dict[str, str]]:
    """The ids in their order, and for each plugin in a circle the reason it has no place in it.

    What isn't there is left out: whoever requires it finds that out when its turn comes.
    """
    graph = {
        id: {other for other in (*manifest.requires, *manifest.after) if other in manifests}
        for id, manifest in sorted(manifests.items())
    }
    circular: dict[str, str] = {}
    while True:
        try:
            return list(TopologicalSorter(graph).static_order()), circular
        except CycleError as error:
            circle: list[str] = error.args[1][::-1]
            reason = f"requires and after go in a circle: {' -> '.join(circle)}. Take one out"
            circular |= dict.fromkeys(circle, reason)
            graph = {id: others - circular.keys() for id, others in graph.items() if id not in circular}

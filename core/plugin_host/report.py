"""What the plugins page and ``dealpay plugins`` show."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.plugin_host.plugin import Plugin, Stage, State


@dataclass(frozen=True, slots=True)
class Row:
    """One plugin. ``stage`` is where a failed one got stuck; ``reason`` is a line, empty for an
    active one; ``unmet`` is what it needs of other kinds and no active plugin offers."""

    id: str
    name: str
    version: str
    summary: str
    source: str
    state: State
    stage: Stage
    reason: str
    traceback: str
    kinds: tuple[str, ...]
    provides: tuple[str, ...]
    capabilities: tuple[str, ...]
    unmet: tuple[str, ...]
    #: What `dealpay plugin check` has found, as its manifest says: bronze, silver, gold, or nothing.
    level: str
    #: The host's hooks that it implements.
    hooks: tuple[str, ...]

    @classmethod
    def of(cls, plugin: Plugin, unmet: Sequence[str], hooks: Sequence[str]) -> "Row":
        manifest = plugin.manifest
        return cls(
            id=plugin.id,
            name=manifest.name if manifest else plugin.id,
            version=manifest.version if manifest else "",
            summary=manifest.summary if manifest else "",
            source=plugin.source,
            state=plugin.state,
            stage=plugin.stage,
            reason=plugin.reason,
            traceback=plugin.failure.traceback if plugin.failure else "",
            kinds=tuple(map(str, manifest.kinds)) if manifest else (),
            provides=manifest.provides if manifest else (),
            capabilities=plugin.capabilities,
            unmet=tuple(unmet),
            level=(manifest.level or "") if manifest else "",
            hooks=tuple(hooks),
        )

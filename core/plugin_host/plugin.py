"""A plugin as the host keeps it: where it was found, how far it came, and why no further."""

import importlib
import traceback
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from core.api.text import N_
from core.plugin_host.context import Toolbox
from core.plugin_host.entries import Entry
from core.plugin_host.errors import PluginRefused, one_line
from core.plugin_host.manifest import Manifest


class Stage(StrEnum):
    """The steps of loading. A failed plugin stands at the step it didn't pass."""

    FOUND = "found"
    MANIFEST = "manifest"
    COMPATIBLE = "compatible"
    ORDERED = "ordered"
    IMPORTED = "imported"
    REGISTERED = "registered"
    MIGRATED = "migrated"
    CONFIGURED = "configured"
    ACTIVE = "active"

    @property
    def words(self) -> str:
        """The step as the plugins page says it; it goes through ``show``."""
        return _STAGES[self]


_STAGES = {
    Stage.FOUND: N_("found"),
    Stage.MANIFEST: N_("manifest"),
    Stage.COMPATIBLE: N_("compatible"),
    Stage.ORDERED: N_("ordered"),
    Stage.IMPORTED: N_("imported"),
    Stage.REGISTERED: N_("registered"),
    Stage.MIGRATED: N_("migrated"),
    Stage.CONFIGURED: N_("configured"),
    Stage.ACTIVE: N_("active"),
}


class State(StrEnum):
    """What a plugin is worth now."""

    ACTIVE = "active"
    #: It joins plugins that aren't all active yet: nothing is wrong with it.
    WAITING = "waiting"
    FAILED = "failed"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a plugin isn't active: one line for a table, and the traceback for its author."""

    reason: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        return cls(one_line(error), "".join(traceback.format_exception(error)))


@dataclass(slots=True)
class Plugin:
    """One plugin. ``source`` says where it comes from: a folder or a distribution."""

    id: str
    module_name: str
    source: str
    folder: Path | None = None
    manifest: Manifest | None = None
    module: ModuleType | None = None
    stage: Stage = Stage.FOUND
    failure: Failure | None = None
    disabled: bool = False
    waits_for: str = ""
    tools: Toolbox | None = None
    entries: list[Entry] = field(default_factory=list)

    @property
    def state(self) -> State:
        if self.disabled:
            return State.DISABLED
        if self.failure:
            return State.FAILED
        return State.WAITING if self.waits_for else State.ACTIVE

    @property
    def requires(self) -> tuple[str, ...]:
        """The plugins it can't do without."""
        return self.manifest.requires if self.manifest else ()

    @property
    def glue(self) -> bool:
        """Whether it only joins those it requires."""
        return self.manifest is not None and self.manifest.glue

    @property
    def needs(self) -> tuple[str, ...]:
        """The capabilities of other kinds that it is no use without."""
        return self.manifest.needs if self.manifest else ()

    @property
    def reason(self) -> str:
        """Why it isn't active; empty where it is."""
        if self.disabled:
            return N_("switched off in dealpay.disabled_plugins")
        return self.failure.reason if self.failure else self.waits_for

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What it offers, in the words of ``needs``: ``crm_connector:move_stage``."""
        return tuple(
            sorted({f"{entry.kind}:{verb}" for entry in self.entries for verb in entry.capabilities})
        )

    def simulator_factory(self) -> type[Any] | None:
        """The simulator's class, imported only now; None where there is none or it isn't active."""
        if self.state is not State.ACTIVE or not self.manifest or not self.manifest.simulator:
            return None
        module, _, name = self.manifest.simulator.partition(":")
        simulator = getattr(importlib.import_module(f"{self.module_name}.{module}"), name, None)
        if not isinstance(simulator, type):
            raise PluginRefused(
                f"plugin.toml of {self.id} names the simulator {self.manifest.simulator}, "
                f"and its module {module} has no class {name}"
            )
        return simulator

"""Telling plugins what has happened, and asking them what they have to show.

Each is asked alone: whatever one of them raises, however long it takes, is its own affair.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from core.api.context import EventContext, SlotContext
from core.api.errors import DealpayError
from core.api.slots import Slot, SlotItem, Subject
from core.api.text import show
from core.db.session import Database
from core.plugin_host.calls import call, hook_of
from core.plugin_host.plugin import Plugin
from core.plugin_host.registry import PluginRegistry

log = structlog.get_logger("dealpay.plugins")

#: Seconds that a listener may take, and that a page waits for what a plugin has to show on it.
LISTENS, SHOWS = 30.0, 0.5
_MOST = 12  # lines of one plugin in one slot


@dataclass(frozen=True, slots=True)
class Shown:
    """What one plugin has to show in a slot."""

    plugin_id: str
    name: str
    items: tuple[SlotItem, ...]


def tell(
    plugins: PluginRegistry,
    plugin: Plugin,
    hook: str,
    *,
    db: Database,
    workspace_id: str,
    notice_id: str,
    **more: Any,
) -> None:
    """Tell a plugin. Raises a DealpayError where it didn't hear to the end."""
    assert plugin.tools
    ctx = EventContext(
        workspace_id=workspace_id,
        notice_id=notice_id,
        unit_of_work=partial(db.unit_of_work, workspace_id),
        **plugin.tools.common(),
    )
    _ask(plugins, plugin, hook, LISTENS, {"ctx": ctx, **more})


def shown(
    plugins: PluginRegistry, slot: Slot, subject: Subject, *, workspace_id: str, off: Collection[str]
) -> list[Shown]:
    """What each plugin that isn't ``off`` has to show in ``slot``; one that can't say shows nothing."""
    found = []
    for plugin in plugins.listening("ui_slots"):
        if plugin.id in off:
            continue
        assert plugin.tools
        assert plugin.manifest
        ctx = SlotContext(workspace_id=workspace_id, **plugin.tools.common(SHOWS))
        try:
            items = _ask(
                plugins, plugin, "ui_slots", SHOWS, {"ctx": ctx, "slot": slot, "subject": subject}
            )
        except DealpayError:
            continue  # it is in the log, and on the page of plugin calls
        fitting = tuple(item for item in items or () if _leads_somewhere_fit(plugin, item))[:_MOST]
        if fitting:
            found.append(Shown(plugin.id, show(plugin.manifest.name), fitting))
    return found


def _ask(
    plugins: PluginRegistry, plugin: Plugin, hook: str, seconds: float, arguments: dict[str, Any]
) -> Any:
    assert plugin.tools

    def answer() -> Any:
        answers = plugins.ask(plugin, hook, **arguments)
        return answers[0] if answers else None

    do = partial(plugin.tools.aside.run, answer, seconds)
    return call(plugin.id, plugin.id, hook_of(hook), do, arguments, plugin.tools.trace)


def _leads_somewhere_fit(plugin: Plugin, item: SlotItem) -> bool:
    url = item.url or ""
    fits = not url or url.startswith(("https://", f"/x/{plugin.id}/"))
    if not fits:
        log.warning("slot_item_refused", plugin=plugin.id, reason="its url is neither https nor its own")
    return fits

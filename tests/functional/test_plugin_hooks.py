"""A plugin hears of events and shows lines on pages; whatever it does wrong is its own affair."""

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import plugins
from core.api.slots import SlotItem
from core.plugin_host import hearing
from core.rules.models import PluginNotice
from tests.pages import form_to, frame, words
from tests.support import Browser, Clock
from tests.workspace import PAID_NOTE, Workspace

URL = "https://example.com/<1>"
MODULE = """
from core.api.hookspecs import hookimpl

heard, refusal, lines = [], None, None

def _hear(what, ctx):
    if refusal:
        refusal()
    heard.append((what, ctx.workspace_id, ctx.notice_id))

@hookimpl
def on_event(ctx, event):
    _hear(event.name, ctx)

@hookimpl
def on_enabled(ctx):
    _hear("on", ctx)

@hookimpl
def on_disabled(ctx):
    _hear("off", ctx)

@hookimpl
def ui_slots(ctx, slot, subject):
    return lines(slot, subject) if lines else []
"""


@pytest.fixture
def name() -> str:
    # Of its own in each test: a module that was imported once stays in the process.
    return f"listener_{secrets.token_hex(4)}"


@pytest.fixture
def ini(ini: dict[str, str], tmp_path: Path, name: str) -> Iterator[dict[str, str]]:
    """With a folder of plugins that holds one that listens; the package forgets it afterwards."""
    folder = tmp_path / "plugins" / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(MODULE)
    (folder / "plugin.toml").write_text(
        f'id = "{name}"\nname = "Listener"\nversion = "1.0"\nsummary = "Listens."\napi = "1.1"\n'
    )
    before = list(plugins.__path__)
    yield ini | {"dealpay.plugin_path": str(folder.parent)}
    plugins.__path__[:] = before


@pytest.fixture
def listener(workspace: Workspace, name: str) -> Any:
    """The module of the plugin that listens."""
    plugin = workspace.app.plugins.plugin(name)
    assert plugin
    assert isinstance(plugin.module, ModuleType)
    return plugin.module


def heard(listener: Any) -> list[str]:
    return [what for what, _, _ in listener.heard]


def pay(workspace: Workspace) -> str:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    return link_id


def switch(member: Browser, name: str) -> None:
    form_to(member.get("/plugins"), f"/plugins/{name}/switch").submit("on", status=303)


def raising(error: Exception) -> Any:
    def refuse() -> None:
        raise error

    return refuse


def test_it_hears_each_event_once_and_in_order(workspace: Workspace, listener: Any) -> None:
    link_id = pay(workspace)
    workspace.deliver()
    workspace.work()
    assert heard(listener) == ["link.created", "payment.succeeded", "link.paid"]
    assert {workspace_id for _, workspace_id, _ in listener.heard} == {workspace.tenant_id}
    assert workspace.runs(link_id)[PAID_NOTE] == "done"


def test_it_is_told_again_until_it_has_heard_and_holds_nothing_up(
    workspace: Workspace, listener: Any, clock: Clock
) -> None:
    listener.refusal = raising(RuntimeError("no luck"))
    link_id = pay(workspace)
    assert workspace.runs(link_id)[PAID_NOTE] == "done"
    assert heard(listener) == []
    first = workspace.rows(PluginNotice)[0]
    assert (first.job_state, first.attempts) == ("pending", 1)
    assert "failed in on_event" in first.last_error
    listener.refusal = None
    clock.turn(minutes=1)
    workspace.work()
    assert heard(listener) == ["link.created", "payment.succeeded", "link.paid"]
    assert listener.heard[0][2] == first.id


def test_what_it_never_heard_can_be_told_again_by_hand(
    member: Browser, workspace: Workspace, listener: Any, clock: Clock, name: str
) -> None:
    listener.refusal = raising(RuntimeError("no luck"))
    workspace.open_link()
    for _ in range(12):
        clock.turn(hours=9)
        workspace.work()
    assert [one.job_state for one in workspace.rows(PluginNotice)] == ["failed"]
    page = member.get("/plugins")
    assert "1 event could not be told to it." in words(page)
    listener.refusal = None
    said = form_to(page, f"/plugins/{name}/tell-again").submit(status=303).follow()
    assert "1 event is in line" in words(said)
    workspace.work()
    assert heard(listener) == ["link.created"]
    assert "could not be told" not in words(member.get("/plugins"))


def test_a_workspace_that_has_it_off_is_none_of_its_business(
    member: Browser, workspace: Workspace, listener: Any, name: str
) -> None:
    switch(member, name)
    pay(workspace)
    assert heard(listener) == ["off"]
    switch(member, name)
    workspace.work()
    assert heard(listener) == ["off", "on"]
    assert len(workspace.rows(PluginNotice)) == 2


def test_what_it_was_to_hear_when_it_was_switched_off_is_left_out(
    member: Browser, workspace: Workspace, listener: Any, name: str
) -> None:
    workspace.open_link()
    switch(member, name)
    workspace.work()
    assert heard(listener) == ["off"]
    assert sorted(one.job_state for one in workspace.rows(PluginNotice)) == ["done", "skipped"]


def test_one_that_hangs_is_given_up_and_holds_up_nobody(
    workspace: Workspace, listener: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "LISTENS", 0.05)
    end = threading.Event()
    listener.refusal = end.wait
    link_id = pay(workspace)
    assert workspace.runs(link_id)[PAID_NOTE] == "done"
    assert workspace.rows(PluginNotice)[0].job_state == "pending"
    end.set()


def test_what_it_heard_is_forgotten_after_some_days(
    workspace: Workspace, listener: Any, clock: Clock
) -> None:
    clean = workspace.app.jobs.periodics["plugins.forget_notices"].function
    workspace.open_link()
    workspace.work()
    assert clean(workspace.app) is None
    listener.refusal = raising(RuntimeError("no luck"))
    workspace.open_link()
    workspace.work()
    clock.turn(days=31)
    assert clean(workspace.app) == "Notices forgotten: 1."
    assert [one.job_state for one in workspace.rows(PluginNotice)] == ["pending"]


def test_its_lines_stand_on_the_pages(member: Browser, workspace: Workspace, listener: Any) -> None:
    listener.lines = lambda slot, subject: [
        SlotItem(
            f"About {slot}", f"seen with {type(subject).__name__}", "https://example.com/<1>", "good"
        )
    ]
    link_id = workspace.open_link()
    assert "About link seen with LinkSubject" in without_words_for_ears(member.get(f"/links/{link_id}"))
    assert "About record seen with RecordSubject" in without_words_for_ears(member.get(frame("links")))
    page = member.get("/")
    assert "About home seen with NoneType" in without_words_for_ears(page)
    assert 'href="https://example.com/&lt;1&gt;"' in page.text


def without_words_for_ears(page: Any) -> str:
    return words(page).replace("good : ", "").replace("good: ", "")


@pytest.mark.parametrize(
    "lines",
    [
        lambda *_: 1 / 0,
        lambda *_: "a line",
        lambda *_: [{"label": "a"}],
        lambda *_: [SlotItem("a", 5)],  # type: ignore[arg-type]
        lambda *_: [SlotItem("Evil", "click", "javascript:alert(1)")],
        lambda *_: [SlotItem("Evil", "click", "/accounts")],
        lambda *_: exec("import sys; sys.exit(1)"),
    ],
)
def test_lines_that_are_wrong_are_left_out(
    member: Browser, workspace: Workspace, listener: Any, lines: Any
) -> None:
    link_id = workspace.open_link()
    listener.lines = lines
    for path in ("/", f"/links/{link_id}", frame("links")):
        assert "Listener" not in words(member.get(path))


def test_a_page_waits_for_lines_for_half_a_second_only(
    member: Browser, listener: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "SHOWS", 0.05)
    end = threading.Event()
    listener.lines = lambda *_: end.wait() and []
    for _ in range(6):  # more than may hang at once
        assert "Setting up" in member.get("/").text
    assert "TimeoutError" in words(member.get("/plugins/calls?outcome=failed"))
    end.set()


def test_the_page_of_plugins_names_its_hooks(member: Browser, listener: Any) -> None:
    assert "on_disabled, on_enabled, on_event, ui_slots" in words(member.get("/plugins"))

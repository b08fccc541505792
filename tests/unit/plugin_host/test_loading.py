"""Every way to fail: the others load, and the report names plugin, stage and reason."""

import threading

import pytest
from pyramid.exceptions import ConfigurationError

from core.api import API_VERSION
from core.plugin_host import loading
from core.plugin_host.plugin import Stage

from .conftest import ACTION, the

BAD = ACTION.replace("{id}", "bad")
IMPORT = "from core.api.hookspecs import hookimpl\n"


def refused(disk, init: str, **manifest) -> tuple[str, str]:
    """The stage and the reason of a plugin beside one that works, which must go on working."""
    disk.action("works")
    disk.write("bad", init, **manifest)
    registry = disk.load()
    assert list(registry.actions) == ["works"]
    bad = the(registry, "bad")
    assert (bad.state, bad.entries) == ("failed", [])
    assert bad.failure
    assert "Traceback" in bad.failure.traceback
    assert not registry.hooks.has_plugin("bad")
    return bad.stage, bad.reason


def test_a_plugin_that_works(disk):
    disk.action("works")
    registry = disk.load()
    plugin = the(registry, "works")
    assert (plugin.stage, plugin.state, plugin.reason) == ("active", "active", "")
    assert plugin.capabilities == ("action:run", "action:summary")
    assert registry.action("works").plugin_id == "works"


@pytest.mark.parametrize(
    ("init", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_thing", "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("def (", "SyntaxError: invalid syntax (__init__.py, line 1)"),
        ("import sys\nsys.exit('bye')", "SystemExit: bye"),
        ("class Odd(BaseException): ...\nraise Odd", "Odd"),
        ("class E(Exception):\n __str__ = None\nraise E", "E: (its message can't be read)"),
    ],
)
def test_raises_at_import(disk, init, reason):
    assert refused(disk, init) == ("imported", reason)


@pytest.mark.parametrize(
    ("init", "stage"),
    [
        ("import threading\nthreading.Event().wait(2)", "imported"),
        (IMPORT + "import time\n@hookimpl\ndef register_actions(): time.sleep(2)", "registered"),
    ],
)
def test_hangs(disk, init, stage, monkeypatch):
    monkeypatch.setattr(loading, "LOADS", 1.0)
    assert refused(disk, init) == (stage, "TimeoutError: no answer within 1 seconds")
    for thread in threading.enumerate():  # until it ends, nobody else can import a module of that name
        if thread.name == "plugin":
            thread.join()


def test_ctrl_c_at_import_still_stops_the_start(disk):
    disk.write("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        disk.load()


HOOK = IMPORT + "@hookimpl\n"


@pytest.mark.parametrize(
    ("init", "reason"),
    [
        (HOOK + "def register_actions(): 1 / 0", "ZeroDivisionError: division by zero"),
        (
            HOOK + "def register_action(): ...",
            "the host has no hook register_action: did you mean register_actions?",
        ),
        (
            HOOK + "def fly(): ...",
            "the host has no hook fly: it has configure_web, on_disabled, on_enabled, on_event, "
            "register_actions, register_crm_connectors, register_payment_providers, ui_slots",
        ),
        (
            "def register_actions(): ...",
            "register_actions is not marked: write @hookimpl above it",
        ),
        (
            HOOK + "async def register_actions(): ...",
            "register_actions is async, and the host calls it plainly: write def",
        ),
        (
            IMPORT + "@hookimpl(wrapper=True)\ndef register_actions(): yield",
            "register_actions is a wrapper: a plugin answers for itself only",
        ),
        (
            HOOK + "def register_actions(): return None",
            "register_actions doesn't return a list: write return [MyClass()]",
        ),
        (
            HOOK + "def register_actions(): return [object()]",
            "action object has no id: write it as a class attribute",
        ),
        (
            BAD.replace("def run(", "def runn("),
            "action bad: the host has no hook runn: did you mean run?",
        ),
        (
            BAD.replace("    @hookimpl\n    def summary", "    def summary"),
            "action bad: summary is not marked: write @hookimpl above it",
        ),
        (
            BAD.replace("def summary(self, config)", "def describe(self)").replace(
                "    @hookimpl\n    def describe", "    def describe"
            ),
            "action bad lacks summary: each must be there",
        ),
        (
            BAD.replace("def run(", "async def run("),
            "action bad: run is async, and the host calls it plainly: write def",
        ),
    ],
)
def test_raises_or_is_refused_at_register(disk, init, reason):
    stage, said = refused(disk, init, kinds=["action"], provides=["bad"])
    assert stage == "registered"
    assert said == reason


def test_a_wrong_argument_name(disk):
    stage, said = refused(
        disk, BAD.replace("run(self, ctx,", "run(self, context,"), kinds=["action"], provides=["bad"]
    )
    assert stage == "registered"
    assert "Argument(s) {'context'} are declared in the hookimpl but can not be found" in said


def test_a_hook_of_a_newer_host_may_be_marked_optional(disk):
    disk.write("new", IMPORT + "@hookimpl(optionalhook=True)\ndef from_the_future(): ...")
    assert the(disk.load(), "new").state == "active"


def test_what_the_manifest_promises_is_registered(disk):
    stage, said = refused(disk, BAD, kinds=["action"], provides=["good"])
    assert stage == "registered"
    assert said == (
        "plugin.toml says provides = [good], and the plugin registers [bad]: make them the same"
    )


def test_a_kind_the_manifest_does_not_name(disk):
    assert "kinds = [], and the plugin registers [action]" in refused(disk, BAD)[1]


def test_an_action_id_that_is_taken(disk):
    disk.action("works")
    disk.write("zzz", ACTION.replace("{id}", "works"), kinds=["action"], provides=["works"])
    registry = disk.load()
    assert the(registry, "zzz").reason == "action works is there already, from works"
    assert registry.action("works").plugin_id == "works"


def test_one_plugin_that_registers_an_id_twice(disk):
    init = BAD.replace("[Action()]", "[Action(), Action()]")
    assert refused(disk, init, kinds=["action"], provides=["bad"]) == (
        "registered",
        "action bad is there already, from bad",
    )


@pytest.mark.parametrize(
    ("api", "cure"),
    [
        ("1.99", "upgrade Dealpay"),
        ("2.0", "upgrade Dealpay"),
        ("0.9", "install a newer version of the plugin"),
    ],
)
def test_another_api(disk, api, cure):
    assert refused(disk, "raise AssertionError('imported')", api=api) == (
        "compatible",
        f"it is written for version {api} of core.api, and this host has {API_VERSION}: {cure}",
    )


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        (
            "no-such-distribution>=1",
            "it needs no-such-distribution>=1, which is not installed: "
            "pip install 'no-such-distribution>=1'",
        ),
        ("pluggy<1", "it needs pluggy<1, and pluggy 1."),
    ],
)
def test_a_python_requirement_that_is_not_met(disk, requirement, reason):
    stage, said = refused(disk, "raise AssertionError('imported')", python=[requirement])
    assert stage == "compatible"
    assert said.startswith(reason)


def test_python_requirements_that_are_met(disk):
    disk.action("works", python=["pluggy>=1.7", "no-such-thing; python_version < '3'"])
    assert the(disk.load(), "works").state == "active"


def test_broken_toml(disk):
    disk.action("works")
    folder = disk.write("bad")
    (folder / "plugin.toml").write_text("id = ")
    bad = the(disk.load(), "bad")
    assert bad.stage == "manifest"
    assert "isn't valid TOML" in bad.reason


def test_a_failed_plugin_fails_those_that_require_it_and_no_others(disk):
    disk.write("a_bad", "1 / 0")
    disk.action("b_needs_it", requires=["a_bad"])
    disk.action("c_needs_that", requires=["b_needs_it"])
    disk.action("d_comes_after", after=["a_bad"])
    disk.action("e_needs_nobody", requires=["gone"])
    registry = disk.load()
    assert list(registry.actions) == ["d_comes_after"]
    reason = "it requires a_bad, which is failed: ZeroDivisionError: division by zero"
    assert (the(registry, "b_needs_it").stage, the(registry, "b_needs_it").reason) == ("ordered", reason)
    assert the(registry, "c_needs_that").reason == f"it requires b_needs_it, which is failed: {reason}"
    assert the(registry, "e_needs_nobody").reason == "it requires gone, which is not installed"


def test_a_circle(disk):
    disk.action("works")
    disk.action("egg", requires=["hen"])
    disk.action("hen", requires=["egg"])
    disk.action("chick", requires=["hen"])
    registry = disk.load()
    assert list(registry.actions) == ["works"]
    assert the(registry, "hen").stage == "ordered"
    assert "hen -> egg -> hen" in the(registry, "hen").reason
    assert the(registry, "chick").reason.startswith("it requires hen, which is failed: ")


def test_plugins_load_after_what_they_require(disk):
    disk.action("a_second", requires=["z_first"])
    disk.action("z_first")
    assert [plugin.id for plugin in disk.load().in_load_order()] == ["z_first", "a_second"]


def test_a_disabled_plugin_is_not_imported(disk):
    disk.write("off", "raise AssertionError('imported')")
    disk.action("needs_it", requires=["off"])
    registry = disk.load(disabled_plugins="off")
    off = the(registry, "off")
    assert (off.state, off.reason) == ("disabled", "switched off in dealpay.disabled_plugins")
    assert the(registry, "needs_it").reason == f"it requires off, which is disabled: {off.reason}"


def test_disabling_what_is_not_there_stops_the_start(disk):
    disk.action("works")
    with pytest.raises(
        ConfigurationError, match=r"names wroks, and no plugin is called so\. There are: works"
    ):
        disk.load(disabled_plugins="wroks")


def test_two_apps_in_one_process_share_nothing(disk):
    disk.action("works")
    one, two = disk.load(), disk.load()
    assert one.hooks is not two.hooks
    assert one.action("works") is not two.action("works")
    assert one.action("works")._member is not two.action("works")._member
    one.fail(the(one, "works"), RuntimeError("broken"))
    assert not one.actions
    assert list(two.actions) == ["works"]


def test_two_apps_with_different_folders_see_their_own(disk, tmp_path):
    other = tmp_path / "other"
    disk.action("mine")
    disk.action("yours", under=other)
    assert list(disk.load().actions) == ["mine"]
    assert list(disk.load(plugin_path=str(other)).actions) == ["yours"]


def test_another_plugin_of_that_name_in_this_process_is_not_taken_for_it(disk, tmp_path):
    other = tmp_path / "other"
    disk.action("same")
    disk.action("same", under=other)
    disk.load()
    plugin = the(disk.load(plugin_path=str(other)), "same")
    assert plugin.stage == "imported"
    assert "two plugins of one name can't be in one process" in plugin.reason


def test_glue_is_active_when_all_that_it_joins_is(disk):
    disk.action("a_glue", requires=["b", "c"], glue=True)
    disk.action("b")
    disk.action("c")
    assert the(disk.load(), "a_glue").state == "active"


@pytest.mark.parametrize(
    ("disabled", "reason"),
    [
        ("", "it waits for c, which is not installed"),
        ("b", "it waits for b, which is disabled: switched off in dealpay.disabled_plugins"),
    ],
)
def test_glue_waits_for_what_it_joins_and_that_is_no_failure(disk, disabled, reason):
    disk.action("a_glue", requires=["b", "c"], glue=True)
    disk.action("b")
    registry = disk.load(disabled_plugins=disabled)
    glue = the(registry, "a_glue")
    assert (glue.state, glue.stage, glue.reason) == ("waiting", "ordered", reason)
    assert glue.failure is None
    assert "a_glue" not in registry.actions


def test_glue_waits_where_what_it_joins_fails_later(disk):
    disk.action("glue", requires=["other"], glue=True)
    disk.action("other")
    registry = disk.load()
    with registry.step(the(registry, "other"), Stage.CONFIGURED):
        raise RuntimeError("no luck")
    assert the(registry, "other").state == "failed"
    assert (the(registry, "glue").state, the(registry, "glue").reason) == (
        "waiting",
        "it waits for other, which failed",
    )
    assert list(registry.actions) == []


def test_what_requires_a_plugin_that_is_off_is_off_with_it(disk):
    disk.action("a")
    disk.action("b", requires=["a"])
    disk.action("c", requires=["b"], glue=True)
    disk.action("d", after=["a"])
    registry = disk.load()
    assert registry.without({"a"}) == {"a", "b", "c"}
    assert registry.without({"b"}) == {"b", "c"}
    assert registry.without(()) == frozenset()
    assert registry.without({"gone"}) == {"gone"}

"""Plugins are found in our folder, in the operator's and among what is installed."""

import sys
from pathlib import Path

import pytest
from pyramid.exceptions import ConfigurationError

import plugins
from core.plugin_host.discovery import discover

from .conftest import ACTION, the


def test_home_comes_before_the_operators_folders(disk, tmp_path):
    disk.write("zed", under=tmp_path / "home")
    disk.write("abc")
    found = discover([disk.folder])
    assert [(plugin.id, plugin.source) for plugin in found] == [
        ("zed", str(tmp_path / "home")),
        ("abc", str(disk.folder)),
    ]
    assert str(disk.folder) in plugins.__path__


def test_folders_that_are_no_plugins_are_passed_over(disk):
    (disk.folder / "__pycache__").mkdir()
    (disk.folder / "notes.txt").write_text("")
    assert discover([disk.folder]) == []


def test_a_package_without_a_manifest_is_a_failure_and_no_silence(disk):
    disk.write("bare")
    (disk.folder / "bare" / "plugin.toml").unlink()
    bare = the(disk.load(), "bare")
    assert bare.stage == "manifest"
    assert bare.reason.endswith("plugin.toml is missing: a plugin begins with this file")


def test_several_folders(disk, tmp_path):
    other = tmp_path / "other"
    disk.action("one")
    disk.action("two", under=other)
    registry = disk.load(plugin_path=f"{disk.folder}:{other}\n")
    assert sorted(registry.actions) == ["one", "two"]


def test_a_folder_that_is_not_there_stops_the_start(disk):
    with pytest.raises(ConfigurationError, match=r"names /nowhere, which is no folder"):
        disk.load(plugin_path="/nowhere")


def test_of_two_plugins_with_one_id_the_first_wins(disk, tmp_path):
    disk.action("twin", under=tmp_path / "home")
    disk.action("twin")
    registry = disk.load()
    first, second = registry.plugins
    assert (first.state, second.state) == ("active", "failed")
    assert second.reason == (
        f"the id twin is taken by the plugin in {tmp_path / 'home'}: rename one or take it out"
    )
    assert registry.action("twin").plugin_id == "twin"


def test_an_id_other_than_the_folder(disk):
    disk.write("folder", id="other")
    assert (
        "id is other, and the folder or the entry point is called folder"
        in the(disk.load(), "folder").reason
    )


class Site:
    """A folder on sys.path with distributions in it, as pip leaves them."""

    def __init__(self, folder: Path):
        self.folder = folder

    def install(self, name: str, point: str) -> None:
        info = self.folder / f"{name}-2.1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.1\n")
        (info / "entry_points.txt").write_text(f"[dealpay.plugins]\n{point}\n")


@pytest.fixture
def site(disk, tmp_path, monkeypatch):
    site = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(site.folder))
    return site


def test_an_installed_distribution_is_found_without_importing_it(disk, site):
    disk.write(
        "acme_pay",
        ACTION.replace("{id}", "pay"),
        under=site.folder,
        id="pay",
        kinds=["action"],
        provides=["pay"],
    )
    site.install("acme-pay", "pay = acme_pay")
    assert [plugin.source for plugin in discover()] == ["acme-pay 2.1"]
    assert "acme_pay" not in sys.modules
    assert disk.load().action("pay").plugin_id == "pay"
    assert "acme_pay" in sys.modules


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ("pay = acme.pay", "its entry point is acme.pay: it has to name a top-level package"),
        ("pay = acme:pay", "its entry point is acme:pay: it has to name a top-level package"),
        ("pay = gone_pay", "its entry point names gone_pay, and no such package is installed"),
    ],
)
def test_an_entry_point_that_leads_nowhere(disk, site, point, reason):
    site.install("acme-pay", point)
    disk.action("works")
    registry = disk.load()
    assert (the(registry, "pay").stage, the(registry, "pay").reason) == ("found", reason)
    assert registry.action("works").name == "Act"

"""What `dealpay plugin new` writes: right at the first run, in both forms, and fit to be read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.plugin_host.kinds import Kind
from tests.packaging.install import ROOT, run

DEALPAY = Path(sys.executable).with_name("dealpay")
IDS = {
    Kind.PAYMENT_PROVIDER: "lotus_pay",
    Kind.CRM_CONNECTOR: "lotus_crm",
    Kind.ACTION: "send_lotus",
}


def ini(folder: Path, **settings: str) -> Path:
    file = folder / "site.ini"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    file.write_text("\n".join(["[app:main]", "use = egg:dealpay", *lines]) + "\n")
    return file


@pytest.mark.parametrize("kind", Kind)
def test_a_folder(kind: Kind, tmp_path: Path) -> None:
    id = IDS[kind]
    into = tmp_path / "more"
    said = run(DEALPAY, "plugin", "new", kind, id, "--into", into)
    assert f"{into / id} is written." in said
    site = ini(tmp_path, **{"dealpay.plugin_path": str(into)})
    assert f"{id}: gold" in run(DEALPAY, "plugin", "check", id, "--ini", site)


@pytest.mark.parametrize("kind", Kind)
def test_a_project_of_its_own(kind: Kind, tmp_path: Path) -> None:
    id = IDS[kind]
    run(DEALPAY, "plugin", "new", kind, id, "--distribution", "--into", tmp_path)
    project = tmp_path / f"dealpay-{id.replace('_', '-')}"
    installed = tmp_path / "installed"
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    run(sys.executable, "-m", "pip", "install", *options, "--target", installed, project)
    environ = os.environ | {"PYTHONPATH": str(installed)}
    said = run(DEALPAY, "plugin", "check", id, env=environ)
    assert f"{id}: gold" in said
    tests = run(sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", cwd=project, env=environ)
    assert "passed" in tests


def test_it_is_as_tidy_as_ours(tmp_path: Path) -> None:
    """The formatter, the linter and the type checker have nothing to say."""
    into, config = tmp_path / "plugins", ROOT / "pyproject.toml"
    for kind, id in IDS.items():
        run(DEALPAY, "plugin", "new", kind, id, "--into", into)
    (into / "__init__.py").touch()
    ruff, mypy = (Path(sys.executable).with_name(name) for name in ("ruff", "mypy"))
    run(ruff, "format", "--check", "--config", config, into)
    run(ruff, "check", "--config", config, into)
    options = ("--strict", "--allow-subclassing-any", "--no-warn-unused-ignores")
    environ = os.environ | {"MYPYPATH": str(ROOT)}
    run(
        mypy,
        *options,
        "--config-file",
        config,
        *map(str, (into / id for id in IDS.values())),
        cwd=tmp_path,
        env=environ,
    )


@pytest.mark.parametrize("id", ["Lotus", "1st", "a-b", "..", ""])
def test_an_id_that_cant_be_one(id: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [DEALPAY, "plugin", "new", "action", id, "--into", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "can't be an id" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "send_lotus").mkdir()
    done = subprocess.run(
        [DEALPAY, "plugin", "new", "action", "send_lotus", "--into", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "is there already. Nothing was written." in done.stderr
    assert list((tmp_path / "send_lotus").iterdir()) == []


def test_every_plugin_here_is_at_gold_level() -> None:
    said = run(DEALPAY, "plugin", "check", "--brief")
    found = {file.parent.name for file in ROOT.glob("plugins/*/plugin.toml")}
    assert {line.partition(":")[0] for line in said.splitlines() if ": gold" in line} == found

"""docs/plugins/tutorial.md, followed literally by somebody with a fresh checkout."""

import os
import re
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.packaging.install import NOT_IN_A_CLONE, ROOT, run

PAGE = ROOT / "docs" / "plugins" / "tutorial.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this one with an environment of its own, in which a plugin may be installed."""
    folder = tmp_path_factory.mktemp("author") / "dealpay"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_IN_A_CLONE))
    venv.create(folder / ".venv", with_pip=False)
    (site,) = folder.glob(".venv/lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = folder / ".venv" / "bin" / "python"
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    run(python, "-m", "pip", "install", *options, "-e", folder, env=clean())
    return folder


def clean() -> dict[str, str]:
    """The environment without what belongs to this run of the tests."""
    ours = ("PYTEST", "DEALPAY", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def change(checkout: Path, diff: str) -> None:
    """Make the change that a block shows: each of its parts stands in the file once."""
    name = re.search(r"^\+\+\+ b/(\S+)$", diff, re.MULTILINE)
    assert name
    file = checkout / name[1]
    text = file.read_text()
    for hunk in diff.split("@@\n")[1:]:
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if not line.startswith("+"))
        new = "".join(line[1:] for line in lines if not line.startswith("-"))
        assert text.count(old) == 1, f"{name[1]} doesn't hold this once:\n{old}"
        text = text.replace(old, new)
    file.write_text(text)


def test_it_leads_to_a_provider_at_gold_level(checkout: Path) -> None:
    path = f"{checkout}/.venv/bin:{os.environ['PATH']}"
    said, failed = "", False
    for kind, text in _BLOCK.findall(PAGE.read_text()):
        if kind != "text":
            assert not failed, said
        if kind == "diff":
            change(checkout, text)
        elif kind == "sh":
            done = subprocess.run(
                ["bash", "-c", text],
                cwd=checkout,
                env=clean() | {"PATH": path},
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            said, failed = done.stdout, done.returncode != 0
        else:
            for line in text.splitlines():
                assert line in said, said
            failed = False
    assert "gold" in said

"""Dealpay as others get it: built, and installed outside of the checkout."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOT_IN_A_CLONE = (
    ".git",
    ".venv",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
    "*.egg-info",
    "build",
    "var",
)


def build(folder: Path) -> Path:
    """The wheel, made from the source distribution, which so has to be complete too."""
    # In a copy: what is left in build/ from an earlier time would come along.
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_IN_A_CLONE))
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", source)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def run(*command: Any, **more: Any) -> str:
    """What a command says; it has to succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@dataclass(frozen=True)
class Environment:
    """A virtual environment with nothing but the wheel in it, and what the wheel depends on."""

    folder: Path

    @classmethod
    def install(cls, wheel: Path, folder: Path) -> "Environment":
        venv.create(folder, with_pip=False)
        made = cls(folder)
        pip = [sys.executable, "-m", "pip", "--python", made.program("python"), "install", "--quiet"]
        run(*pip, "--disable-pip-version-check", "--no-deps", "--no-index", wheel)
        # The dependencies are those of the running environment. A path that a .pth file adds is
        # searched for modules, and not for .pth files: an editable install in there isn't seen.
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return made

    def program(self, name: str) -> Path:
        return self.folder / "bin" / name

    def python(self, code: str, **more: Any) -> str:
        """What a piece of Python prints."""
        return run(self.program("python"), "-c", code, **more)

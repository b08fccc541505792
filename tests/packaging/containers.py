"""Dockerfile and compose.yaml, read and run without containers: the same commands, in a folder."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.packaging.install import ROOT

#: Where in the image something is put or looked for; here all of it is below one folder.
_PLACES = ("/opt/dealpay", "/etc/dealpay", "/var/lib/dealpay", "/src", "/dist")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, in their order: ``("RUN", "python -m venv …")``."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def compose(environ: dict[str, str]) -> dict[str, Any]:
    """compose.yaml, with the variables of ``environ`` filled in as Docker does it."""

    def fill_in(found: re.Match[str]) -> str:
        name, operator, more = found[1], found[2], found[3]
        if value := environ.get(name):
            return value
        assert operator == ":-", f"{name} has to be set: {more}"
        return str(more)

    def walk(value: Any) -> Any:
        match value:
            case dict():
                return {name: walk(inner) for name, inner in value.items()}
            case list():
                return [walk(inner) for inner in value]
            case str():
                return re.sub(r"\$\{(\w+)(:-|:\?)([^}]*)\}", fill_in, value)
        return value

    found: dict[str, Any] = walk(yaml.safe_load((ROOT / "compose.yaml").read_text()))
    return found


@dataclass
class Image:
    """What the Dockerfile makes, below ``folder``."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    user: str = "root"
    workdir: str = "/"

    def build(self) -> None:
        """Follow the Dockerfile."""
        for name, rest in instructions():
            getattr(self, f"_{name.lower()}")(rest)

    def here(self, text: str) -> str:
        """``text`` with places of the image turned into those below the folder."""
        for place in _PLACES:
            text = re.sub(rf"(?<![\w./]){place}(?=[/\s'\":]|$)", f"{self.folder}{place}", text)
        # Only root may give files away: here they stay with who runs the test.
        return text.replace("-o 10001 -g 10001", f"-o {os.getuid()} -g {os.getgid()}")

    def run(self, command: list[str], environ: dict[str, str], **more: Any) -> "subprocess.Popen[str]":
        """Start a command in the image."""
        return subprocess.Popen(
            [self.here(part) for part in command],
            cwd=self.here(self.workdir),
            env={name: self.here(value) for name, value in {**self.env, **environ}.items()},
            text=True,
            **more,
        )

    def _from(self, rest: str) -> None:
        assert rest.startswith("python:3.11-slim"), "the Python that setup.cfg and the tests know"

    def _workdir(self, rest: str) -> None:
        self.workdir = rest
        Path(self.here(rest)).mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        *sources, target = rest.split()
        if sources[0].startswith("--from="):
            assert Path(self.here(sources[1])).exists()
            return
        into = Path(self.here(target if target.startswith("/") else f"{self.workdir}/{target}"))
        for source in sources:
            copy_from_context(source, into)

    def _run(self, rest: str) -> None:
        words = shlex.split(rest)
        command = self.here(rest.replace("python", sys.executable, 1) if words[0] == "python" else rest)
        # Nothing is fetched: what the tests run with has to be what is pinned for production.
        environ = {**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.here(self.workdir),
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, f"{rest}\n{done.stdout}"
        for site in self.folder.glob("opt/dealpay/lib/python*/site-packages"):
            share_packages(site)

    def _user(self, rest: str) -> None:
        self.user = rest

    def _env(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.env[name] = value

    def _expose(self, rest: str) -> None:
        assert rest == "6543"

    def _healthcheck(self, rest: str) -> None:
        self.health = json.loads(rest.partition("CMD ")[2])

    def _entrypoint(self, rest: str) -> None:
        self.entrypoint = json.loads(rest)

    def _cmd(self, rest: str) -> None:
        self.command = json.loads(rest)


def share_packages(site: Path) -> None:
    """Let an environment find the packages of the one that runs the tests."""
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    # Python 3.11 gives each new environment a setuptools of its own, which production replaces.
    for own in site.glob("setuptools*"):
        shutil.rmtree(own)


def copy_from_context(source: str, into: Path) -> None:
    """COPY: what .dockerignore lets through, and nothing else."""
    rules = (ROOT / ".dockerignore").read_text().split()
    allowed = [rule[1:] for rule in rules if rule.startswith("!") and "*" not in rule]
    ignored = shutil.ignore_patterns(*(rule[3:] for rule in rules if rule.startswith("**/")))
    for name in allowed if source == "." else [source]:
        assert name in allowed, f".dockerignore keeps {name} back"
        target = into if into.suffix and source != "." else into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / name, target)

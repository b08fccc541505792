"""A machine as docs/operate.md sets it up, below one folder: its files, its units, its commands."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.production import ROOT
from tests.support import free_port

PAGE = (ROOT / "docs" / "operate.md").read_text()
_BLOCK = re.compile(r"^<!-- (.+?) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS: dict[str, str] = {name: text for name, _, text in _BLOCK.findall(PAGE)}
_PLACES = (
    "/etc/dealpay",
    "/etc/systemd/system",
    "/etc/nginx",
    "/var/lib/dealpay",
    "/var/backups/dealpay",
)


def program(name: str) -> str:
    """Where a program is that the page takes for granted.

    Without it the test is skipped; in CI it fails.
    """
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        why = f"{name} is missing: install it."
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    return found


@dataclass
class Machine:
    """``environ`` replaces lines of /etc/dealpay/environment, and adds to them."""

    folder: Path
    environ: dict[str, str]
    ports: dict[str, str] = field(default_factory=dict)
    _units: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _socket: socket.socket | None = None

    def __post_init__(self) -> None:
        self.ports |= {"6543": str(free_port()), "6544": str(free_port())}
        for place in _PLACES:
            Path(self.here(place)).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "production.ini", self.here("/etc/dealpay/production.ini"))
        for name, text in BLOCKS.items():
            if name.startswith("file: "):
                self.file(name.removeprefix("file: ")).parent.mkdir(parents=True, exist_ok=True)
                self.file(name.removeprefix("file: ")).write_text(self.here(text))
        ours = {"DEALPAY_HOST": "127.0.0.1", "DEALPAY_PORT": self.ports["6543"], **self.environ}
        self.environ = read_environment(self.file("/etc/dealpay/environment").read_text()) | ours

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['6543']}"

    def here(self, text: str) -> str:
        """``text`` with the places and ports of the page turned into those of the test."""
        for place in _PLACES:
            text = re.sub(rf"(?<![\w.]){place}(?=[/\s'\"]|$)", f"{self.folder}{place}", text, flags=re.M)
        text = text.replace("/opt/dealpay/bin", str(Path(sys.executable).parent))
        for port, ours in self.ports.items():
            text = re.sub(rf"(?<=[:=]){port}\b", ours, text)
        return text

    def file(self, path: str) -> Path:
        return Path(self.here(path))

    def run(self, name: str) -> str:
        """What the commands of a block say; each has to succeed."""
        return "".join(self._command(line) for line in BLOCKS[f"run: {name}"].splitlines())

    def log(self) -> str:
        """What the units have written so far."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """Switch the machine off, in good order."""
        self._systemctl("stop", *self._units)
        if self._socket:
            self._socket.close()

    def _command(self, line: str) -> str:
        words = shlex.split(line.removeprefix("sudo "))
        if words[0] == "systemctl":
            self._systemctl(*(word for word in words[1:] if word != "--now"))
            return ""
        if words[0] != "dealpay":
            program(words[0])
        done = subprocess.run(
            ["sh", "-ec", self.here(line)],
            env=self._environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{self.log()}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DEALPAY_")}
        path = f"{Path(sys.executable).parent}:{clean['PATH']}"
        return clean | self.environ | {"PATH": path}

    def _systemctl(self, verb: str, *units: str) -> None:
        for unit in units:
            if unit.endswith(".socket"):
                self._listen(verb)
                continue
            if verb in ("stop", "restart"):
                self._stop(unit)
            if verb in ("enable", "start", "restart"):
                self._units[unit] = self._start(unit)

    def _listen(self, verb: str) -> None:
        """The socket unit: a port that is open whether or not anybody answers."""
        if verb == "stop":
            assert self._socket
            self._socket.close()
            self._socket = None
            return
        self._socket = socket.create_server(("127.0.0.1", int(self.ports["6543"])), backlog=2048)

    def _start(self, unit: str) -> "subprocess.Popen[bytes]":
        found = ConfigParser(interpolation=None, strict=False)
        found.optionxform = str  # type: ignore[assignment,method-assign]
        found.read(self.file(f"/etc/systemd/system/{unit}.service"))
        command = shlex.split(found["Service"]["ExecStart"])
        listener = self._socket if "Requires" in found["Unit"] else None
        if listener:
            # As systemd hands it over: third in line, and meant for this process.
            command = ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh", *command]
        with (self.folder / f"{unit}.log").open("a") as log:
            return subprocess.Popen(
                command,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=(lambda: os.dup2(listener.fileno(), 3)) if listener else None,
                pass_fds=(3,) if listener else (),
            )

    def _stop(self, unit: str) -> None:
        process = self._units[unit]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0, self.log()


def read_environment(text: str) -> dict[str, str]:
    """A file of ``NAME=value`` lines, as systemd and the shell read it."""
    return dict(word.split("=", 1) for word in shlex.split(text))

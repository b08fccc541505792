"""`dealpay serve` as a process: how it starts, what it says, and that nothing of it is left over."""

import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.browser.place import DEALPAY, ROOT, Place, served

PATIENCE = 15.0  # seconds


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """App and sandbox, as `make run` starts them; it has to stop without a complaint."""
    with served(tmp_path) as place:
        yield place


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def gone(place: Place) -> bool:
    """Whether everything has ended and no port is taken any more, within a while."""
    deadline = time.monotonic() + PATIENCE
    while processes(place) or any(listens(place.port + each) for each in range(3)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def dealpay(place: Place, *command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """A command in the same folder, beside what is served there."""
    environ = {**os.environ, "DEALPAY_PORT": str(place.port), **environ}
    return subprocess.run(
        [DEALPAY, *command], cwd=place.folder, env=environ, capture_output=True, text=True, check=False
    )


def processes(place: Place) -> list[int]:
    """The app's process, and the sandbox's."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve() == place.folder.resolve():
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended, or is somebody else's
    return sorted(found)


def test_it_says_where_to_click_and_answers_there(place: Place) -> None:
    said = place.log
    for address in (f"{place.app}/", f"{place.sandbox}/"):
        assert address in said
        assert requests.get(address, headers={"Accept": "text/html"}, timeout=30).status_code in (
            200,
            403,
        )
    assert "owner@example.com or rep@example.com, password sandbox-password" in said
    assert "\x1b[" not in said, "colours in what is no terminal"


def test_sigterm_stops_it_with_its_sandbox(tmp_path: Path) -> None:
    with served(tmp_path) as place:
        assert len(processes(place)) == 2
    assert gone(place)


def test_a_killed_parent_takes_its_sandbox_along(tmp_path: Path) -> None:
    with served(tmp_path, exit_code=-signal.SIGKILL) as place:
        os.kill(processes(place)[0], signal.SIGKILL)
    assert gone(place)


def test_a_taken_port_is_said_and_nothing_is_left(place: Place) -> None:
    second = dealpay(place, "serve", "development.ini")
    assert second.returncode == 1
    assert (
        f"The sandbox needs {place.sandbox} and smtp://127.0.0.1:{place.port + 2} for itself"
        in second.stderr
    )
    assert "Traceback" not in second.stderr
    assert len(processes(place)) == 2


def test_demo_puts_it_back_while_it_is_served(place: Place) -> None:
    requests.post(f"{place.crm}/v1/nothing", timeout=30)
    with closing(sqlite3.connect(place.folder / "var/dealpay.sqlite")) as database:
        database.execute("update tenants set name = 'Renamed'")
        database.commit()
    assert "The demo is back at its start." in dealpay(place, "demo").stdout
    with closing(sqlite3.connect(place.folder / "var/dealpay.sqlite")) as database:
        assert database.execute("select name from tenants").fetchall() == [("Northwind Trading",)]
        assert database.execute("select count(*) from payment_accounts where active").fetchone() == (1,)


def test_demo_starts_the_sandbox_where_it_is_not_served(tmp_path: Path) -> None:
    with served(tmp_path) as place:
        pass
    assert "The demo is back at its start." in dealpay(place, "demo").stdout
    assert gone(place)


#: What raises at which stage.
BROKEN = {
    "imported": "raise RuntimeError('no luck')",
    "registered": "@hookimpl\ndef register_actions():\n    raise RuntimeError('no luck')",
    "configured": "@hookimpl\ndef configure_web(config):\n    raise RuntimeError('no luck')",
}


def test_broken_plugins_are_named_and_stop_nothing(tmp_path: Path) -> None:
    for stage, code in BROKEN.items():
        folder = tmp_path / "plugins" / f"not_{stage}"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(f"from core.api.hookspecs import hookimpl\n{code}\n")
        (folder / "plugin.toml").write_text(
            f'id = "not_{stage}"\nname = "Acme"\nversion = "0.1"\nsummary = "Broken."\napi = "1.0"\n'
        )
    with served(tmp_path, DEALPAY_PLUGIN_PATH="plugins") as place:
        said = dealpay(place, "plugins", DEALPAY_PLUGIN_PATH="plugins")
    assert said.returncode == 1
    lines = [line.split(maxsplit=4) for line in said.stdout.splitlines()]
    for stage in BROKEN:
        assert [f"not_{stage}", "0.1", "failed", "at", f"{stage}: RuntimeError: no luck"] in lines
    bundled = {manifest.parent.name for manifest in ROOT.glob("plugins/*/plugin.toml")}
    assert {line[0] for line in lines if line[2] == "active"} == bundled

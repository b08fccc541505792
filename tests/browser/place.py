"""The real thing in processes of its own: `dealpay serve` with the app, the sandbox and its mails."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
DEALPAY = Path(sys.executable).with_name("dealpay")
_START = 90.0  # seconds until it must say where to click

#: What the log must not hold: a password, and how keys and signing secrets of the sandbox begin.
#: The password of the demo's people is printed at the start, for everybody to read.
_SECRETS = ("three quiet herons", "sk_test_", "whsec_", "5d2f6a1c-0b7e-4c39", "c81e42d7-93af-4f06")


@dataclass(frozen=True)
class Place:
    """Where everything is: the app on one site, the CRM and the provider on another."""

    port: int
    folder: Path

    @property
    def app(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def crm(self) -> str:
        return f"{self.sandbox}/kylas_crm"

    @property
    def provider(self) -> str:
        return f"{self.sandbox}/stripe_provider"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def fault(
        self, kind: str, *, simulator: str = "stripe_provider", path: str = "", times: int = 1
    ) -> None:
        """Have a vendor fail, as the sandbox's page "Faults" does."""
        form = {"simulator": simulator, "kind": kind, "path": path, "times": str(times)}
        requests.post(f"{self.sandbox}/faults/", data=form, timeout=30).raise_for_status()

    def seconds_to_stage(self, link_id: str) -> float:
        """From the arrival of the webhook that said "paid" to the moved stage."""
        asked = """
            select min(delivery.created_at), min(run.finished_at)
            from webhook_deliveries delivery, action_runs run
            where delivery.link_id = ? and run.link_id = delivery.link_id
              and run.action = 'move_stage' and run.job_state = 'done'"""
        with closing(sqlite3.connect(self.folder / "var" / "dealpay.sqlite")) as database:
            arrived, moved = database.execute(asked, [link_id]).fetchone()
        return (datetime.fromisoformat(moved) - datetime.fromisoformat(arrived)).total_seconds()


@contextmanager
def served(
    folder: Path, dealpay: Path = DEALPAY, *, exit_code: int = 0, **environ: str
) -> Iterator[Place]:
    """Start the command ``dealpay`` in ``folder``, and stop it as an operator does.

    ``exit_code`` is how it has to end; ``environ`` adds to the environment.
    """
    shutil.copy(ROOT / "development.ini", folder)
    place = Place(free_ports(), folder)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DEALPAY_")}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [dealpay, "serve", "development.ini"],
            cwd=folder,
            env={**clean, "DEALPAY_PORT": str(place.port), **environ},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_it_says_where_to_click(place, process)
        yield place
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(timeout=30)
    assert ended == exit_code, place.log
    assert "Traceback" not in place.log, place.log
    assert [secret for secret in _SECRETS if secret in place.log] == []


def _wait_until_it_says_where_to_click(place: Place, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START
    while f"{place.sandbox}/   <- start here" not in place.log:
        assert process.poll() is None, place.log
        assert time.monotonic() < deadline, place.log
        time.sleep(0.05)


def free_ports() -> int:
    """The first of three free ports in a row: the app's, the sandbox's, the mail server's."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
            except (OSError, OverflowError):
                continue
            return port

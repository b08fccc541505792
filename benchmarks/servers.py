"""Processes that a bench starts: gunicorn with the app or the floor, and workers."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_STARTS_WITHIN = 30.0  # seconds


@contextmanager
def process(command: list[str], log: Path, env: Mapping[str, str] = os.environ) -> Iterator[int]:
    """A process that ends with the block; its id. What it says goes to ``log``."""
    with log.open("ab") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out, env=dict(env))
    try:
        yield child.pid
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def listening(
    command: list[str], port: int, log: Path, env: Mapping[str, str] = os.environ
) -> Iterator[int]:
    """A process that answers on ``port``; its id."""
    with process(command, log, env) as pid:
        wait_for(port, log)
        yield pid


def dealpay(*arguments: str) -> list[str]:
    """A command of ``dealpay``."""
    return [sys.executable, "-c", "from core.cli import main; main()", *arguments]


def wait_for(port: int, log: Path) -> None:
    """Return once something listens on ``port``; what is in ``log`` says why not."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}: {log.read_text()[-2000:]}")


def pss(pid: int) -> float:
    """The proportional set size in MB: what several processes share, each has its share of."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024

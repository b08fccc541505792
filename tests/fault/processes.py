"""Processes that are started again when they are killed, as an operator's supervisor does it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fault import child

# One process has imported everything; each child is forked from it, and starts in no time.
_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(["tests.fault.child", "core.cli.serve", "core.cli.worker"])


class Supervised:
    """``dealpay <command>``; ``act`` is what it does at a fault point in its first life."""

    def __init__(self, command: list[str], log: Path, act: Any, host: child.Host):
        self.command, self.log, self._host = command, log, host
        self.deaths = 0
        self.problem: str | None = None
        self._stopping = False
        self._process = self._start(act)
        self._watch = threading.Thread(target=self._keep_alive, daemon=True)
        self._watch.start()

    @property
    def pid(self) -> int:
        pid = self._process.pid
        assert pid
        return pid

    def stop(self) -> None:
        """As an operator does: SIGTERM, then wait."""
        self._stopping = True
        if self._process.is_alive():
            os.kill(self.pid, signal.SIGTERM)
        self._watch.join(20)
        if self._process.is_alive():
            self._process.kill()
            self.problem = self.problem or "it didn't stop within 20 seconds"

    def _start(self, act: Any) -> Any:
        given = (self.command, str(self.log), act, self._host)
        process = _forked.Process(target=child.run, args=given, daemon=True)
        process.start()
        return process

    def _keep_alive(self) -> None:
        while True:
            self._process.join()
            if self._stopping:
                return
            if self._process.exitcode != -signal.SIGKILL:
                self.problem = f"{self.command} ended with {self._process.exitcode}"
                return
            self.deaths += 1
            self._process = self._start(None)


def eventually(
    holds: Callable[[], Any], what: str, seconds: float = 30, seen: Callable[[], Any] = lambda: ""
) -> Any:
    """What ``holds`` answers as soon as it is true. Fails after ``seconds``, saying what was seen."""
    waited = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if answer := holds():
            return answer
        waited.wait(0.05)
    raise AssertionError(f"not within {seconds:.0f} seconds: {what} {seen()}")

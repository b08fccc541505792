"""What runs in a process of its own: the real `dealpay serve` or `dealpay worker`, until its end."""

import itertools
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import parent_process
from typing import Any

import psycopg
import stripe

from core.api import tables
from core.cli import main
from core.db import faultpoints
from core.jobs import local, queue, runner, worker
from core.links import drafts
from core.plugin_host.entries import ProviderEntry
from plugins.kylas_crm.client import Credential

#: Seconds that one request to a vendor may take here; ten in real life.
PATIENCE = 0.6


@dataclass(frozen=True)
class Host:
    """A machine: settings of its own, how far its clock is off, and tables that its version lacks."""

    settings: Mapping[str, str] = field(default_factory=dict)
    minutes_off: float = 0
    unknown: tuple[str, ...] = ()


@dataclass
class Record:
    """Write down every point as it is reached, in a file of this process."""

    path: str

    def __call__(self, point: str) -> None:
        with open(f"{self.path}.{os.getpid()}", "a") as file:
            file.write(f"{point}\n")


@dataclass
class Kill:
    """Die at a point, the ``nth`` time it is reached: no handler runs, nothing is flushed."""

    point: str
    nth: int = 1
    _hits: Any = field(default_factory=lambda: itertools.count(1))

    def __call__(self, point: str) -> None:
        if point == self.point and next(self._hits) == self.nth:
            self.strike()

    def strike(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Disconnect(Kill):
    """Have PostgreSQL end every connection of this database."""

    database_url: str = ""

    def strike(self) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )


def run(command: list[str], log: str, act: Record | Kill | None, host: Host) -> None:
    """``dealpay <command>`` on ``host``, its output in the file ``log``."""
    _write_to(log)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _hurry()
    _turn_clock(timedelta(minutes=host.minutes_off))
    _forget(host.unknown)
    faultpoints.arm(act)
    main(command)


def _write_to(log: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent
    parent.join()
    os._exit(1)


def _hurry() -> None:
    """Take the waiting, and nothing else, out of this process."""
    runner.DELAYS = (0.2,) * len(runner.DELAYS)
    runner._REQUEST_LEASE = 2.0
    local._POLL = queue._POLL = queue._AGAIN = worker._LOOK = 0.1
    drafts._GRACE = timedelta(seconds=0.5)
    stripe.HTTPClient.INITIAL_DELAY = stripe.HTTPClient.MAX_DELAY = 0
    ProviderEntry.context.__kwdefaults__["timeout"] = PATIENCE
    Credential.api_key = classmethod(lambda cls, key: cls("api-key", key, 1000))


def _turn_clock(off: timedelta) -> None:
    class Turned(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + off

    tables.datetime = Turned


def _forget(tables: tuple[str, ...]) -> None:
    register = runner.Jobs.register

    def known(jobs: runner.Jobs, model: Any, handler: Any) -> None:
        if model.__tablename__ not in tables:
            register(jobs, model, handler)

    runner.Jobs.register = known

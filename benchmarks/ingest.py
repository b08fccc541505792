"""Webhook ingest: the app against the floor, through gunicorn, on both databases.

The web processes run no jobs, and neither does the floor; what a worker beside them costs is
measured as well, and has no bar: it does the work that the floor leaves undone.
"""

import copy
import json
import os
import random
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, text

from benchmarks import floor, load, places, servers
from benchmarks.harness import Figure, Scale, interleaved, spread
from benchmarks.load import Load
from benchmarks.places import DATABASES, NAMES, Workspace
from plugins.stripe_provider.simulator import signed

CONNECTIONS = 8
DUPLICATES = 0.1
#: SQLite has one process that writes; PostgreSQL as many as there are cores.
SHAPES = {"sqlite": (1, 8), "postgresql": (2, 4)}
SAMPLE = Path(__file__).parents[1] / "tests/contract/data/stripe-events.json"


@dataclass(frozen=True)
class Case:
    """One line-up: database, delivery, and whether a worker runs beside the web processes."""

    database: str
    delivery: str = "local"
    worker: bool = False

    @property
    def name(self) -> str:
        return f"{NAMES[self.database]}, {self.delivery}" + (", worker beside" if self.worker else "")


CASES = (
    Case("postgresql"),
    Case("postgresql", "procrastinate"),
    Case("postgresql", "procrastinate", worker=True),
    Case("sqlite"),
    Case("sqlite", worker=True),
)


def run(scale: Scale) -> Iterator[Figure]:
    """Requests per second, and the slow ends of the answers, as ratios to the floor's."""
    for case in CASES:
        if case.database in DATABASES:
            yield from _measured(case, scale)


def _measured(case: Case, scale: Scale) -> Iterator[Figure]:
    rounds, count = scale.of(1, 9), scale.of(40, 3000)
    with places.folder() as place, ExitStack() as opened:
        url = opened.enter_context(places.database(case.database, place))
        settings = places.settings(url, place) | {"dealpay.jobs": case.delivery}
        with places.simulators() as vendors, places.running(settings | vendors) as wsgi:
            workspace = places.connected(wsgi.registry.app)
        ours = opened.enter_context(_app(case, settings, place))
        bare = opened.enter_context(_floor(case, settings, place, workspace))

        def ask(port: int) -> Load:
            return load.send(port, events(workspace, count), CONNECTIONS, place)

        interleaved(1, lambda: ask(bare), lambda: ask(ours))  # to warm up
        pairs = interleaved(rounds, lambda: ask(bare), lambda: ask(ours))
    yield from _figures(case, pairs)


@contextmanager
def _app(case: Case, settings: dict[str, str], place: Path) -> Iterator[int]:
    """The port of the app, with a worker beside it where the case has one."""
    port = places.free_port()
    ini = places.ini_file(settings | _served(case, port), place / "ours.ini")
    with ExitStack() as opened:
        log = place / "ours.log"
        opened.enter_context(servers.listening(servers.dealpay("serve", str(ini)), port, log))
        if case.worker:
            opened.enter_context(
                servers.process(servers.dealpay("worker", str(ini)), place / "worker.log")
            )
        yield port


@contextmanager
def _floor(case: Case, settings: dict[str, str], place: Path, workspace: Workspace) -> Iterator[int]:
    """The port of the floor: as many processes and threads, a database on the same server."""
    port = places.free_port()
    with places.folder() as own, places.database(case.database, own) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(floor.TABLE))
        engine.dispose()
        changed = _served(case, port) | {"dealpay.database_url": url}
        ini = places.ini_file(settings | changed, place / "floor.ini")
        command = [sys.executable, "-m", "benchmarks.floor", str(ini)]
        env = {**os.environ, "FLOOR_SECRET": workspace.secret}
        with servers.listening(command, port, place / "floor.log", env):
            yield port


def _served(case: Case, port: int) -> dict[str, str]:
    processes, threads = SHAPES[case.database]
    return {
        "dealpay.host": "127.0.0.1",
        "dealpay.port": str(port),
        "dealpay.web_processes": str(processes),
        "dealpay.web_threads": str(threads),
    }


def events(workspace: Workspace, count: int) -> list[bytes]:
    """Signed deliveries of a paid checkout, each of another event but for the duplicates."""
    sample = json.loads(SAMPLE.read_text())["events"]["paid_card"]
    made: list[bytes] = []
    for _ in range(round(count * (1 - DUPLICATES))):
        event = copy.deepcopy(sample) | {"id": f"evt_{secrets.token_hex(12)}"}
        event["data"]["object"]["payment_link"] = f"plink_{secrets.token_hex(12)}"
        made.append(load.post(workspace.webhook_path, *signed(event, workspace.secret)))
    made += random.sample(made, count - len(made))
    random.shuffle(made)
    return made


def _figures(case: Case, pairs: list[tuple[Load, Load]]) -> Iterator[Figure]:
    def ratios(name: str) -> list[float]:
        return [getattr(ours, name) / getattr(floor, name) for floor, ours in pairs]

    rate = median(ours.per_second for _, ours in pairs)
    floor_rate = median(floor.per_second for floor, _ in pairs)
    if case.worker:
        # It works in the floor's rounds too, on what ours have left: no ratio means anything.
        yield Figure("ingest", f"{case.name}: requests/s", rate, "/s")
    else:
        speed, p95, p99 = ratios("per_second"), ratios("p95"), ratios("p99")
        detail = f"{rate:.0f} of {floor_rate:.0f} a second; rounds {spread(speed)}"
        what = f"{case.name}: requests/s"
        yield Figure("ingest", what, median(speed), at_least=0.6, detail=detail)
        for name, values, bar in (("p95", p95, 2.0), ("p99", p99, 3.0)):
            ms = median(getattr(ours, name) for _, ours in pairs) * 1000
            detail = f"{ms:.1f} ms; rounds {spread(values)}"
            yield Figure("ingest", f"{case.name}: {name}", median(values), at_most=bar, detail=detail)
    errors = sum(floor.errors + ours.errors for floor, ours in pairs)
    yield Figure("ingest", f"{case.name}: errors", errors, "", at_most=0)

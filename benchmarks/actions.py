"""Actions per second, against a CRM that answers in 20 ms: what the threads allow, and the limit.

An action here is a note: one request, and the rows that make it happen once. The workers are
processes of their own; the queue is full before they start.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import func, inspect, select

from benchmarks import crm_stub, places, servers
from benchmarks.harness import Figure, Scale, spread
from benchmarks.places import DATABASES, NAMES, Workspace
from core.api.records import RecordRef
from core.app import App
from core.connections import service as connections
from core.db.base import new_id
from core.db.session import ALL_TENANTS
from core.links import service as links
from core.links.service import NewLink
from core.rules.models import ActionRun

THREADS = 8
#: What the simulated CRM's API key may do; the connector keeps to it.
PER_SECOND, BURST = 4, 4
_PATIENCE = 900.0  # seconds


@dataclass(frozen=True)
class Case:
    """A line-up of workers."""

    database: str
    engine: str
    workers: int = 1
    at_least: float | None = None

    @property
    def name(self) -> str:
        workers = f"{self.workers} worker{'s' if self.workers > 1 else ''}"
        return f"{NAMES[self.database]}, {self.engine}, {workers}"


CASES = (
    Case("postgresql", "local", at_least=0.7),
    Case("postgresql", "procrastinate", at_least=0.7),
    Case("postgresql", "procrastinate", workers=2, at_least=0.5),
    # One writer at a time, each commit on the disk: the file sets the pace there, not the threads.
    Case("sqlite", "local"),
)


@dataclass(frozen=True)
class Drained:
    """How fast a queue was worked off, what the first worker held at 10 % and at 90 % of it, and the
    CPU that the workers took for each action in between."""

    per_second: float
    early_mb: float
    late_mb: float
    cpu_ms: float


def run(scale: Scale) -> Iterator[Figure]:
    """The ratio to what the threads allow, to the rate limit, and of the memory late to early."""
    rounds = scale.of(1, 3, 1)
    for case in CASES:
        if case.database not in DATABASES:
            continue
        drained = [_drain(case, scale.of(40, 2000, 100_000)) for _ in range(rounds)]
        allowed = case.workers * THREADS / crm_stub.ANSWERS_IN
        rates = [one.per_second for one in drained]
        cpu = f"{median(one.cpu_ms for one in drained):.1f} ms of CPU each"
        detail = f"{median(rates):.0f} of {allowed:.0f} a second, {cpu}; rounds {spread(rates)}"
        share = median(rates) / allowed
        yield Figure("actions", f"{case.name}: share", share, at_least=case.at_least, detail=detail)
        growth = median(one.late_mb / one.early_mb for one in drained)
        detail = f"{median(one.late_mb for one in drained):.0f} MB at 90 %"
        yield Figure("actions", f"{case.name}: memory", growth, at_most=1.1, detail=detail)
    for case in (Case("postgresql", "procrastinate", workers=2), Case("sqlite", "local")):
        if case.database in DATABASES:
            one = _drain(case, scale.of(8, 100), limited=True)
            share, detail = one.per_second / PER_SECOND, f"{one.per_second:.2f} of {PER_SECOND} a second"
            what = f"{case.name}: share of the rate limit"
            yield Figure("actions", what, share, at_least=0.95, detail=detail)


def _drain(case: Case, count: int, *, limited: bool = False) -> Drained:
    with places.folder() as place, ExitStack() as opened:
        url = opened.enter_context(places.database(case.database, place))
        settings = places.settings(url, place) | {
            "dealpay.jobs": case.engine,
            "dealpay.worker_threads": str(THREADS),
        }
        with places.simulators() as vendors, places.running(settings | vendors) as wsgi:
            workspace = places.connected(wsgi.registry.app)
            _fill(wsgi.registry.app, workspace, count)
        port = places.free_port()
        stub = [sys.executable, "-m", "benchmarks.crm_stub", str(port)]
        opened.enter_context(servers.listening(stub, port, place / "stub.log"))
        reached = {"dealpay.kylas_crm.api_base": f"http://127.0.0.1:{port}"}
        app = opened.enter_context(places.running(settings | reached)).registry.app
        ini = places.ini_file(settings | reached, place / "worker.ini")
        command = servers.dealpay("worker", str(ini))
        if not limited:
            command = [sys.executable, "-m", "benchmarks.unlimited", "worker", str(ini)]
        pids = [
            opened.enter_context(servers.process(command, place / f"worker{number}.log"))
            for number in range(case.workers)
        ]
        held = _wait(app, count, pids, place)
        return Drained(_rate(app, BURST if limited else 1), *held)


def _fill(app: App, workspace: Workspace, count: int) -> None:
    """A queue of ``count`` notes, each on a record of its own."""
    record = connections.crm_port(app, workspace.tenant_id).fetch_record(RecordRef("deal", "4485"))
    port = connections.payment_port(app, workspace.tenant_id, workspace.account.id)
    product = port.list_products("", None).items[0]
    new = NewLink(workspace.account.id, "kylas", record, product, 1, new_id("form"))
    links.create(app, workspace.owner, new)
    names = [column.key for column in inspect(ActionRun).column_attrs]
    with app.db.unit_of_work(workspace.tenant_id) as session:
        first = session.scalars(select(ActionRun)).one()
        values = {name: getattr(first, name) for name in names}
        session.delete(first)
    for start in range(0, count, 500):
        with app.db.unit_of_work(workspace.tenant_id) as session:
            for number in range(start, min(count, start + 500)):
                mine = {"id": new_id("run"), "subject_id": new_id("x"), "record_key": f"deal:{number}"}
                app.jobs.submit(session, ActionRun(**values | mine))


def _wait(app: App, count: int, pids: list[int], place: Path) -> tuple[float, float, float]:
    """Wait until all is done: what the first worker held at 10 % and at 90 %, in MB, and the ms of
    CPU that an action in between took of the workers."""
    deadline, held = time.monotonic() + _PATIENCE, dict[int, tuple[float, float, int]]()
    while True:
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            query = select(func.count()).select_from(ActionRun).where(ActionRun.job_state == "done")
            done = session.scalar(query) or 0
        for mark in (10, 90):
            if done * 100 >= mark * count:
                held.setdefault(mark, (_resident(pids[0]), sum(map(_cpu, pids)), done))
        if done == count:
            early, late = held[10], held[90]
            return early[0], late[0], 1000 * (late[1] - early[1]) / max(1, late[2] - early[2])
        if time.monotonic() > deadline:
            raise TimeoutError(f"{done} of {count}: {(place / 'worker0.log').read_text()[-2000:]}")
        time.sleep(0.2)


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used; see proc(5)."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _rate(app: App, free: int) -> float:
    """Runs a second from the first begun to the last done; the ``free`` first ones waited for nobody."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        count, first, last = session.execute(
            select(func.count(), func.min(ActionRun.started_at), func.max(ActionRun.finished_at))
        ).one()
    return float((count - free) / (last - first).total_seconds())

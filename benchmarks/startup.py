"""How soon a web process answers, and what an idle one takes of the memory."""

import compileall
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks import places, servers
from benchmarks.harness import Figure, Scale, spread
from benchmarks.places import DATABASES, NAMES

PROCESSES = 2
_CODE = ("core", "plugins")


def run(scale: Scale) -> Iterator[Figure]:
    """Seconds from the command to the first page, and the proportional set size of a web process."""
    for package in _CODE:  # pip does so where it installs; a checkout may lie where nothing is written
        compileall.compile_dir(package, quiet=1)
    for kind in DATABASES:
        processes = 1 if kind == "sqlite" else PROCESSES
        measured = [_measured(kind, processes) for _ in range(scale.of(1, 7))]
        seconds, sizes = [each[0] for each in measured], [each[1] for each in measured]
        first = median(seconds)
        what = f"{NAMES[kind]}: first page"
        yield Figure("startup", what, first, "s", at_most=1.5, detail=f"rounds {spread(seconds)}")
        what = f"{NAMES[kind]}: idle web process"
        detail = f"PSS, the largest of {processes}; rounds {spread(sizes)}"
        yield Figure("startup", what, median(sizes), "MB", at_most=100, detail=detail)


def _measured(kind: str, processes: int) -> tuple[float, float]:
    with places.folder() as place, ExitStack() as opened:
        url = opened.enter_context(places.database(kind, place))
        port = places.free_port()
        settings = places.settings(url, place) | {
            "dealpay.host": "127.0.0.1",
            "dealpay.port": str(port),
            "dealpay.web_processes": str(processes),
            "dealpay.run_jobs": "false",
        }
        command = servers.dealpay("serve", str(places.ini_file(settings, place / "app.ini")))
        started = time.monotonic()
        pid = opened.enter_context(servers.process(command, place / "log"))
        _first_page(port, started, place / "log")
        seconds = time.monotonic() - started
        for _ in range(20):
            _get(port, "/login")
        time.sleep(0.5)
        return seconds, max(map(servers.pss, [*_children(pid), *([pid] if processes == 1 else [])]))


def _first_page(port: int, started: float, log: Path) -> None:
    while True:
        try:
            return _get(port, "/login")
        except OSError:
            if time.monotonic() - started > 30:
                raise TimeoutError(log.read_text()[-2000:]) from None
            time.sleep(0.005)


def _get(port: int, path: str) -> None:
    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read()


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]

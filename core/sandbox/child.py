"""The sandbox as a process beside the app: `dealpay serve` starts it and takes it down again.

The two hold the ends of two pipes. The child writes a line to the one when it answers, and ends when
the other is closed, which the system does even for a parent that was killed.
"""

import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.plugin_host.loading import load
from core.sandbox.run import running
from core.settings import SettingsError, read_settings
from core.web.logging import configure

_STARTS_WITHIN = 30.0  # seconds
_STOPS_WITHIN = 10.0


@contextmanager
def child(ini: str) -> Iterator[Callable[[], None]]:
    """The sandbox as a process that ends with this one; the function given waits until it answers."""
    process = subprocess.Popen(
        # -P: a folder "plugins" where the operator stands is not our package of that name.
        [sys.executable, "-P", "-m", "core.sandbox", ini],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for the parent, which needs the sandbox until it has finished.
        process_group=0,
    )
    try:
        yield lambda: _wait_until_ready(process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_until_ready(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], _STARTS_WITHIN)
    if not readable:
        raise SettingsError(f"The sandbox did not start within {_STARTS_WITHIN:.0f} seconds.")
    if not process.stdout.readline():
        raise SettingsError("The sandbox did not start; its reason stands above.")


def serve(ini_settings: Mapping[str, str], folder: Path) -> None:
    """Serve until the process that started this one is gone, or says so; state is in ``folder``."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_wait_for_the_end, args=[stop], daemon=True).start()
    settings = read_settings(ini_settings)
    configure(settings.log_format)
    # The parent reads one line; whatever else is printed goes where a person sees it.
    told, sys.stdout = sys.stdout, sys.stderr
    plugins = load({**ini_settings, **settings.as_ini()})
    with running(settings, plugins, folder):
        told.write("ready\n")
        told.flush()
        stop.wait()


def _wait_for_the_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()

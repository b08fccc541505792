"""``dealpay worker``: runs jobs, on this host or on any number of them."""

import os
import signal
import threading
from collections.abc import Mapping
from typing import Any

import click

from core import main as make_app
from core.app import App
from core.cli.collector import collector_off
from core.cli.prepare import require_migrated
from core.cli.watching import answer_health
from core.jobs.engine import AlreadyRunning
from core.jobs.worker import Worker
from core.settings import AppSettings, SettingsError

#: A supervisor such as systemd or Docker waits this long and longer before it kills.
_PATIENCE = 20.0  # seconds


def work(ini: str, raw: Mapping[str, str], settings: AppSettings) -> None:
    """Run jobs until Ctrl-C or SIGTERM; what runs then may finish, and the rest is handed back.

    Raises SettingsError where the database isn't ready, or has its one local worker already.
    """
    require_migrated(ini, settings)
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    with collector_off():
        wsgi: Any = make_app({}, **raw)
    app: App = wsgi.registry.app
    worker = Worker(app)
    answer_health(wsgi, settings)
    try:
        worker.start()
        app.plugins.trace.start()
    except AlreadyRunning as error:
        raise SettingsError(
            f"Jobs are being run already: {error}. For several workers set dealpay.jobs = procrastinate."
        ) from None
    click.echo(f"Running jobs ({settings.jobs}, {settings.worker_threads} at a time). Stop: Ctrl-C")
    stop.wait()
    worker.stop(_PATIENCE)
    app.plugins.trace.stop()
    app.db.engine.dispose()
    # A call that hangs beyond its time was handed back; its thread must not keep the process.
    os._exit(0)

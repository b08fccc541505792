"""``dealpay serve`` and ``dealpay demo``."""

import errno
import signal
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click
import structlog
from waitress.server import create_server

from core import main as make_app
from core.app import App
from core.cli.collector import collector_off
from core.cli.prepare import prepare, require_migrated
from core.jobs.engine import AlreadyRunning
from core.jobs.worker import Worker
from core.sandbox import demo
from core.sandbox.child import child
from core.sandbox.run import answers, running
from core.settings import AppSettings, SettingsError
from core.web.body import LARGEST

log = structlog.get_logger(__name__)


def serve(ini: str, raw: Mapping[str, str], settings: AppSettings) -> None:
    """Serve until Ctrl-C or SIGTERM, then let what runs finish."""
    signal.signal(signal.SIGTERM, _interrupt)
    # The sandbox starts on the other core meanwhile.
    with _sandbox(ini, settings) as wait_for_sandbox:
        if settings.sandbox:
            prepare(raw, settings)
        else:
            require_migrated(ini, settings)
        with collector_off():
            wsgi: Any = make_app({}, **raw)
        app: App = wsgi.registry.app
        try:
            wait_for_sandbox()
            if settings.sandbox and demo.is_missing(app):
                demo.build(app)
            app.plugins.trace.start()
            _serve(wsgi, app)
        finally:
            app.plugins.trace.stop()
            app.db.engine.dispose()
            app.plugins.close()


def _serve(wsgi: Any, app: App) -> None:
    server = _listen(wsgi, app.settings)
    worker = _worker(app)
    click.echo(_where_to_click(app.settings))
    try:
        server.run()
    finally:
        server.close()
        if worker:
            worker.stop()


def reset_demo(raw: Mapping[str, str], settings: AppSettings, folder: Path) -> None:
    """Empty the development database and the simulators, and build the start state again.

    Raises SettingsError outside of a sandbox, before anything is touched.
    """
    if not settings.sandbox:
        raise SettingsError("dealpay demo deletes every workspace, so it needs dealpay.sandbox = true.")
    prepare(raw, settings)
    wsgi: Any = make_app({}, **raw)
    app: App = wsgi.registry.app
    served = nullcontext() if answers(settings) else running(settings, app.plugins, folder)
    with served:
        demo.reset_simulators(settings)
        demo.clear(app)
        demo.build(app)
    app.db.engine.dispose()


def _sandbox(ini: str, settings: AppSettings) -> AbstractContextManager[Callable[[], None]]:
    return child(ini) if settings.sandbox else nullcontext(lambda: None)


def _listen(wsgi: Any, settings: AppSettings) -> Any:
    try:
        listen = f"{settings.host}:{settings.port}"
        # The app refuses what is larger than LARGEST; this is how much of it reaches the disk first.
        return create_server(
            wsgi, listen=listen, threads=settings.web_threads, max_request_body_size=16 * LARGEST
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise SettingsError(
            f"Something listens on port {settings.port} already. Stop it, or choose another port "
            "(dealpay.port, or `make run PORT=...`)."
        ) from None


def _worker(app: App) -> Worker | None:
    if not app.settings.run_jobs:
        return None
    worker = Worker(app, alone=app.settings.jobs == "local")
    try:
        worker.start()
    except AlreadyRunning as error:
        log.error("jobs.not_run_here", reason=str(error))
        return None
    return worker


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _where_to_click(settings: AppSettings) -> str:
    lines = [f"\n  Dealpay        {settings.public_url}/"]
    if settings.sandbox:
        lines += [
            f"  Sandbox        {settings.sandbox_url}/   <- start here: it says where to click",
            f"  Sign in        {demo.OWNER} or {demo.REP}, password {demo.PASSWORD}",
        ]
    return "\n".join([*lines, "  Stop           Ctrl-C\n"])

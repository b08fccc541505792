"""``dealpay serve`` and ``dealpay demo``."""

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
from core.cli.prepare import prepare
from core.jobs.local import AlreadyDispatched, LocalDispatcher
from core.sandbox import demo
from core.sandbox.run import answers, child, running
from core.settings import AppSettings

_THREADS = 16
log = structlog.get_logger(__name__)


def serve(ini: str, raw: Mapping[str, str], settings: AppSettings) -> None:
    """Serve until Ctrl-C or SIGTERM, then let what runs finish."""
    if settings.sandbox:
        prepare(settings)
    with _sandbox(ini, settings) as wait_for_sandbox:
        wsgi: Any = make_app({}, **raw)
        app: App = wsgi.registry.app
        wait_for_sandbox()
        if settings.sandbox and demo.is_missing(app):
            demo.build(app)
        dispatcher = _dispatcher(app)
        server = create_server(wsgi, listen=f"localhost:{settings.port}", threads=_THREADS)
        signal.signal(signal.SIGTERM, _interrupt)
        click.echo(_where_to_click(settings))
        try:
            server.run()
        finally:
            server.close()
            if dispatcher:
                dispatcher.stop()
            app.db.engine.dispose()


def reset_demo(raw: Mapping[str, str], settings: AppSettings, folder: Path) -> None:
    """Empty the development database and the simulators, and build the start state again."""
    wsgi: Any = make_app({}, **raw)
    app: App = wsgi.registry.app
    served = nullcontext() if answers(settings) else running(settings, app.plugins, folder)
    with served:
        demo.reset_simulators(settings)
        demo.clear(app)
        demo.build(app)
    app.db.engine.dispose()


def _sandbox(ini: str, settings: AppSettings) -> AbstractContextManager[Callable[[], None]]:
    return child(ini, settings) if settings.sandbox else nullcontext(lambda: None)


def _dispatcher(app: App) -> LocalDispatcher | None:
    if not app.settings.run_jobs:
        return None
    dispatcher = LocalDispatcher(app)
    try:
        dispatcher.start()
    except AlreadyDispatched as error:
        log.error("jobs.not_run_here", reason=str(error))
        return None
    return dispatcher


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

"""Whether this process is alive, and whether it and those it needs can do their work."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

import structlog
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from core.app import App
from core.db.session import ALL_TENANTS
from core.db.version import behind
from core.jobs.figures import silence_allowed
from core.jobs.models import JobWorker
from core.web.pages import machine

log = structlog.get_logger(__name__)

OK = "ok"
_PATIENCE = 2.0  # seconds


@machine("healthz")
def alive(request: Request) -> Response:
    """200 as long as the process answers."""
    return Response("ok\n", content_type="text/plain", charset="utf-8")


@machine("readyz")
def ready(request: Request) -> Response:
    """200 where all is well, otherwise 503; either way a line for each check."""
    checks: Mapping[str, Check] = request.registry.checks
    asked = [(name, check.ask(request.app)) for name, check in checks.items()]
    until = time.monotonic() + _PATIENCE
    found = {name: _answer(name, future, until) for name, future in asked}
    well = all(state == OK for state in found.values())
    return Response(json_body=found, status=200 if well else 503)


class Check:
    """One thing to look at, in one thread: while it hangs, it fails at once when asked again."""

    def __init__(self, look: Callable[[App], str]):
        self.look = look
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readyz")

    def ask(self, app: App) -> "Future[str]":
        return self._thread.submit(self.look, app)


def _answer(name: str, asked: "Future[str]", until: float) -> str:
    try:
        return asked.result(max(0.0, until - time.monotonic()))
    except TookTooLong:
        asked.cancel()  # or those that never had their turn would pile up
        return f"no answer within {_PATIENCE:.0f} seconds"
    except SQLAlchemyError as error:
        log.warning("readyz.failed", check=name, error=type(error).__name__)
        return "unreachable"


def database(app: App) -> str:
    """It answers."""
    with app.db.engine.connect() as connection:
        connection.execute(text("select 1"))
    return OK


def migrations(app: App) -> str:
    """Its tables are those of this version, or of a later one: then others are being upgraded."""
    with app.db.engine.connect() as connection:
        return "needs `dealpay upgrade`" if behind(connection) else OK


def workers(app: App) -> str:
    """Somebody runs the jobs: without, payments are taken in and lead to nothing."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        seen_at = session.scalar(select(func.max(JobWorker.seen_at)))
    if seen_at is None:
        return "no worker runs: start `dealpay worker`"
    silence = app.clock() - seen_at
    if silence > silence_allowed(app):
        return f"no worker was seen for {silence.total_seconds():.0f} seconds"
    return OK


def includeme(config: Configurator) -> None:
    """``/healthz`` and ``/readyz``."""
    config.registry.checks = {look.__name__: Check(look) for look in (database, migrations, workers)}
    config.add_route("healthz", "/healthz")
    config.add_route("readyz", "/readyz")
    config.scan(__name__)

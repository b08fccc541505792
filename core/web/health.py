"""Whether this process is alive, and whether it can do its work."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

import structlog
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.db.version import behind
from core.web.pages import machine

log = structlog.get_logger(__name__)

_PATIENCE = 2.0  # seconds

# One thread: while a check hangs, the next ones fail at once instead of piling up.
_checker = ThreadPoolExecutor(1, thread_name_prefix="readyz")


@machine("healthz")
def alive(request: Request) -> Response:
    """200 as long as the process answers."""
    return Response("ok\n", content_type="text/plain", charset="utf-8")


@machine("readyz")
def ready(request: Request) -> Response:
    """200 where the database answers in time and has this version's tables; 503 and why otherwise."""
    try:
        state = _checker.submit(_database, request.app.db.engine).result(_PATIENCE)
    except TookTooLong:
        state = f"no answer within {_PATIENCE:.0f} seconds"
    status = 200 if state == "ok" else 503
    return Response(json_body={"database": state}, status=status)


def _database(engine: Engine) -> str:
    try:
        with engine.connect() as connection:
            return "needs `dealpay upgrade`" if behind(connection) else "ok"
    except SQLAlchemyError as error:
        log.warning("readyz.database", error=type(error).__name__)
        return "unreachable"


def includeme(config: Configurator) -> None:
    """``/healthz`` and ``/readyz``."""
    config.add_route("healthz", "/healthz")
    config.add_route("readyz", "/readyz")
    config.scan(__name__)

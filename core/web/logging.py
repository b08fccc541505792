"""Log lines as data: a constant event name, ids beside it, and the reference of the request.

Lines of libraries take the same way, so that nothing leaves unredacted.
"""

import logging
import sys
import time
from collections.abc import Callable, MutableMapping
from functools import cache
from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW

from core.figures import REQUEST_SECONDS, REQUESTS
from core.plugin_host.tracing import Purpose, made_for
from core.web.redaction import processor as redact

log = structlog.get_logger(__name__)

# The library takes as long to find a counter as to count.
_count, _time = cache(REQUESTS.labels), cache(REQUEST_SECONDS.labels)

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]


def configure(log_format: str) -> None:
    """Set up logging for this process, unless the program it runs in has done so.

    ``log_format`` is ``console`` or ``json``.
    """
    structlog.configure(
        processors=[*_SHARED, _hand_over],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(log_format))
    # Does nothing where the root logger has a handler already.
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _hand_over(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    args, more = structlog.stdlib.ProcessorFormatter.wrap_for_formatter(logger, method, event)
    # The traceback is in the event, redacted; the record would carry it once more, as it was.
    return args, {**more, "exc_info": None}


def formatter(log_format: str) -> logging.Formatter:
    """Renders lines of structlog and of the standard library alike."""
    rendering: list[Any] = [structlog.processors.JSONRenderer()]
    if log_format == "console":
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=0,
            sort_keys=False,
            exception_formatter=structlog.dev.plain_traceback,
        )
        rendering = [_for_a_person, console]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )


def _for_a_person(logger: Any, method: str, event: Any) -> Any:
    """What somebody who watches the lines go by can do without."""
    event["timestamp"] = event["timestamp"][11:19]
    event.pop("logger", None)
    return event


def log_requests(handler: Callable[[Request], Response], registry: Any) -> Callable[[Request], Response]:
    """A tween: one line for each request, by the name of its route; its path may hold a token."""

    lines = log.bind()  # once, rather than for each line

    def logged(request: Request) -> Response:
        started = time.perf_counter()
        purpose = Purpose(lambda: _tenant_of(request), "request", request.reference)
        with (
            structlog.contextvars.bound_contextvars(reference=request.reference),
            made_for(purpose),
        ):
            try:
                response = handler(request)
            except Exception:
                # The commit failed: that happens outside of Pyramid's own exception views.
                response = request.invoke_exception_view()
            seconds = time.perf_counter() - started
            route = _route_of(request)
            _count(route, response.status_int).inc()
            _time(route).observe(seconds)
            lines.log(
                # A page names a dozen static files.
                logging.DEBUG if route == "static" else logging.INFO,
                "request",
                method=request.method,
                route=route,
                status=response.status_int,
                ms=round(seconds * 1000),
            )
        return response

    return logged


def _tenant_of(request: Request) -> str | None:
    return request.identity.tenant_id if request.identity else None


def _route_of(request: Request) -> str:
    route = getattr(request, "matched_route", None)
    if route is None:
        return "none"
    return "static" if route.name.startswith("__static") else str(route.name)


def includeme(config: Configurator) -> None:
    """A line for each request, and its place in the figures."""
    config.add_tween(f"{__name__}.log_requests", over=["pyramid_tm.tm_tween_factory", EXCVIEW])

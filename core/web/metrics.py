"""``/metrics`` for Prometheus: what the rows say, the same from every process, and what the
processes of this host have counted about themselves."""

import hmac
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy.exc import SQLAlchemyError

from core.app import App
from core.jobs import figures as jobs
from core.web.pages import machine

log = structlog.get_logger(__name__)

_KEPT = 10.0  # seconds
Figures = Callable[[App], Iterable[Metric]]


class FromRows(Collector):
    """What the domains read from the database; asked more often, the answer is a few seconds old."""

    def __init__(self, registry: Any):
        self.functions: list[Figures] = []
        self._pyramid = registry
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._kept: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() > self._read_at + _KEPT:
                self._kept, self._read_at = self._read(self._pyramid.app), time.monotonic()
            return self._kept

    def describe(self) -> Iterable[Metric]:
        """Nothing: otherwise the library would collect at the start, to see what there is."""
        return []

    def _read(self, app: App) -> list[Metric]:
        up = GaugeMetricFamily("dealpay_database_up", "Whether the database could be read from.")
        try:
            found = [metric for function in self.functions for metric in function(app)]
        except SQLAlchemyError as error:
            log.warning("metrics.database", error=type(error).__name__)
            found = []
        up.add_metric([], int(bool(found)))
        return [up, *found]


@machine("metrics")
def metrics(request: Request) -> Response:
    """The figures, for whoever knows the token; a 404 where the operator has set none."""
    token = request.app.settings.metrics_token
    if not token:
        raise HTTPNotFound
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    text = generate_latest(request.registry.figures) + generate_latest(_counted())
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _counted() -> CollectorRegistry:
    """What this process has counted; with several, what all of this host have."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def includeme(config: Configurator) -> None:
    """``/metrics``, and ``config.add_figures(function)`` for what a domain reads from its rows."""
    rows = FromRows(config.registry)
    config.registry.figures = CollectorRegistry()
    config.registry.figures.register(rows)
    config.add_directive("add_figures", lambda _, function: rows.functions.append(function))
    config.add_figures(jobs.figures)
    config.add_route("metrics", "/metrics")
    config.scan(__name__)

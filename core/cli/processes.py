"""``dealpay serve`` with several web processes: gunicorn, told by our own settings."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.errors import AppImportError
from gunicorn.glogging import Logger
from pyramid.exceptions import ConfigurationError

from core.cli.collector import collector_off
from core.cli.prepare import require_migrated
from core.settings import AppSettings, SettingsError

#: Seconds in which what runs may end, once the processes were told to stop.
_GRACE = 30
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_MEMORY = "/dev/shm"  # noqa: S108  a folder of the system's, for files that never touch a disk


def serve(ini: str, raw: Mapping[str, str], settings: AppSettings) -> None:
    """Serve until SIGTERM, then let what runs finish. Jobs are `dealpay worker`'s, not ours."""
    require_migrated(ini, settings)
    _share_figures(settings)
    from core.web.logging import configure

    configure(settings.log_format)
    Processes(raw, settings).run()


class Processes(BaseApplication):
    """One process that watches over the others, and never loads the app itself: it stays small,
    and no connection or thread is copied into the processes that it starts."""

    def __init__(self, raw: Mapping[str, str], settings: AppSettings):
        self._raw, self._settings = raw, settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI app, in a web process."""
        from core import main as make_app

        try:
            with collector_off():
                wsgi: Any = make_app({}, **self._raw)
            wsgi.registry.plugins.trace.start()
            return wsgi
        except (SettingsError, ConfigurationError) as error:
            # gunicorn prints it in a line, and stops.
            raise AppImportError(f"dealpay: {getattr(error, 'evalue', error)}") from None


def options(settings: AppSettings) -> dict[str, Any]:
    """gunicorn's settings."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.web_processes,
        "threads": settings.web_threads,
        "worker_class": "core.cli.web_worker.WebWorker",
        # A process whose loop says nothing for so long is replaced.
        "timeout": 30,
        "graceful_timeout": _GRACE,
        # Longer than proxies keep an idle connection, so that they don't use one that we just closed.
        "keepalive": 75,
        # Heartbeats are files; on a disk that is busy they'd come late.
        "worker_tmp_dir": _MEMORY if Path(_MEMORY).is_dir() else None,
        # Whose request it is and whether it came by https, core.web.proxies finds out.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "logger_class": Lines,
        "control_socket_disable": True,
        "on_exit": _clear_figures,
    }


class Lines(Logger):
    """gunicorn's own lines take the way of all others: as data, redacted."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def _share_figures(settings: AppSettings) -> None:
    """Say where the processes put their figures, so that each can show those of all at /metrics.

    The library looks for it when it is imported.
    """
    if settings.metrics_token:
        os.environ.setdefault(_FIGURES, tempfile.mkdtemp(prefix="dealpay-figures-"))


def _clear_figures(server: Any) -> None:
    if _FIGURES in os.environ:
        shutil.rmtree(os.environ[_FIGURES], ignore_errors=True)

"""What a worker answers on a port of its own: whether it lives, and what it has counted."""

import errno
import threading
from collections.abc import Callable, Iterable
from typing import Any

from waitress.server import create_server

from core.settings import AppSettings, SettingsError

_PAGES = ("/healthz", "/readyz", "/metrics")


def answer_health(wsgi: Any, settings: AppSettings) -> None:
    """Answer on dealpay.worker_port, where it is set, until the process ends; to nothing else of the
    app. Raises SettingsError where somebody else listens there."""
    if not settings.worker_port:
        return
    try:
        listen = f"{settings.host}:{settings.worker_port}"
        server = create_server(_only(wsgi), listen=listen, threads=2)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise SettingsError(
            f"Something listens on port {settings.worker_port} already: set dealpay.worker_port."
        ) from None
    threading.Thread(target=server.run, name="health", daemon=True).start()


def _only(wsgi: Any) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] in _PAGES:
            answered: Iterable[bytes] = wsgi(environ, start_response)
            return answered
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"a worker has /healthz, /readyz and /metrics\n"]

    return answer

"""Serve a WSGI app on a port of this machine for as long as a test needs it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from waitress.server import create_server


class Server:
    """A WSGI app on ``host``; port 0 takes a free one. ``app`` may be set after the port is known."""

    def __init__(self, app: Any = None, *, host: str = "127.0.0.1", port: int = 0, threads: int = 16):
        self.app = app
        self._server = create_server(
            lambda environ, start: self.app(environ, start), host=host, port=port, threads=threads
        )
        self.url = f"http://{host}:{self._server.effective_port}"
        self._stopping = threading.Event()

    def run(self) -> None:
        """Serve until ``stop`` is called from another thread."""
        while not self._stopping.is_set():
            self._server.asyncore.loop(timeout=1, map=self._server._map, count=1)
        self._server.task_dispatcher.shutdown()
        for dispatcher in list(self._server._map.values()):
            dispatcher.close()

    def stop(self) -> None:
        self._stopping.set()
        with suppress(OSError):  # it has seen it by itself
            self._server.pull_trigger()


@contextmanager
def serve(
    make_app: Callable[[str], Any], *, host: str = "127.0.0.1", threads: int = 16
) -> Iterator[str]:
    """The URL of ``make_app(url)``, served on a free port."""
    server = Server(host=host, threads=threads)
    server.app = make_app(server.url)
    thread = threading.Thread(target=server.run, name=f"serve {server.url}", daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(timeout=5)

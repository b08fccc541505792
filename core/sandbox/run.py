"""The simulators put together, and served on the sandbox's port."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests

from core.plugin_host.kinds import Kind
from core.plugin_host.registry import PluginRegistry
from core.sandbox.mailbox import Mailbox, listen
from core.sandbox.server import Sandbox
from core.settings import AppSettings, SettingsError
from core.testing.server import Server
from core.testing.store import Store

_THREADS = 32


def build(settings: AppSettings, plugins: PluginRegistry, folder: Path | None) -> Sandbox:
    """The sandbox's WSGI app; its state is kept in ``folder``, or in memory.

    Raises SettingsError outside of a sandbox: simulators never load in production.
    """
    if not settings.sandbox or not settings.sandbox_url:
        raise SettingsError("dealpay.sandbox is off, and simulators load nowhere else")
    path = folder / "sandbox.sqlite" if folder else None
    sandbox = Sandbox(settings.sandbox_url, settings.public_url, Mailbox(Store(path, "mail")))
    crms = set()
    for plugin in plugins.plugins:
        factory = plugin.simulator_factory()
        if factory is None:
            continue
        sandbox.simulators[plugin.id] = factory(
            base_url=f"{settings.sandbox_url}/{plugin.id}",
            app_url=settings.public_url,
            store=Store(path, plugin.id),
        )
        # Of several CRMs a workspace has one: that of the demo is where a newcomer begins.
        is_crm = plugin.manifest and Kind.CRM_CONNECTOR in plugin.manifest.kinds
        if is_crm and getattr(sandbox.simulators[plugin.id], "demo", None):
            crms.add(plugin.id)
    sandbox.crms = frozenset(crms)
    return sandbox


@contextmanager
def running(
    settings: AppSettings, plugins: PluginRegistry, folder: Path | None = None
) -> Iterator[Sandbox]:
    """The sandbox on its port and its mail server, served by threads of this process.

    Raises SettingsError where one of the ports is taken.
    """
    sandbox = build(settings, plugins, folder)
    with ExitStack() as opened:
        opened.callback(sandbox.close)
        try:
            _open(sandbox, settings, opened)
        except OSError as error:
            raise SettingsError(
                f"The sandbox needs {sandbox.url} and {settings.mail_url} for itself: "
                f"{error.strerror}. Stop what runs there, or choose another port "
                "(dealpay.port, or `make run PORT=...`)."
            ) from None
        yield sandbox


def _open(sandbox: Sandbox, settings: AppSettings, opened: ExitStack) -> None:
    place, mail = _address(sandbox.url), _address(settings.mail_url)
    for address in (place, mail):
        # Here, because the servers would wait for seconds, or leave half of themselves behind.
        socket.create_server(address).close()
    server = Server(sandbox, host=place[0], port=place[1], threads=_THREADS)
    thread = threading.Thread(target=server.run, name="sandbox", daemon=True)
    thread.start()
    opened.callback(thread.join, timeout=5)
    opened.callback(server.stop)
    smtp = listen(sandbox.mailbox, *mail)
    opened.callback(smtp.stop)


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if not parts.hostname or not parts.port:
        raise SettingsError(f"The sandbox listens at {url}, so that has to name a host and a port.")
    return parts.hostname, parts.port


def answers(settings: AppSettings) -> bool:
    """Whether a sandbox is being served already."""
    try:
        return requests.get(f"{settings.sandbox_url}/", timeout=1).ok
    except requests.RequestException:
        return False

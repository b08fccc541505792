"""Starting the sandbox: in a process of its own (`make run`), or in a thread for a test."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests

from core.plugin_host.kinds import Kind
from core.plugin_host.loading import load
from core.plugin_host.registry import PluginRegistry
from core.sandbox.mailbox import Mailbox, listen
from core.sandbox.server import Sandbox
from core.settings import AppSettings, SettingsError, read_settings
from core.testing.server import Server
from core.testing.store import Store

_THREADS = 32
_READY = 20.0  # seconds until the sandbox must answer


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
        if plugin.manifest and Kind.CRM_CONNECTOR in plugin.manifest.kinds:
            crms.add(plugin.id)
    sandbox.crms = frozenset(crms)
    return sandbox


@contextmanager
def running(
    settings: AppSettings, plugins: PluginRegistry, folder: Path | None = None
) -> Iterator[Sandbox]:
    """The sandbox on its port and its mail server, served by threads of this process."""
    sandbox = build(settings, plugins, folder)
    place, mail = urlsplit(sandbox.url), urlsplit(settings.mail_url)
    assert place.hostname
    assert place.port
    server = Server(sandbox, host=place.hostname, port=place.port, threads=_THREADS)
    smtp = listen(sandbox.mailbox, mail.hostname or "127.0.0.1", mail.port or 25)
    thread = threading.Thread(target=server.run, name="sandbox", daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        smtp.stop()
        server.stop()
        thread.join(timeout=5)


@contextmanager
def child(ini: str, settings: AppSettings) -> Iterator[Callable[[], None]]:
    """The sandbox as a process that ends with this one; the function given waits until it answers."""
    process = subprocess.Popen([sys.executable, "-m", "core.sandbox", ini], stdin=subprocess.PIPE)
    try:
        yield lambda: _wait_until_ready(settings, process)
    finally:
        process.terminate()
        process.wait(timeout=10)


def answers(settings: AppSettings) -> bool:
    """Whether a sandbox is being served already."""
    try:
        return requests.get(f"{settings.sandbox_url}/", timeout=1).ok
    except requests.RequestException:
        return False


def _wait_until_ready(settings: AppSettings, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SettingsError(f"The sandbox stopped at once (exit code {process.returncode}).")
        if answers(settings):
            return
        time.sleep(0.05)
    raise SettingsError(f"The sandbox doesn't answer at {settings.sandbox_url}.")


def main(ini_settings: Mapping[str, str], folder: Path) -> None:
    """Serve until the process that started this one is gone, or says so."""
    settings = read_settings(ini_settings)
    plugins = load(with_sandbox(ini_settings, settings))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends this one
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    with running(settings, plugins, folder):
        stop.wait()


def with_sandbox(ini_settings: Mapping[str, str], settings: AppSettings) -> dict[str, str]:
    """The ini settings with the sandbox's address in them, for the plugins' options."""
    return {**ini_settings, "dealpay.sandbox_url": settings.sandbox_url or ""}

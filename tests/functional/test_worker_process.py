"""`dealpay worker` beside the web processes: seen by them, and watched on a port of its own."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.production import TOKEN, Host, wait_for
from tests.support import Databases, free_port


@pytest.fixture
def host(tmp_path: Path, databases: Databases) -> Host:
    return Host(tmp_path, databases.fresh(), more={"DEALPAY_WORKER_PORT": str(free_port())})


def get(host: Host, path: str) -> requests.Response:
    url = f"http://127.0.0.1:{host.more['DEALPAY_WORKER_PORT']}{path}"
    return requests.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)


def listens(host: Host) -> bool:
    try:
        return get(host, "/healthz").ok
    except requests.ConnectionError:
        return False


def test_a_worker_answers_for_itself_and_makes_the_web_processes_ready(host: Host) -> None:
    with host.running():
        assert requests.get(f"{host.url}/readyz", timeout=10).status_code == 503
        with host.running("worker"):
            wait_for(lambda: listens(host))
            wait_for(lambda: get(host, "/readyz").ok)
            assert requests.get(f"{host.url}/readyz", timeout=10).json()["workers"] == "ok"
            assert 'dealpay_workers{version="' in get(host, "/metrics").text
            assert get(host, "/login").status_code == 404
        answer = requests.get(f"{host.url}/readyz", timeout=10)
    assert answer.json()["workers"] == "no worker runs: start `dealpay worker`"


def test_a_taken_port_of_the_worker_is_said(host: Host) -> None:
    port = host.more["DEALPAY_WORKER_PORT"]
    with socket.create_server(("127.0.0.1", int(port))):
        said = host.say("worker")
    assert said == f"dealpay: Something listens on port {port} already: set dealpay.worker_port.\n"


_IMPORTED = """
import sys
from pyramid.paster import get_appsettings
from webtest import TestApp
from core import main
wsgi = main({}, **get_appsettings("production.ini"))
for path in ("/login", "/readyz", "/healthz"):
    TestApp(wsgi).get(path, status="*")
TestApp(wsgi).post("/webhooks/stripe/none", b"{}", status=404)
print(*sorted({"alembic", "procrastinate", "core.sandbox", "core.testing"} & sys.modules.keys()))
wsgi.registry.app.db.engine.dispose()
"""


def test_a_web_process_is_spared_what_others_need(host: Host) -> None:
    """The libraries alone are 90 MB: what migrates or runs jobs isn't among them."""
    python = [sys.executable, "-W", "ignore", "-c", _IMPORTED]
    done = subprocess.run(python, cwd=host.folder, env=host.environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr

"""The proxy of docs/operate.md in front of the web processes: real nginx, real TLS."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from requests.adapters import HTTPAdapter

from tests.machine import BLOCKS, program
from tests.production import Host, sign_in, wait_for
from tests.support import SqliteFiles, free_port

NAME = "pay.example.com"
VISITOR = "127.0.0.2"  # this machine too, but not the proxy's own address
MAIN = """
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


class FromElsewhere(HTTPAdapter):
    """Requests come from VISITOR."""

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        super().init_poolmanager(*given, **more, source_address=(VISITOR, 0))


class Proxy:
    """nginx, and somebody who visits the site through it."""

    def __init__(self, folder: Path, host: Host):
        self.folder, self.host = folder, host
        self.https, self.http = free_port(), free_port()
        make_certificate(folder)
        self.session = requests.Session()
        self.session.mount("https://", FromElsewhere())
        self.session.verify = str(folder / "fullchain.pem")
        self.session.trust_env = False  # it may name other certificates

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https}"

    def configuration(self) -> str:
        """The page's, with the ports and files of the test."""
        site = BLOCKS["file: /etc/nginx/conf.d/dealpay.conf"]
        for theirs, ours in {
            "127.0.0.1:6543": f"127.0.0.1:{self.host.port}",
            "listen 443 ssl": f"listen 127.0.0.1:{self.https} ssl",
            "listen 80": f"listen 127.0.0.1:{self.http}",
            f"/etc/letsencrypt/live/{NAME}": str(self.folder),
        }.items():
            assert theirs in site
            site = site.replace(theirs, ours)
        return MAIN.format(folder=self.folder, site=site)

    def get(self, path: str) -> requests.Response:
        headers = {"Host": NAME, "Accept": "text/html"}
        return self.session.get(self.url + path, headers=headers, timeout=20, allow_redirects=False)

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.folder / "fullchain.pem")
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=10)
        return context.wrap_socket(plain, server_hostname="localhost")


def make_certificate(folder: Path) -> None:
    """A certificate for localhost that nobody but the test believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(secret)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    nginx = program("nginx")
    folder = tmp_path_factory.mktemp("host")
    files = SqliteFiles(tmp_path_factory.mktemp("template"))
    host = Host(folder, files.fresh(), more={"DEALPAY_TRUSTED_PROXIES": "127.0.0.1"})
    proxy = Proxy(tmp_path_factory.mktemp("nginx"), host)
    file = proxy.folder / "nginx.conf"
    file.write_text(proxy.configuration())
    command = [
        nginx,
        "-e",
        proxy.folder / "error.log",
        "-c",
        file,
        "-g",
        "daemon off; master_process off;",
    ]
    with host.running():
        running = subprocess.Popen(command)
        try:
            wait_for(lambda: _listens(proxy.https))
            yield proxy
        finally:
            proxy.session.close()
            running.terminate()
            running.wait(timeout=20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_pages_come_through_it_and_may_be_framed_as_the_app_says(proxy: Proxy) -> None:
    page = proxy.get("/login")
    assert page.status_code == 200
    assert "Sign in" in page.text
    assert "X-Frame-Options" not in page.headers
    assert page.headers["Strict-Transport-Security"]


def test_the_visitor_is_seen_through_it_and_cannot_pretend(proxy: Proxy) -> None:
    with proxy.host.refused_sign_ins() as addresses:
        sign_in(proxy.url, proxy.session, {})
        sign_in(proxy.url, proxy.session, {"X-Forwarded-For": "203.0.113.9"})
    assert addresses == [VISITOR, VISITOR]


def test_plain_http_is_sent_on_to_https(proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.http}/login"
    answer = requests.get(url, headers={"Host": NAME}, allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/login")


def test_the_figures_are_not_for_everybody(proxy: Proxy) -> None:
    assert proxy.get("/metrics").status_code == 404


def test_a_large_body_stops_at_the_proxy(proxy: Proxy) -> None:
    answer = proxy.session.post(f"{proxy.url}/webhooks/stripe/none", b"x" * 2_000_000, timeout=20)
    assert answer.status_code == 413


def test_fifty_slow_uploads_hold_nobody_up(proxy: Proxy) -> None:
    clients = [proxy.connect() for _ in range(50)]
    stop = threading.Event()
    for client in clients:
        client.sendall(b"POST /webhooks/stripe/none HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")

    def drip() -> None:
        while not stop.wait(0.1):
            for client in clients:
                with suppress(OSError):
                    client.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        for _ in range(20):
            assert proxy.get("/healthz").elapsed < timedelta(seconds=1)
            stop.wait(0.05)
    finally:
        stop.set()
        thread.join()
        for client in clients:
            client.close()

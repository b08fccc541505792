"""Calls to hosts that users name: by https, to the very address that was looked at."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.api.errors import Rejected
from core.plugin_host import addresses
from core.plugin_host.http import BoundedAdapter, BoundedSession, allowed_origins
from core.plugin_host.public_http import PublicAdapter, adapter_for

HOST = "receiver.example"


class Receiver:
    """A server with a certificate for HOST; ``hosts`` are the Host headers it has seen."""

    def __init__(self, folder: Path):
        self.hosts: list[str] = []
        self.certificate = _certificate(folder)
        seen = self.hosts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.append(self.headers["Host"])
                if self.path == "/away":
                    self.send_response(307)
                    self.send_header("Location", "https://169.254.169.254/latest")
                else:
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Not to the output of the tests."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _certificate(folder: Path) -> Path:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]),
    )
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "receiver.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    server = Receiver(tmp_path)
    yield server
    server.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name leads to this machine, which stands for the internet; which names were asked for.

    A name that is asked for again leads to the metadata of a cloud.
    """
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        found = "127.0.0.1" if asked.count(host) == 1 or host == "127.0.0.1" else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(addresses, "is_public", lambda address: str(address) == "127.0.0.1")
    return asked


@pytest.fixture
def session() -> BoundedSession:
    return BoundedSession(PublicAdapter("hooks", frozenset()), 5)


def test_it_is_sent_to_the_address_that_was_looked_at(
    session: BoundedSession, receiver: Receiver, asked: list[str]
) -> None:
    url = f"https://{HOST}:{receiver.port}/hook"
    assert session.post(url, verify=str(receiver.certificate)).status_code == 200
    assert receiver.hosts == [f"{HOST}:{receiver.port}"]
    assert asked.count(HOST) == 1


def test_the_certificate_is_that_of_the_name(
    session: BoundedSession, receiver: Receiver, asked: list[str]
) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        session.post(f"https://other.example:{receiver.port}/", verify=str(receiver.certificate))
    with pytest.raises(requests.exceptions.SSLError):
        session.post(f"https://{HOST}:{receiver.port}/", timeout=2)
    assert receiver.hosts == []


@pytest.mark.parametrize(
    ("url", "host", "named"),
    [
        ("https://bücher.example/", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://BÜCHER.example:8443/", "xn--bcher-kva.example", "xn--bcher-kva.example:8443"),
        ("https://receiver.example:443/", HOST, HOST),
        ("https://receiver.example:22/", HOST, f"{HOST}:22"),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", "[2606:4700:4700::1111]"),
        ("https://[2606:4700:4700::1111]:8443/", "2606:4700:4700::1111", "[2606:4700:4700::1111]:8443"),
    ],
)
def test_the_name_is_looked_up_and_told_as_it_is_written_in_dns(
    asked: list[str], url: str, host: str, named: str
) -> None:
    request = requests.Request("POST", url).prepare()
    where, how = PublicAdapter("hooks", frozenset()).build_connection_pool_key_attributes(request, True)
    assert (asked, where["host"], how["server_hostname"]) == ([host], "127.0.0.1", host)
    assert how["assert_hostname"] == host
    assert request.headers["Host"] == named


@pytest.mark.parametrize("host", ["receiver.example", "[2606:4700:4700::1111]"])
def test_what_stands_before_an_at_is_no_host(
    session: BoundedSession, asked: list[str], host: str
) -> None:
    """A reader takes the first name for the host; the request goes to the last."""
    with pytest.raises(Rejected) as caught:
        session.post(f"https://example.com@{host}/")
    assert caught.value.code == "host_not_allowed"
    assert asked == []


def test_a_name_that_leads_elsewhere_the_second_time(
    session: BoundedSession, receiver: Receiver, asked: list[str]
) -> None:
    url = f"https://{HOST}:{receiver.port}/hook"
    session.post(url, verify=str(receiver.certificate))
    with pytest.raises(Rejected) as caught:
        session.post(url, verify=str(receiver.certificate))
    assert caught.value.code == "address_not_public"
    assert receiver.hosts == [f"{HOST}:{receiver.port}"]


def test_a_redirect_elsewhere_is_not_followed(
    session: BoundedSession, receiver: Receiver, asked: list[str]
) -> None:
    url = f"https://{HOST}:{receiver.port}/away"
    with pytest.raises(requests.RequestException):
        session.post(url, verify=str(receiver.certificate))
    assert "169.254.169.254" not in asked


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "https://user:password@receiver.example/",
        "ftp://receiver.example/",
        "https:///hook",
    ],
)
def test_what_is_no_plain_https_is_refused(session: BoundedSession, url: str) -> None:
    with pytest.raises((Rejected, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)):
        session.post(url)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://[::ffff:10.0.0.8]/",
     "https://169.254.169.254/latest/meta-data"],
)  # fmt: skip
def test_nothing_private_is_called(session: BoundedSession, url: str) -> None:
    with pytest.raises(Rejected) as caught:
        session.post(url)
    assert caught.value.code == "address_not_public"


def test_what_the_operator_names_is_called_as_it_is(receiver: Receiver) -> None:
    origins = allowed_origins(["*"], [f"https://127.0.0.1:{receiver.port}/any/path"])
    session = BoundedSession(PublicAdapter("hooks", origins), 5)
    with pytest.raises(requests.exceptions.SSLError):  # of another name: it came as far as that
        session.post(f"https://127.0.0.1:{receiver.port}/", verify=str(receiver.certificate))


def test_the_manifest_decides() -> None:
    assert type(adapter_for("hooks", ("*",), frozenset())) is PublicAdapter
    assert type(adapter_for("stripe", ("api.stripe.com",), frozenset())) is BoundedAdapter

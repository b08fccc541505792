"""The web processes of production: real gunicorn, real sockets, and clients who mean no good."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

import pytest
import requests

from tests.production import Host, children, sign_in, wait_for
from tests.support import SqliteFiles

THREADS = 4
MB = 1024 * 1024


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, "Popen[bytes]"]]:
    folder = tmp_path_factory.mktemp("host")
    files = SqliteFiles(tmp_path_factory.mktemp("template"))
    host = Host(folder, files.fresh(), more={"DEALPAY_TRUSTED_PROXIES": "127.0.0.1"})
    ini = folder / "production.ini"
    ini.write_text(ini.read_text().replace("web_threads = 16", f"web_threads = {THREADS}"))
    with host.running() as process:
        wait_for(lambda: len(children(process.pid)) == 2)
        yield host, process


def connect(host: Host) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", host.port), timeout=10)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def answer(client: socket.socket) -> str:
    """Everything up to the end of the connection, or of the first answer."""
    found = b""
    while chunk := client.recv(65536):
        found += chunk
        if b"\r\n\r\n" in found:
            break
    return found.decode("latin-1")


SLOW = {
    "a body": b"POST /webhooks/stripe/none HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
    "a head": b"POST /webhooks/stripe/none HTTP/1.1\r\nX-Slow: ",
    "chunks": b"POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    "too much": f"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: {10 * MB}\r\n\r\n".encode(),
    "nothing": b"",
}


@pytest.mark.parametrize("kind", SLOW)
def test_fifty_clients_that_send_ten_bytes_a_second_hold_nobody_up(
    host: tuple[Host, "Popen[bytes]"], kind: str
) -> None:
    ours, _ = host
    clients = [connect(ours) for _ in range(50)]
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.1):
            for client in clients:
                with suppress(OSError):  # it may have been refused already
                    client.send(b"x")

    for client in clients:
        client.sendall(SLOW[kind])
    thread = threading.Thread(target=drip)
    if SLOW[kind]:
        thread.start()
    try:
        slowest = 0.0
        for _ in range(20):
            started = time.monotonic()
            assert requests.get(f"{ours.url}/healthz", timeout=10).text == "ok\n"
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.05)
        assert slowest < 3, "held up, it waits as long as they do"
    finally:
        stop.set()
        if SLOW[kind]:
            thread.join()
        for client in clients:
            client.close()


def test_a_slow_upload_is_answered_once_it_is_there(host: tuple[Host, "Popen[bytes]"]) -> None:
    with connect(host[0]) as client:
        sent = (
            b"POST /webhooks/stripe/none HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n" + b"x" * 30
        )
        for place in range(0, len(sent), 7):
            client.sendall(sent[place : place + 7])
            time.sleep(0.01)
        assert answer(client).startswith("HTTP/1.1 404 ")


def test_requests_sent_in_one_go_are_answered_in_turn(host: tuple[Host, "Popen[bytes]"]) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    post = b"POST /webhooks/stripe/none HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    last = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with connect(host[0]) as client:
        client.sendall(one + post + one + last)
        found = b""
        while chunk := client.recv(65536):
            found += chunk
    assert re.findall(rb"HTTP/1.1 (\d+) ", found) == [b"200", b"404", b"200", b"200"]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"Content-Length: {10 * MB}", "413"),
        ("Transfer-Encoding: chunked", "411"),
        ("Content-Length: many", "400"),
    ],
)
def test_what_cannot_be_taken_is_refused_unread(
    host: tuple[Host, "Popen[bytes]"], head: str, status: str
) -> None:
    with connect(host[0]) as client:
        client.sendall(f"POST /webhooks/stripe/none HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n".encode())
        assert answer(client).startswith(f"HTTP/1.1 {status} ")


def test_ten_megabytes_at_once_are_refused_and_the_next_is_served(
    host: tuple[Host, "Popen[bytes]"],
) -> None:
    with connect(host[0]) as client:
        client.sendall(SLOW["too much"])
        with suppress(OSError):
            client.sendall(b"x" * 10 * MB)
        assert answer(client).startswith("HTTP/1.1 413 ")
    assert host[0].answers()


def test_an_endless_head_is_refused(host: tuple[Host, "Popen[bytes]"]) -> None:
    with connect(host[0]) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ")
        with suppress(OSError):
            for _ in range(100):
                client.sendall(b"x" * 10_000)
        assert answer(client).startswith("HTTP/1.1 431 ")


def test_a_client_that_leaves_halfway_leaves_nothing_behind(host: tuple[Host, "Popen[bytes]"]) -> None:
    for sent in SLOW.values():
        with connect(host[0]) as client:
            client.sendall(sent)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: host[0].answers(), range(64)))
    assert all(found)


def test_a_visitor_is_known_by_their_own_address_and_cannot_pretend_another(
    host: tuple[Host, "Popen[bytes]"],
) -> None:
    ours, _ = host
    with ours.refused_sign_ins() as addresses:
        for forwarded_for in ("198.51.100.7", "203.0.113.9, 198.51.100.8"):
            sign_in(ours.url, requests.Session(), {"X-Forwarded-For": forwarded_for})
    assert addresses == ["198.51.100.7", "198.51.100.8"]


def test_redirects_stay_on_https(host: tuple[Host, "Popen[bytes]"]) -> None:
    headers = {"Host": "pay.example.com", "Accept": "text/html"}
    found = requests.get(f"{host[0].url}/links", headers=headers, timeout=10, allow_redirects=False)
    assert found.status_code in (302, 303, 403)
    assert found.headers.get("Location", "https://pay.example.com/").startswith(
        "https://pay.example.com/"
    )


def test_the_processes_count_together(host: tuple[Host, "Popen[bytes]"]) -> None:
    def asked() -> float:
        """How often /readyz was, whether it found a worker or not."""
        begin = 'dealpay_http_requests_total{route="readyz"'
        return sum(count for name, count in host[0].metrics().items() if name.startswith(begin))

    before = asked()
    for _ in range(20):
        requests.get(f"{host[0].url}/readyz", timeout=10)
    assert {asked() for _ in range(5)} == {before + 20}


def test_a_process_that_is_killed_is_replaced(host: tuple[Host, "Popen[bytes]"]) -> None:
    ours, parent = host
    before = children(parent.pid)
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: len(set(children(parent.pid)) - {before[0]}) == 2)
    assert ours.answers()


def test_an_idle_web_process_stays_small(host: tuple[Host, "Popen[bytes]"]) -> None:
    for pid in children(host[1].pid):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
        assert found
        assert int(found[1]) < 100 * 1024


def test_no_token_of_an_address_is_in_the_log(host: tuple[Host, "Popen[bytes]"]) -> None:
    requests.get(f"{host[0].url}/verify/a-token-that-nobody-may-read", timeout=10)
    assert "nobody-may-read" not in host[0].log("serve")

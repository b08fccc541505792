"""Webhooks through a real server: many at once, far too large, never ending, and not what they say."""

import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from core.cli.serve import _listen
from core.web.body import LARGEST
from plugins.stripe_provider.simulator import signed
from plugins.stripe_provider.simulator.webhooks import signature
from tests.functional.test_webhooks import about
from tests.support import free_port
from tests.workspace import Workspace

MEGABYTE = 1024 * 1024
CLIENTS = 12


@pytest.fixture
def url(wsgi: Any, workspace: Workspace) -> Iterator[str]:
    """The webhook address on a server such as ``dealpay serve`` starts."""
    port, stopping = free_port(), threading.Event()
    server = _listen(wsgi, workspace.app.settings.model_copy(update={"port": port}))

    def run() -> None:
        while not stopping.is_set():
            server.asyncore.loop(timeout=0.05, map=server._map, count=1)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://localhost:{port}{workspace.webhook_path}"
    stopping.set()
    thread.join(timeout=30)
    server.task_dispatcher.shutdown()
    for dispatcher in list(server._map.values()):
        dispatcher.close()


def sign(workspace: Workspace, event: Any) -> tuple[bytes, dict[str, str]]:
    return signed(event, workspace.signing_secret(), int(workspace.app.clock().timestamp()))


def at_once(times: int, call: Callable[[], Any]) -> list[Any]:
    """What each call answers, CLIENTS of them at a time."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(lambda _: call(), range(times)))


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=10)


def answer_to(sent: socket.socket) -> str:
    """The first line of the answer."""
    with sent, sent.makefile("rb") as answer:
        return answer.readline().decode().strip()


def test_copies_of_one_event_at_once_are_one_event(workspace: Workspace, url: str) -> None:
    link_id = workspace.open_link()
    body, headers = sign(workspace, about("paid_card", workspace, link_id))
    answers = at_once(240, lambda: requests.post(url, body, headers=headers, timeout=30).status_code)
    assert set(answers) == {200}
    (one,) = workspace.deliveries()
    assert one.job_state == "pending"
    assert workspace.account().refused_count == 0
    workspace.work()
    assert workspace.deliveries()[0].attempts == 1
    assert len(workspace.payments(link_id)) == 1


def test_different_events_at_once_are_all_stored(workspace: Workspace, url: str) -> None:
    event = about("paid_card", workspace, workspace.open_link())
    numbers = iter(range(120))

    def send() -> int:
        # Every second one is sent twice, as when an answer was too slow.
        body, headers = sign(workspace, event | {"id": f"evt_{next(numbers) // 2 * 2}"})
        return requests.post(url, body, headers=headers, timeout=30).status_code

    assert set(at_once(120, send)) == {200}
    assert len(workspace.deliveries()) == 60


@pytest.mark.parametrize("chunked", [False, True])
def test_ten_megabytes_are_refused_and_never_held_in_memory(
    workspace: Workspace, url: str, chunked: bool
) -> None:
    piece = b" " * 64 * 1024

    def pieces() -> Iterator[bytes]:
        for _ in range(160):
            yield piece

    class Sized:
        """Ten megabytes that say how many they are, and aren't held by the client either."""

        def __iter__(self) -> Iterator[bytes]:
            return pieces()

        def __len__(self) -> int:
            return 160 * len(piece)

    def send() -> int:
        body = pieces() if chunked else Sized()
        return requests.post(url, data=body, timeout=30).status_code

    assert send() == 413
    tracemalloc.start()
    try:
        assert set(at_once(CLIENTS, send)) == {413}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < CLIENTS * MEGABYTE  # of the 120 that came in
    assert workspace.deliveries() == []
    assert workspace.account().refused_count == 0


def test_more_than_a_disk_holds_is_refused_by_its_announcement(url: str) -> None:
    sent = connect(url)
    path = urlsplit(url).path
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {17 * LARGEST}\r\n\r\n"
    sent.sendall(head.encode())
    assert answer_to(sent).startswith("HTTP/1.1 413")


@pytest.mark.parametrize(
    "content", [b"amount=100&status=paid", b"\xff\xfe\x00", b"[]", b"", b'{"id": "evt_1"'], ids=repr
)
def test_what_is_signed_and_no_event_is_refused_and_counted(
    workspace: Workspace, url: str, content: bytes
) -> None:
    at = int(workspace.app.clock().timestamp())
    headers = signature(content, workspace.signing_secret(), at)
    answer = requests.post(url, content, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()) == (400, {"received": False})
    assert workspace.deliveries() == []
    account = workspace.account()
    assert account.refused_count == 1
    assert "the body is signed but isn't" in str(account.refused_reason)


def test_headers_without_end_are_cut_off(workspace: Workspace, url: str) -> None:
    with connect(url) as sent:
        sent.sendall(f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: localhost\r\n".encode())
        assert taken(sent, b"X-More: " + b"x" * 8000 + b"\r\n") < 4 * MEGABYTE
    assert requests.post(url, b"{}", timeout=30).status_code == 400


def taken(sent: socket.socket, line: bytes) -> int:
    """How many bytes of ``line`` after ``line`` the server takes until it hangs up; 16 MB at most."""
    told = 0
    while told < 16 * MEGABYTE:
        try:
            sent.sendall(line)
        except OSError:
            break
        told += len(line)
    return told


def test_clients_that_never_finish_keep_nobody_waiting(workspace: Workspace, url: str) -> None:
    """More of them than the server has threads: some without end of head, some of body."""
    head = f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: localhost\r\n".encode()
    slow = [connect(url) for _ in range(40)]
    for number, one in enumerate(slow):
        one.sendall(head + (b"Content-Length: 500\r\n\r\n{" if number % 2 else b"X-Slow: "))
    body, headers = sign(workspace, about("paid_card", workspace, workspace.open_link()))
    began = time.monotonic()
    assert requests.post(url, body, headers=headers, timeout=30).status_code == 200
    assert time.monotonic() - began < 10
    for one in slow:
        one.close()
    assert len(workspace.deliveries()) == 1
    assert json.loads(workspace.deliveries()[0].body)["type"] == "checkout.session.completed"

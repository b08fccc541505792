"""The load: requests made beforehand, sent over kept-alive connections, each answer timed.

A process of its own with one thread and bare sockets, so that it costs a tenth of what a server
does. ``python -m benchmarks.load PORT CONNECTIONS FILE`` prints what came of it as JSON.
"""

import json
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import percentile

_PATIENCE = 30.0  # seconds without any answer


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one round. Times are seconds; ``busy`` is the CPU time of the load itself."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    statuses: dict[str, int]
    busy: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def errors(self) -> int:
        return self.requests - self.statuses.get("200", 0)


def send(port: int, requests: list[bytes], connections: int, folder: Path) -> Load:
    """Have another process send ``requests``, ``connections`` at a time."""
    file = folder / "requests"
    file.write_bytes(b"".join(struct.pack(">I", len(one)) + one for one in requests))
    command = [sys.executable, "-m", "benchmarks.load", str(port), str(connections), str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Load(**json.loads(done.stdout))


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Connection:
    """One connection with one request under way."""

    def __init__(self, port: int, waiting: Iterator[bytes]):
        self.port, self.waiting = port, waiting
        self.socket = self._connect()
        self.answer = b""
        self.since = 0.0

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def next(self) -> bool:
        """Send the next request; False where there is none."""
        request = next(self.waiting, None)
        if request is None:
            return False
        self.answer = b""
        self.since = time.perf_counter()
        self.socket.sendall(request)
        return True

    def read(self) -> tuple[str, float] | None:
        """Status and seconds once the answer is complete."""
        piece = self.socket.recv(65536)
        self.answer += piece
        head, blank, body = self.answer.partition(b"\r\n\r\n")
        if not blank and piece:
            return None
        lower = head.lower()
        length = lower.partition(b"content-length:")[2].partition(b"\r\n")[0]
        if piece and len(body) < int(length or 0):
            return None
        return head[9:12].decode() or "cut", time.perf_counter() - self.since


def _run(port: int, count: int, requests: list[bytes]) -> Load:
    waiting = iter(requests)
    times: list[float] = []
    statuses: Counter[str] = Counter()
    selector = selectors.DefaultSelector()
    started = time.perf_counter()
    for connection in [_Connection(port, waiting) for _ in range(count)]:
        if connection.next():
            selector.register(connection.socket, selectors.EVENT_READ, connection)
    while selector.get_map():
        ready = selector.select(_PATIENCE)
        if not ready:
            raise SystemExit("no answer came")
        for key, _ in ready:
            connection = key.data
            if (answered := connection.read()) is None:
                continue
            statuses[answered[0]] += 1
            times.append(answered[1])
            closing = answered[0] == "cut" or b"connection: close" in connection.answer.lower()
            if closing:
                selector.unregister(connection.socket)
                connection.socket.close()
                connection.socket = connection._connect()
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            if not connection.next():
                selector.unregister(connection.socket)
                connection.socket.close()
    seconds = time.perf_counter() - started
    shares = [percentile(times, share) for share in (0.5, 0.95, 0.99)]
    return Load(len(requests), seconds, *shares, dict(statuses), time.process_time())


def _read(path: Path) -> list[bytes]:
    raw, at, requests = path.read_bytes(), 0, []
    while at < len(raw):
        (length,) = struct.unpack_from(">I", raw, at)
        requests.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    return requests


if __name__ == "__main__":
    from dataclasses import asdict

    _port, _connections, _file = sys.argv[1:]
    json.dump(asdict(_run(int(_port), int(_connections), _read(Path(_file)))), sys.stdout)

"""The web process under gunicorn: a thread answers a request that is there, and waits for none.

gunicorn's own threads wait for the rest of a request as long as its sender likes: as many clients
as there are threads, each sending a byte now and then, take the whole app down. Here the loop that
accepts connections also collects what they send, and gives a thread what it can answer at once.
"""

import re
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from core.web.body import LARGEST

#: Seconds within which a request must be there, from the opening of its connection to its last byte.
PATIENCE = 30.0
#: gunicorn refuses a longer head (its limit_request_fields times limit_request_field_size).
_LONGEST_HEAD = 100 * 8190
_CHUNK = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)


class Connection(TConn):
    """A client's connection, and what it has sent of its next request."""

    #: When its next request has to be there, as ``time.monotonic()`` counts.
    deadline: float | None = None
    #: Whether the request that is being answered was there to its end.
    whole = True

    def __init__(self, *given: Any):
        super().__init__(*given)
        self.arrived = bytearray()

    def collect(self) -> bool:
        """Read what is there, without waiting; whether the request can be answered now.

        Raises OSError where the client has gone.
        """
        self.sock.setblocking(False)
        if self.initialized:
            # Sent in one go with the request before.
            self.arrived += self.parser.unreader.take_buffered()
        while not self._is_answerable():
            try:
                received = self.sock.recv(_CHUNK)
            except BlockingIOError:
                return False
            if not received:
                raise ConnectionResetError
            self.arrived += received
        self._hand_over()
        return True

    def _is_answerable(self) -> bool:
        end = self.arrived.find(b"\r\n\r\n")
        if end < 0:
            self.whole = False
            return len(self.arrived) > _LONGEST_HEAD
        head = bytes(self.arrived[: end + 2])
        length = _LENGTH.search(head)
        missing = int(length[1]) - (len(self.arrived) - end - 4) if length else 0
        # What is too large, or doesn't say how large it is, is refused without its body.
        refused = b"\r\ntransfer-encoding:" in head.lower() or missing > LARGEST
        self.whole = missing <= 0 and not refused
        return self.whole or refused

    def _hand_over(self) -> None:
        self.init()
        self.parser.unreader.unread(bytes(self.arrived))
        self.arrived.clear()
        self.data_ready, self.deadline = True, None

    def close(self, graceful: bool = False) -> None:
        """Say that nothing more will be read, and don't wait until the client has understood: this
        is the loop that all the others wait for."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.setblocking(False)
            self.sock.recv(_CHUNK)  # what is left unread makes the kernel drop our answer
        except OSError:
            pass
        super().close()


class WebWorker(ThreadWorker):
    """A thread for each request that has arrived."""

    def accept(self, listener: Any) -> None:
        """Take a new connection."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was quicker, or the client went away
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname()))

    def enqueue_req(self, conn: Connection) -> None:
        """Have a connection's next request answered, once it has arrived."""
        try:
            answerable = conn.collect()
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        if answerable:
            super().enqueue_req(conn)
        else:
            self._wait_for_more(conn)

    def _wait_for_more(self, conn: Connection) -> None:
        conn.deadline = conn.deadline or time.monotonic() + PATIENCE
        conn.timeout = conn.deadline
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        return keepalive and conn.whole and super()._keepalive_after(conn, keepalive)

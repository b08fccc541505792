"""The base of every plugin's simulator: a small WSGI app that speaks the vendor's wire format.

A simulator keeps state, checks what it is sent as the vendor would, signs its webhooks, and can
be told to fail. It is the sandbox a newcomer tries the product with and the other end of the
tests; it never loads in production.
"""

import json
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from webob import Request, Response

from core.testing.deliveries import Deliveries, Transport, post
from core.testing.faults import FaultKind, Faults
from core.testing.store import Store

Handler = Callable[..., Response]
F = TypeVar("F", bound=Handler)
_BEFORE = (
    FaultKind.SLOW,
    FaultKind.RATE_LIMITED,
    FaultKind.UNAVAILABLE,
    FaultKind.SERVER_ERROR,
)
_AFTER = (FaultKind.LOST_REPLY, FaultKind.MALFORMED)


def route(method: str, pattern: str) -> Callable[[F], F]:
    """Serve ``pattern`` with a method of the simulator.

    ``{name}`` becomes an argument; a last ``/*`` stands for any path below.
    """

    def mark(handler: F) -> F:
        regex = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern).replace(r"/\*", "(?:/.*)?"))
        handler.routes = [*getattr(handler, "routes", []), (method, re.compile(regex + r"/?$"))]  # type: ignore[attr-defined]
        return handler

    return mark


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    response = Response(
        json.dumps(body), status=status, content_type="application/json", charset="utf-8"
    )
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


class Refused(Exception):
    """Raised by a handler, or by what it calls, to answer with ``response`` at once."""

    def __init__(self, response: Response):
        super().__init__(response.status)
        self.response = response


class Simulator:
    """One vendor.

    ``base_url`` is where this simulator is reached, without a trailing slash; ``app_url`` is the
    app that it frames, redirects to and sends webhooks to. Subclasses add handlers with ``route``,
    fill their start state in ``seed``, and shape a refusal in ``fault_answer``.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    #: What to try here, a sentence each, for the sandbox's start page.
    hints: ClassVar[tuple[str, ...]] = ()
    templates: ClassVar[Path | None] = None
    static: ClassVar[Path | None] = None
    #: Fields that ``store.walk`` finds documents by.
    indexed: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        base_url: str,
        app_url: str = "http://localhost:6543",
        store: Store | None = None,
        transport: Transport = post,
        held: bool = False,
        clock: Callable[[], float] = time.time,
    ):
        self.base_url = base_url.rstrip("/")
        self.app_url = app_url.rstrip("/")
        self.store = store or Store(namespace=self.id)
        for name in self.indexed:
            self.store.index(name)
        self.clock = clock
        self.faults = Faults()
        self.deliveries = Deliveries(self.faults, transport, held=held)
        # Fewest placeholders first: /users/me is served before /users/{id}.
        self._routes = sorted(
            (
                (method, regex, getattr(self, name))
                for name in dir(type(self))
                for method, regex in getattr(getattr(type(self), name), "routes", ())
            ),
            key=lambda served: served[1].groups,
        )
        if self.templates:
            self._jinja = Environment(
                loader=FileSystemLoader(self.templates), autoescape=True, undefined=StrictUndefined
            )
        if self.store.get("_state", "seeded") is None:
            self.reset()

    def seed(self) -> None:
        """Fill the start state."""

    def reset(self) -> None:
        """Back to the start state, faults off."""
        with self.store.lock:
            self.store.clear()
            self.faults.clear()
            self.seed()
            self.store.put("_state", "seeded", {})

    def render(self, template: str, **values: Any) -> Response:
        """A page from the simulator's own templates; links in it start with ``{{ base }}``."""
        text = self._jinja.get_template(template).render(
            base=self.base_url, app_url=self.app_url, simulator=self, **values
        )
        return Response(text, content_type="text/html", charset="utf-8")

    def fault_answer(self, kind: FaultKind, request: Request) -> Response:
        """A 429, 500 or 503 in the vendor's own shape."""
        statuses = {FaultKind.RATE_LIMITED: 429, FaultKind.SERVER_ERROR: 500}
        return answer({}, statuses.get(kind, 503))

    def not_found(self, request: Request) -> Response:
        """An unknown path in the vendor's own shape."""
        return answer({"status": "NOT_FOUND"}, 404)

    def faulty(self, request: Request) -> bool:
        """Whether faults apply to a request: to the API, not to the pages a person clicks."""
        return request.path_info.startswith(("/v1", "/oauth"))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        return self.respond(request)(environ, start_response)

    def respond(self, request: Request) -> Response:
        path = request.path_info
        faulty = self.faulty(request)
        if faulty and (fault := self.faults.take(_BEFORE, request.method, path)):
            if fault.kind is not FaultKind.SLOW:
                return self.fault_answer(fault.kind, request)
            time.sleep(fault.seconds)
        try:
            response = self.dispatch(request, path)
        except Refused as refused:
            response = refused.response
        if faulty and (fault := self.faults.take(_AFTER, request.method, path)):
            if fault.kind is FaultKind.MALFORMED:
                return Response(b"<html><h1>502 Bad Gateway</h1>", content_type="text/html")
            # A body shorter than its Content-Length makes the server hang up: the reply is lost.
            cut = Response(status=response.status, content_type=response.content_type)
            cut.app_iter, cut.content_length = [response.body[:1]], len(response.body) + 1024
            return cut
        return response

    def dispatch(self, request: Request, path: str) -> Response:
        """Find the handler of a request and call it; may raise Refused."""
        if self.static and path.startswith("/static/"):
            return self._static(path.removeprefix("/static/"))
        for method, regex, handler in self._routes:
            if method == request.method and (match := regex.match(path)):
                response: Response = handler(request, **match.groupdict())
                return response
        return self.not_found(request)

    def _static(self, name: str) -> Response:
        assert self.static
        file = (self.static / name).resolve()
        if not file.is_relative_to(self.static.resolve()) or not file.is_file():
            return Response(status=404)
        types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
        return Response(
            file.read_bytes(), content_type=types.get(file.suffix, "application/octet-stream")
        )

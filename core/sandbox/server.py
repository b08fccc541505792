"""The sandbox's own WSGI app: a start page, the mails, the faults, and each simulator under its id."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from webob import Request, Response

from core.sandbox.mailbox import Mailbox
from core.testing.faults import FaultKind
from core.testing.simulator import Simulator

_URL = re.compile(r"https?://[^\s<>\"]+")
_HERE = Path(__file__).parent


#: What a person reads of each fault.
_FAULTS = {
    FaultKind.RATE_LIMITED: "Rate limited (429, nothing is done)",
    FaultKind.UNAVAILABLE: "Unavailable (503, nothing is done)",
    FaultKind.SERVER_ERROR: "Server error (500, nothing is done)",
    FaultKind.LOST_REPLY: "Lost reply (all is done, the answer is cut)",
    FaultKind.SLOW: "Slow (the answer takes five seconds)",
    FaultKind.MALFORMED: "Malformed reply (all is done, the answer is garbage)",
    FaultKind.DOUBLED: "Doubled webhooks (each comes twice)",
    FaultKind.OUT_OF_ORDER: "Webhooks out of order (one waits for the next)",
    FaultKind.LOST: "Lost webhooks (they never leave)",
}


def _linked(text: str) -> Markup:
    """Plain text as HTML, its addresses as links."""
    parts, at = [], 0
    for match in _URL.finditer(text):
        url = match.group()
        parts += [escape(text[at : match.start()]), Markup('<a href="{0}">{0}</a>').format(url)]
        at = match.end()
    return Markup("").join([*parts, escape(text[at:])])


@dataclass
class Sandbox:
    """The simulators by plugin id, served together with what a person needs around them."""

    url: str
    app_url: str
    mailbox: Mailbox
    simulators: dict[str, Simulator] = field(default_factory=dict)
    crms: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._jinja = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._jinja.filters["linked"] = _linked
        self._pages: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
            ("GET", re.compile(r"/$"), self._index),
            ("GET", re.compile(r"/static/(sandbox\.css)$"), self._static),
            ("GET", re.compile(r"/mail/?$"), self._mails),
            ("GET", re.compile(r"/mail/(\d+)$"), self._mail),
            ("GET", re.compile(r"/faults/?$"), self._faults),
            ("POST", re.compile(r"/faults/?$"), self._set_fault),
            ("POST", re.compile(r"/faults/clear$"), self._clear_faults),
            ("POST", re.compile(r"/reset$"), self._reset),
        ]

    def close(self) -> None:
        """Let the webhooks leave that wait, and close the files."""
        for simulator in self.simulators.values():
            simulator.deliveries.stop()
            simulator.store.close()
        self.mailbox.close()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        name = request.path_info.lstrip("/").split("/", 1)[0]
        if name in self.simulators:
            if request.path_info == f"/{name}":
                return Response(status=302, location=f"{self.url}/{name}/")(environ, start_response)
            request.path_info_pop()
            response = self.simulators[name].respond(request)
        else:
            response = self._page(request)
        self._protect(response)
        return response(environ, start_response)

    def _page(self, request: Request) -> Response:
        for method, pattern, view in self._pages:
            if method == request.method and (match := pattern.match(request.path_info)):
                return view(request, *match.groups())
        return self._render("missing.html", status=404)

    def _protect(self, response: Response) -> None:
        """The CRM's pages frame the app, and nobody frames them."""
        if response.content_type == "text/html":
            # A simulator's page that says more, such as where a payer is sent back to, keeps its own.
            response.headers.setdefault(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                f"connect-src 'self'; frame-src {self.app_url}; form-action 'self' {self.app_url}; "
                "base-uri 'none'; frame-ancestors 'none'",
            )
            response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
            response.headers["X-Content-Type-Options"] = "nosniff"

    def _render(self, template: str, status: int = 200, here: str = "", **values: Any) -> Response:
        text = self._jinja.get_template(template).render(
            app_url=self.app_url, simulators=self.simulators, crms=self.crms, here=here, **values
        )
        return Response(text, status=status, content_type="text/html", charset="utf-8")

    def _index(self, request: Request) -> Response:
        return self._render("index.html")

    def _static(self, request: Request, name: str) -> Response:
        return Response((_HERE / "static" / name).read_bytes(), content_type="text/css")

    def _mails(self, request: Request) -> Response:
        return self._render("mails.html", here="mail", mails=self.mailbox.all())

    def _mail(self, request: Request, number: str) -> Response:
        mail = self.mailbox.get(number)
        return self._render("mail.html", mail=mail) if mail else self._render("missing.html", status=404)

    def _faults(self, request: Request) -> Response:
        return self._render("faults.html", here="faults", kinds=_FAULTS)

    def _set_fault(self, request: Request) -> Response:
        form = {name: str(value).strip() for name, value in request.POST.items()}
        simulator = self.simulators.get(form.get("simulator", ""))
        kind, times = form.get("kind", ""), form.get("times", "1")
        if simulator is None or kind not in set(FaultKind):
            return self._render("missing.html", status=404)
        simulator.faults.add(
            kind, path=form.get("path", ""), times=int(times) if times.isdigit() else None
        )
        return Response(status=303, location=f"{self.url}/faults/")

    def _clear_faults(self, request: Request) -> Response:
        for simulator in self.simulators.values():
            simulator.faults.clear()
        return Response(status=303, location=f"{self.url}/faults/")

    def _reset(self, request: Request) -> Response:
        for simulator in self.simulators.values():
            simulator.reset()
        self.mailbox.clear()
        return Response(status=303, location=f"{self.url}/")

"""Headers that every answer carries: what a browser may load, frame, keep and send along."""

from pyramid.config import Configurator
from pyramid.events import NewResponse, subscriber
from pyramid.request import Request

from core.web.framing import frame_ancestors

# No inline script, style attribute or event handler anywhere: only files of our own.
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # `no-referrer` would make browsers send `Origin: null`, which the origin check refuses.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)"
    ),
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}


_OPENER = "Cross-Origin-Opener-Policy"


def keep_opener(request: Request) -> None:
    """Let the answer leave the window connected to the frame that has opened it: it signs in for it.

    The CRM's page around that frame has a policy of its own, and any other than its own here would cut
    the two apart.
    """
    request.opener_kept = True


@subscriber(NewResponse)
def protect(event: NewResponse) -> None:
    """Set the headers; what a view has set itself stays."""
    request, response = event.request, event.response
    if response.content_type == "text/html":
        # Pages show names and amounts: no cache keeps them, and Back asks again.
        response.headers["Cache-Control"] = "no-store"
    security = CONTENT_SECURITY + frame_ancestors(request)
    wanted = HEADERS | {"Content-Security-Policy": security}
    if getattr(request, "opener_kept", False):
        wanted[_OPENER] = "unsafe-none"
    if request.app.settings.secure:
        wanted["Strict-Transport-Security"] = "max-age=31536000"
    there = {name.lower() for name, _ in response.headerlist}
    response.headerlist += [pair for pair in wanted.items() if pair[0].lower() not in there]


def includeme(config: Configurator) -> None:
    """Headers on every answer."""
    config.scan(__name__)

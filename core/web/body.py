"""How large the body of a request may be."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPLengthRequired, HTTPRequestEntityTooLarge
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW

#: Forms and webhooks are some kilobytes; Stripe's largest events are a few hundred.
LARGEST = 1024 * 1024


def limit_body(handler: Callable[[Request], Response], registry: Any) -> Callable[[Request], Response]:
    """A tween: refuse a body that is too large, or doesn't say how large it is, before reading it."""

    def limited(request: Request) -> Response:
        if request.content_length is None and "Transfer-Encoding" in request.headers:
            raise HTTPLengthRequired
        if (request.content_length or 0) > LARGEST:
            raise HTTPRequestEntityTooLarge
        # WebOb writes what is beyond 10 kB into a temporary file, and leaves it open.
        request.request_body_tempfile_limit = LARGEST
        return handler(request)

    return limited


def includeme(config: Configurator) -> None:
    """The limit on every request."""
    config.add_tween(f"{__name__}.limit_body", under=EXCVIEW)

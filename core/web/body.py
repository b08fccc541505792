"""What a request may bring along: not too much, and text that can be read and stored."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPLengthRequired, HTTPRequestEntityTooLarge
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW

#: Forms and webhooks are some kilobytes; Stripe's largest events are a few hundred.
LARGEST = 1024 * 1024


def limit_body(handler: Callable[[Request], Response], registry: Any) -> Callable[[Request], Response]:
    """A tween: refuse a body that is too large or doesn't say how large it is, before reading it;
    and what isn't text, before a view trips over it."""

    def limited(request: Request) -> Response:
        if request.content_length is None and "Transfer-Encoding" in request.headers:
            raise HTTPLengthRequired
        if (request.content_length or 0) > LARGEST:
            raise HTTPRequestEntityTooLarge
        if not _is_text(request):
            # The error page would trip over the same bytes.
            request.path_info, request.query_string = "/", ""
            raise HTTPBadRequest
        return handler(request)

    return limited


def _is_text(request: Request) -> bool:
    """Whether path, query and form decode, hold no file, and no NUL, which PostgreSQL can't store."""
    try:
        given = [request.path_info, *request.GET.values(), *request.POST.values()]
    except (ValueError, LookupError, DeprecationWarning):  # the last for any charset but UTF-8
        return False
    return all(isinstance(value, str) and "\0" not in value for value in given)


def includeme(config: Configurator) -> None:
    """The check of every request."""
    config.add_tween(f"{__name__}.limit_body", under=EXCVIEW)

"""What a request may bring along: not too much, and text that can be read and stored."""

from collections.abc import Callable, Iterable
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
    and an address that is no text."""

    def limited(request: Request) -> Response:
        # WebOb writes what is beyond 10 kB into a temporary file, and leaves it open.
        request.request_body_tempfile_limit = LARGEST
        if request.content_length is None and "Transfer-Encoding" in request.headers:
            raise HTTPLengthRequired
        if (request.content_length or 0) > LARGEST:
            raise HTTPRequestEntityTooLarge
        if not _is_text(lambda: [request.path_info, *request.GET.values()]):
            # The error page would trip over the same bytes.
            request.path_info, request.query_string = "/", ""
            raise HTTPBadRequest
        return handler(request)

    return limited


def forms_are_text(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """A view deriver: refuse a form that is no text. What machines send is theirs to read."""
    if info.exception_only or info.options.get("require_csrf") is False:
        return view

    def checked(context: Any, request: Request) -> Any:
        if not _is_text(lambda: request.POST.values()):
            raise HTTPBadRequest
        return view(context, request)

    return checked


def _is_text(read: Callable[[], Iterable[Any]]) -> bool:
    """Whether it decodes, holds no file, and no NUL, which PostgreSQL can't store."""
    try:
        return all(isinstance(value, str) and "\0" not in value for value in read())
    except (ValueError, LookupError, DeprecationWarning):  # the last for any charset but UTF-8
        return False


def includeme(config: Configurator) -> None:
    """The checks of every request."""
    config.add_tween(f"{__name__}.limit_body", under=EXCVIEW)
    config.add_view_deriver(forms_are_text, under="secured_view", over="csrf_view")

"""What a person reads when something goes wrong: what happened, whether money was affected, what to
do, and a reference under which the log says more. Programs get the same as plain text."""

from dataclasses import dataclass
from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken, PredicateMismatch
from pyramid.httpexceptions import HTTPError, HTTPForbidden, HTTPMethodNotAllowed, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from core.api.text import N_, _, show
from core.web.redaction import is_secret
from core.web.sessions import COOKIE

log = structlog.get_logger(__name__)

_NOTHING = N_("Nothing was changed and no money was moved.")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words of an error page, each marked with N_ or in the reader's language already."""

    title: str
    what: str
    money: str = _NOTHING
    todo: str = N_("Go back and try again.")


EXPLANATIONS = {
    400: Explanation(N_("That didn't work"), N_("The request could not be understood.")),
    403: Explanation(
        N_("Not allowed"),
        N_("Your role in this workspace doesn't include this page."),
        todo=N_("Ask an owner or admin of the workspace to do it, or to change your role."),
    ),
    404: Explanation(
        N_("Nothing here"),
        N_("There is no such page, or it belongs to another workspace."),
        todo=N_("Check the address, or start again from the first page."),
    ),
    405: Explanation(
        N_("Not like this"),
        N_("This address can't be used in this way."),
        todo=N_("Start again from the first page."),
    ),
    411: Explanation(N_("No length"), N_("The request didn't say how long it is.")),
    413: Explanation(
        N_("Too large"), N_("What was sent is too large."), todo=N_("Send less: up to 1 MB is taken.")
    ),
    429: Explanation(
        N_("Too many tries"),
        N_("There were too many tries in a short time."),
        todo=N_("Wait a few minutes."),
    ),
    500: Explanation(
        N_("Something went wrong"),
        N_("This is our mistake. It has been written to the log."),
        money=N_("We can't say how far it got."),
        todo=N_(
            "Before you repeat a step that makes a payment link, look for the link in the "
            "payment link logs."
        ),
    ),
    503: Explanation(
        N_("Not available at the moment"),
        N_(
            "The database of Dealpay doesn't answer, so nothing can be shown or saved. It has been "
            "written to the log."
        ),
        money=N_("No money was moved, and no payment is lost: providers tell us again."),
        todo=N_("Wait a minute, then try again. A form that is sent twice makes no second link."),
    ),
}

#: Seconds after which a program may ask again.
_RETRY_AFTER = 10

#: Fields that every form has, or that stand for one sending of it: no secrets of anybody.
_OURS = ("csrf_token", "form_key")

_STALE = Explanation(
    N_("This page has expired"),
    N_("It was open for too long, or you have signed in or out in another tab."),
    todo=N_("Go back, reload the page and try again."),
)
_NO_COOKIE = Explanation(
    N_("Your browser keeps no cookie for us"),
    N_("Without it we can't tell that it is you who sent this."),
    todo=N_("Allow cookies for this site, or open the page in a new tab."),
)


@exception_view_config(HTTPError)
def refused(error: HTTPError, request: Request) -> Response:
    """A request that can't be answered as asked."""
    log.info("request.refused", status=error.code, reason=type(error).__name__)
    return _answer(request, error.code, _explain(error, request))


@exception_view_config(PredicateMismatch)
def wrong_method(error: PredicateMismatch, request: Request) -> Response:
    """The address is there, for other methods: Pyramid would say it isn't."""
    views = request.registry.introspector.get_category("views") or ()
    allowed: set[str] = set()
    for view in (each["introspectable"] for each in views):
        if view["route_name"] == request.matched_route.name:
            methods = view["request_methods"] or ()
            allowed.update([methods] if isinstance(methods, str) else methods)
    if "GET" in allowed:
        allowed.add("HEAD")
    response = refused(HTTPMethodNotAllowed(), request)
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


@exception_view_config(HTTPForbidden)
def forbidden(error: HTTPForbidden, request: Request) -> Response:
    """Somebody who isn't signed in gets the sign-in page, and then the page they asked for."""
    if request.identity is not None or not _is_browser(request):
        return refused(error, request)
    came_for = {"next": request.path_qs} if request.method == "GET" and request.path != "/" else {}
    return HTTPSeeOther(request.route_path("login", _query=came_for))


@exception_view_config(Exception)
def failed(error: Exception, request: Request) -> Response:
    """A mistake of ours. The page needs neither database nor session: they may be what failed."""
    log.exception("request.failed")
    return _answer(request, 500, EXPLANATIONS[500], "errors/failed.jinja2")


@exception_view_config(OperationalError)
@exception_view_config(InterfaceError)
@exception_view_config(NoConnectionFree)
def unavailable(error: Exception, request: Request) -> Response:
    """The database is away, full or busy. Providers send a webhook again that is answered so."""
    log.error("request.without_database", error=_first_line(error))
    typed = _typed(request)
    response = _answer(request, 503, EXPLANATIONS[503], "errors/unavailable.jinja2", typed=typed)
    response.headers["Retry-After"] = str(_RETRY_AFTER)
    return response


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def _typed(request: Request) -> list[tuple[str, str]]:
    """What a form was sent with, to send it once more; nothing where a secret is in it."""
    try:
        fields = [(name, value) for name, value in request.POST.items() if isinstance(value, str)]
    except (ValueError, LookupError):
        return []  # no text, which nobody had a chance to refuse yet
    return [] if any(is_secret(name) for name, _ in fields if name not in _OURS) else fields


def _explain(error: HTTPError, request: Request) -> Explanation:
    if isinstance(error, BadCSRFOrigin):
        return Explanation(
            N_("This didn't come from our page"),
            N_("The request was sent by another site, or under another address of this one."),
            todo=_("Open %(url)s and try again.", url=request.app.settings.public_url),
        )
    if isinstance(error, BadCSRFToken):
        return _STALE if COOKIE in request.cookies else _NO_COOKIE
    return EXPLANATIONS.get(error.code, EXPLANATIONS[400 if error.code < 500 else 500])


def _answer(
    request: Request,
    status: int,
    words: Explanation,
    template: str = "errors/error.jinja2",
    **more: Any,
) -> Response:
    if not _is_browser(request):
        told = [f"{show(words.title)}.", show(words.what), show(words.money)]
        told.append(_("Reference: %(reference)s", reference=request.reference))
        return Response(" ".join(told) + "\n", status=status, content_type="text/plain", charset="utf-8")
    values = {"status": status, "words": words, "reference": request.reference, **more}
    response: Response = render_to_response(template, values, request=request)
    response.status_int = status
    return response


def _is_browser(request: Request) -> bool:
    # A browser that loads a page names text/html; scripts and webhook senders at most say */*.
    return "text/html" in request.headers.get("Accept", "")


def includeme(config: Configurator) -> None:
    """Error pages."""
    config.scan(__name__)

"""The language of a page: the member's own choice, else what the browser asks for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal
from jinja2 import Environment
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPError
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED

from core.api import text

#: Where the browser names no country.
_COUNTRIES = {"en": "US"}

_here: ContextVar[Locale | None] = ContextVar("dealpay_region", default=None)


def read_in_language(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """A view deriver: whatever a page says is said in the language of whoever reads it."""
    if info.options.get("require_csrf") is False and not info.exception_only:
        return view  # for programs
    for_members = info.options.get("permission") != NO_PERMISSION_REQUIRED

    def reading(context: Any, request: Request) -> Any:
        # The page of a mistake of ours asks nothing of the session: it may be what failed.
        safe = isinstance(context, HTTPError) or not isinstance(context, Exception)
        if safe and (for_members or _framable(request)):
            chosen = getattr(request.identity, "language", None)
            if chosen in request.app.languages.codes:
                request.language_code = chosen
        with request.app.languages.speaking(request.language_code), _written_as_in(region(request)):
            return view(context, request)

    return reading


def _framable(request: Request) -> bool:
    unknown_page = getattr(request, "matched_route", None) is None
    return bool(getattr(request, "framable", unknown_page))


@contextmanager
def _written_as_in(locale: Locale) -> Iterator[None]:
    token = _here.set(locale)
    try:
        yield
    finally:
        _here.reset(token)


def grouped(value: Any) -> str:
    """A number in a sentence, as the reader's region groups it; anything else as it is."""
    if not isinstance(value, int):
        return str(value)
    number: str = format_decimal(
        value, locale=_here.get() or _locale(text.ENGLISH, _COUNTRIES[text.ENGLISH])
    )
    return number


def accepted(request: Request) -> list[str]:
    """The language tags that the browser sends, most wanted first."""
    parsed = request.accept_language.parsed or ()
    return [tag for tag, _quality in sorted(parsed, key=lambda one: -one[1])]


def region(request: Request) -> Locale:
    """The page's language as it is written where the browser says its user is: en-IN groups by lakh."""
    code = request.language_code
    for tag in accepted(request):
        language, _sep, country = tag.partition("-")
        if language.lower() == code and country:
            return _locale(code, country.upper())
    return _locale(code, _COUNTRIES.get(code))


def _locale(language: str, country: str | None) -> Locale:
    try:
        return Locale(language, country)
    except UnknownLocaleError:
        return Locale(language, _COUNTRIES.get(language))


def add_texts(environment: Environment) -> None:
    """Teach a Jinja environment ``_``, ``ngettext``, ``pgettext``, ``{% trans %}`` and ``show``."""
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True  # a text may take several lines of a template
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        text.show, text.look_up_plural, newstyle=True, pgettext=text.look_up_in_context
    )
    environment.globals["show"] = text.show


def includeme(config: Configurator) -> None:
    """``request.language_code``, ``request.language`` for ``<html lang>`` and ``request.direction``."""

    def register() -> None:
        add_texts(config.get_jinja2_environment())

    config.add_request_method(
        lambda request: request.app.languages.best(accepted(request)), "language_code", reify=True
    )
    config.add_request_method(
        lambda request: str(region(request)).replace("_", "-"), "language", reify=True
    )
    config.add_request_method(lambda request: region(request).text_direction, "direction", reify=True)
    config.add_view_deriver(read_in_language, under="mark_framable", over="secured_view")
    config.action(None, register, order=998)

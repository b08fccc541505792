"""Texts in the language of whoever reads them.

Every text that a person sees goes through ``_``, which is ``gettext``, where it is made for that
person, in the form of a printf string with named values: ``_("%(count)s payments", count=3)``. What
stands in a constant is marked with ``N_`` there and goes through ``show`` later. The English text is
the key; a plugin's translations are the files ``locale/<language>.po`` in its folder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations
from typing import Any

ENGLISH = "en"

_reading: ContextVar[NullTranslations | None] = ContextVar("dealpay_translations", default=None)


def gettext(text: str, /, **values: Any) -> str:
    """``text`` in the reader's language, with ``values`` filled in; a ``%`` of its own is ``%%``."""
    return show(text) % values


_ = gettext


def ngettext(singular: str, plural: str, count: int, /, **values: Any) -> str:
    """One of two forms by ``count``, which is ``%(num)s`` in them unless ``values`` say otherwise."""
    return look_up_plural(singular, plural, count) % {"num": count, **values}


def pgettext(context: str, text: str, /, **values: Any) -> str:
    """``text`` where one English word has several meanings, which ``context`` tells apart."""
    return look_up_in_context(context, text) % values


def N_(text: str, /) -> str:
    """``text`` itself: it stands in a constant, and ``show`` translates it later."""
    return text


def show(text: str, /) -> str:
    """A text that ``N_`` marked elsewhere, in the reader's language; it takes no values."""
    known = _reading.get()
    return known.gettext(text) if known and text else text


def look_up_plural(singular: str, plural: str, count: int, /) -> str:
    """``ngettext`` with nothing filled in."""
    known = _reading.get()
    if known is None:
        return singular if count == 1 else plural
    return known.ngettext(singular, plural, count)


def look_up_in_context(context: str, text: str, /) -> str:
    """``pgettext`` with nothing filled in."""
    known = _reading.get()
    return known.pgettext(context, text) if known else text


@contextmanager
def reading(translations: NullTranslations | None) -> Iterator[None]:
    """Let everything inside be in the language of ``translations``; None is English."""
    token = _reading.set(translations)
    try:
        yield
    finally:
        _reading.reset(token)

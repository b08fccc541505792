"""Money and times as pages show them: in the reader's region, in the workspace's time zone."""

from copy import copy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_timezone_name
from babel.numbers import format_decimal, get_currency_symbol
from jinja2 import pass_context
from jinja2.runtime import Context
from pyramid.config import Configurator
from pyramid.request import Request

from core.api.money import Money, exponent
from core.api.text import _
from core.web.languages import region

NO_BREAK = "\N{NO-BREAK SPACE}"


def format_money(money: Money, locale: Locale) -> str:
    """``€12.50 EUR``: always with the code, since a symbol alone may stand for many currencies."""
    symbol = get_currency_symbol(money.currency, locale)
    bare = symbol == money.currency
    pattern = copy(locale.decimal_formats[None] if bare else locale.currency_formats["standard"])
    digits = exponent(money.currency)
    pattern.frac_prec = (digits, digits)
    amount = pattern.apply(money.amount, locale, currency=money.currency, currency_digits=False)
    return f"{amount}{NO_BREAK}{money.currency}"


def format_moment(at: datetime, locale: Locale, zone: ZoneInfo) -> str:
    """Date, time and the zone's name: ``23 Nov 2026, 14:05 CET``, ``23.11.2026, 14:05 MEZ``."""
    local = at.astimezone(zone)
    day = format_date(local, "medium", locale=locale)
    time = f"{format_time(local, 'short', tzinfo=zone, locale=locale)} {zone_name(local, locale)}"
    joined: str = locale.datetime_formats["medium"].replace("{0}", time).replace("{1}", day)
    return joined


def zone_name(local: datetime, locale: Locale) -> str:
    """The zone's short name where the language has one, else the one that is known everywhere."""
    name: str = get_timezone_name(local, "short", locale=locale)
    return name if name.isalpha() else local.tzname() or name


def format_age(at: datetime, now: datetime, locale: Locale) -> str:
    """``3 minutes ago``, ``in 2 days``; within a minute it is ``just now``."""
    if abs((now - at).total_seconds()) < 60:
        return _("just now")
    text: str = format_timedelta(at - now, locale=locale, add_direction=True, threshold=0.95)
    return text


def zone_of(request: Request) -> ZoneInfo:
    """The member's zone, or else their workspace's; UTC where nobody is signed in."""
    return zone_called(getattr(request.identity, "timezone", None))


def zone_called(name: str | None) -> ZoneInfo:
    """A zone by its name; UTC for a name that is unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@pass_context
def _money(context: Context, money: Money) -> str:
    return format_money(money, region(context["request"]))


@pass_context
def _moment(context: Context, at: datetime) -> str:
    request = context["request"]
    return format_moment(at, region(request), zone_of(request))


@pass_context
def _age(context: Context, at: datetime) -> str:
    request = context["request"]
    return format_age(at, request.app.clock(), region(request))


@pass_context
def _count(context: Context, number: int) -> str:
    text: str = format_decimal(number, locale=region(context["request"]))
    return text


def _decimals(money: Money) -> int:
    return exponent(money.currency)


FILTERS: dict[str, Any] = {
    "age": _age,
    "count": _count,
    "decimals": _decimals,
    "moment": _moment,
    "money": _money,
}


def includeme(config: Configurator) -> None:
    """The Jinja filters of FILTERS."""

    def register() -> None:
        config.get_jinja2_environment().filters.update(FILTERS)

    config.action(None, register, order=999)

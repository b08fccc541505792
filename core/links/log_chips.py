"""The filters that are set, each as a chip that takes it away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date

from core.api.money import Money
from core.api.text import N_, _, show
from core.links.log_query import DATES, LogQuery
from core.links.words import KINDS, STATES, said
from core.web.formats import format_money

_ON = {
    "created": N_("Made on %(day)s"),
    "paid": N_("Paid on %(day)s"),
    "expiry": N_("Expires on %(day)s"),
}
_BETWEEN = {
    "created": N_("Made %(first)s to %(last)s"),
    "paid": N_("Paid %(first)s to %(last)s"),
    "expiry": N_("Expires %(first)s to %(last)s"),
}
_FROM = {
    "created": N_("Made from %(day)s"),
    "paid": N_("Paid from %(day)s"),
    "expiry": N_("Expires from %(day)s"),
}
_UP_TO = {
    "created": N_("Made up to %(day)s"),
    "paid": N_("Paid up to %(day)s"),
    "expiry": N_("Expires up to %(day)s"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What ids stand for, and how the reader writes numbers and dates."""

    accounts: Mapping[str, str]
    makers: Mapping[str, str]
    locale: Locale


@dataclass(frozen=True, slots=True)
class Chip:
    """``query`` is the address without it."""

    label: str
    query: list[tuple[str, str]]


def chips(query: LogQuery, names: Names) -> list[Chip]:
    """A chip for each filter; what makes no sense is said beside its field, and has one all the same."""
    given, narrow = query.given, query.narrow
    found = []

    def add(label: str, *fields: str) -> None:
        found.append(Chip(label, query.without(*fields)))

    if given["text"]:
        add(_("“%(said)s”", said=narrow.text), "text")
    if given["status"]:
        add(_("Status: %(status)s", status=said(STATES, given["status"])), "status")
    for what, label in _days(query, names.locale):
        add(label, *DATES[what])
    if given["account"]:
        account = names.accounts.get(given["account"], given["account"])
        add(_("Account: %(account)s", account=account), "account")
    if given["creator"]:
        add(_("Creator: %(name)s", name=names.makers.get(given["creator"]) or _("somebody")), "creator")
    if given["holder"]:
        name = names.makers.get(given["holder"]) or _("somebody")
        add(_("Looked after by: %(name)s", name=name), "holder")
    if given["kind"]:
        add(_("Kind: %(kind)s", kind=said(KINDS, given["kind"])), "kind")
    if given["record"]:
        add(_("Record: %(record)s", record=narrow.record), "record")
    if given["currency"]:
        add(_("Currency: %(currency)s", currency=given["currency"].upper()), "currency")
    if label := _amounts(query, names.locale):
        add(label, "least", "most")
    if given["mode"]:
        mode = {"test": _("Test"), "live": _("Live")}.get(given["mode"], given["mode"])
        add(_("Mode: %(mode)s", mode=mode), "mode")
    return found


def _days(query: LogQuery, locale: Locale) -> list[tuple[str, str]]:
    found = []
    for what, (first, last) in DATES.items():
        since, until = (_day(query.given[name], locale) for name in (first, last))
        if since == until and since:
            found.append((what, show(_ON[what]) % {"day": since}))
        elif since and until:
            found.append((what, show(_BETWEEN[what]) % {"first": since, "last": until}))
        elif since:
            found.append((what, show(_FROM[what]) % {"day": since}))
        elif until:
            found.append((what, show(_UP_TO[what]) % {"day": until}))
    return found


def _day(given: str, locale: Locale) -> str:
    try:
        return format_date(date.fromisoformat(given), "medium", locale=locale) if given else ""
    except ValueError:
        return given


def _amounts(query: LogQuery, locale: Locale) -> str:
    narrow, given = query.narrow, query.given
    if not (given["least"] or given["most"]):
        return ""

    def written(minor: int | None, typed: str) -> str:
        if minor is None or narrow.currency is None:
            return typed
        return format_money(Money(minor, narrow.currency), locale)

    least, most = written(narrow.least, given["least"]), written(narrow.most, given["most"])
    if least and most:
        return _("Amount: %(least)s to %(most)s", least=least, most=most)
    return (
        _("Amount: at least %(least)s", least=least)
        if least
        else _("Amount: at most %(most)s", most=most)
    )

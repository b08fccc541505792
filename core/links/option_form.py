"""The options in the form "Generate payment link": which are shown, and what was asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from core.api.actions import Problem
from core.api.errors import InvalidAmount
from core.api.money import Money, exponent
from core.api.payments import Channel, Payer
from core.api.text import _, ngettext
from core.links.terms import Offer, Terms, problems

#: Fields that ask for something; those of the payer say whom it is about.
CHOICES = ("expires_on", "first_part", "notify_mail", "notify_sms")
_NOTIFY: Mapping[str, Channel] = {"notify_mail": "mail", "notify_sms": "sms"}
# With the channels that each is for.
_PAYER: Mapping[str, frozenset[Channel]] = {
    "payer_name": frozenset({"mail", "sms"}),
    "payer_email": frozenset({"mail"}),
    "payer_phone": frozenset({"sms"}),
}
_PRESETS = (1, 3, 7, 30)  # days
# An amount as a program writes it: in "1,500" the comma means a thousand to some and decimals to others.
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]+)?")
_PHONE = re.compile(r"\+?[0-9]{7,15}")
# The last second of a day: until then a link of that day can be paid.
_END = time(23, 59, 59)


class Typed(Protocol):
    """The options as the form holds them."""

    @property
    def expires_on(self) -> date | None: ...
    @property
    def first_part(self) -> str: ...
    @property
    def notify_mail(self) -> bool: ...
    @property
    def notify_sms(self) -> bool: ...
    @property
    def payer_name(self) -> str: ...
    @property
    def payer_email(self) -> str | None: ...
    @property
    def payer_phone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OptionForm:
    """What an account offers, in a workspace's time zone."""

    offer: Offer
    zone: ZoneInfo
    now: datetime

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields of what is offered, in their order."""
        sent = tuple(field for field, channel in _NOTIFY.items() if channel in self.offer.notify)
        expiry = ("expires_on",) if self.offer.expiry else ()
        parts = ("first_part",) if self.offer.parts else ()
        payer = (field for field, of in _PAYER.items() if of & self.offer.notify)
        return (*expiry, *parts, *sent, *payer)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The others: what was typed there for another account goes along."""
        return tuple(name for name in (*CHOICES, *_PAYER) if name not in self.shown)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day at the end of which a link can expire."""
        limits = self.offer.expiry
        if limits is None:
            return None
        first, last = self._day(self.now + limits.earliest), self._day(self.now + limits.latest)
        if self.end_of(last) > self.now + limits.latest:
            last -= timedelta(days=1)
        return first, last

    @property
    def presets(self) -> list[tuple[str, date]]:
        """Days to choose by one click, with their labels."""
        if self.days is None:
            return []
        today, (first, last) = self._day(self.now), self.days
        ahead = [(number, today + timedelta(days=number)) for number in _PRESETS]
        return [
            (ngettext("%(num)s day", "%(num)s days", number), day)
            for number, day in ahead
            if first <= day <= last
        ]

    @property
    def zone_name(self) -> str:
        """``IST``, as times are shown."""
        return self.now.astimezone(self.zone).tzname() or str(self.zone)

    def withheld(self, posted: Mapping[str, str]) -> set[str]:
        """Fields that are none of this link's business: what isn't offered, and where nobody is to be
        written to."""
        asked = {channel for name, channel in _NOTIFY.items() if name in self.shown and posted.get(name)}
        needless = {field for field, of in _PAYER.items() if not of & asked}
        return set(self.hidden) | needless

    def terms(self, typed: Typed, currency: str, amount: Money | None) -> tuple[Terms, list[Problem]]:
        """What was asked for, and what is wrong with it, for a link over ``amount``."""
        found: list[Problem] = []
        part = _part(typed.first_part, currency, found)
        phone = _phone(typed.payer_phone, found)
        asked = {"notify_mail": typed.notify_mail, "notify_sms": typed.notify_sms}
        notify = frozenset(_NOTIFY[name] for name, ticked in asked.items() if ticked)
        payer = Payer(typed.payer_name or None, typed.payer_email, phone) if notify else None
        at = self._expires_at(typed.expires_on, found)
        terms = Terms(at, part, payer, notify)
        told = {problem.field for problem in found}
        more = problems(terms, amount, self.offer, self.now)
        return terms, found + [one for one in more if one.field is None or one.field not in told]

    def end_of(self, day: date) -> datetime:
        """The end of a day in the workspace's zone, aware UTC."""
        return datetime.combine(day, _END, self.zone).astimezone(UTC)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _expires_at(self, day: date | None, found: list[Problem]) -> datetime | None:
        if day is None:
            return None
        try:
            return self.end_of(day)
        except OverflowError:  # the last and the first days that there are
            found.append(Problem(_("Choose another day."), "expires_on"))
            return None


def _part(typed: str, currency: str, found: list[Problem]) -> Money | None:
    if not typed:
        return None
    try:
        if _AMOUNT.fullmatch(typed):
            return Money.of(typed, currency)
    except InvalidAmount:
        pass
    decimals = exponent(currency)
    if decimals:
        sentence = _(
            "Enter an amount in %(currency)s such as %(example)s, with at most %(decimals)s decimals "
            "and no commas.",
            currency=currency,
            example=f"{1500:.{decimals}f}",
            decimals=decimals,
        )
    else:
        sentence = _(
            "Enter an amount in %(currency)s such as 1500, a whole number and no commas.",
            currency=currency,
        )
    found.append(Problem(sentence, "first_part"))
    return None


def _phone(typed: str, found: list[Problem]) -> str | None:
    """A number as providers take it: blanks, dashes and brackets are for people."""
    if not typed:
        return None
    number = re.sub(r"[\s().-]", "", typed)
    if _PHONE.fullmatch(number):
        return number
    found.append(
        Problem(_("Enter a number with its country code, such as +91 90000 12345."), "payer_phone")
    )
    return None

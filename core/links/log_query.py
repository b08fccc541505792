"""The address of the logs: its filters, order and columns, and what in it makes no sense.

The address is the whole state: it can be kept, sent to a colleague, and works without a script.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.api.errors import InvalidAmount
from core.api.money import Money, exponent
from core.api.text import N_, _
from core.links.narrowing import STATUSES, Between, LinkFilter, Rep
from core.links.paging import ORDERS, By, Order

#: The columns, in their order; the first is always shown, since it leads to the link.
COLUMNS: Mapping[str, str] = {
    "created": N_("Created"),
    "record": N_("Record"),
    "product": N_("Product"),
    "payer": N_("Payer"),
    "amount": N_("Amount"),
    "paid": N_("Paid"),
    "status": N_("Status"),
    "expiry": N_("Expiry"),
    "creator": N_("Creator"),
    "account": N_("Account"),
}
ATTENTION, UNPAID = "attention", "unpaid"
#: Names of filters in the address, each with what it says: of dates the first and the last day.
DATES: Mapping[str, tuple[str, str]] = {
    "created": ("from", "to"),
    "paid": ("paid_from", "paid_to"),
    "expiry": ("expires_from", "expires_to"),
}
_DAYS = tuple(name for names in DATES.values() for name in names)
FILTERS = (
    "text", "status", *_DAYS, "account", "creator", "holder", "kind", "record",
    "currency", "least", "most", "mode",
)  # fmt: skip
LONGEST = 100
# As in the form of a link: in "1,500" the comma means a thousand to some and decimals to others.
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]+)?", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_CONTROLS = dict.fromkeys(range(32), " ")
_SOON = timedelta(days=3)


@dataclass
class LogQuery:
    """What an address asks for. ``problems`` are by the field that they are about; what it says is left
    out."""

    given: Mapping[str, str]
    chosen: Sequence[str]
    zone: ZoneInfo
    #: The currencies of the workspace's accounts: an amount is of the only one where none is named.
    currencies: Sequence[str] = ()
    rep: Rep | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, get: Any, zone: ZoneInfo, currencies: Iterable[str], rep: Rep | None) -> "LogQuery":
        """The query of an address, read from its parameters."""
        names = (*FILTERS, "sort", "after")
        given = {name: get.get(name, "").translate(_CONTROLS).strip() for name in names}
        columns = [name for name in COLUMNS if name in get.getall("column")]
        query = cls(given, columns, zone, sorted(set(currencies)), rep)
        query.narrow = query._narrow()
        query.order = query._order()
        return query

    narrow: LinkFilter = field(init=False)
    order: Order = field(init=False)

    @property
    def columns(self) -> list[str]:
        """Those to show."""
        return (
            ["created", *(one for one in self.chosen if one != "created")] if self.chosen else [*COLUMNS]
        )

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The filters, the order and the columns, as the next page's address has them."""
        return [*self.filters, *self._looks]

    @property
    def filters(self) -> list[tuple[str, str]]:
        return [(name, self.given[name]) for name in FILTERS if self.given[name]]

    @property
    def _looks(self) -> list[tuple[str, str]]:
        sort = [("sort", self.given["sort"])] if self.given["sort"] else []
        return [*sort, *(("column", name) for name in self.chosen)]

    @property
    def clear(self) -> list[tuple[str, str]]:
        """No filters, and the same columns in the same order."""
        return self._looks

    def without(self, *names: str) -> list[tuple[str, str]]:
        """The address with some filters less."""
        return [(name, value) for name, value in self.kept if name not in names]

    def with_(self, **more: str) -> list[tuple[str, str]]:
        return [*self.without(*more), *((name, value) for name, value in more.items() if value)]

    # What it says

    def _narrow(self) -> LinkFilter:
        given = self.given
        status, mode = given["status"], given["mode"]
        currency, least, most = self._amounts()
        text = given["text"]
        if len(text) > LONGEST:
            self.problems["text"] = _(
                "That is too long: only its first %(count)s letters are looked for.", count=LONGEST
            )
        return LinkFilter(
            rep=self.rep,
            state=next((one for one in STATUSES if one == status), None),
            text=text[:LONGEST],
            attention=status == ATTENTION,
            unpaid=status == UNPAID,
            account_id=given["account"] or None,
            created_by=given["creator"] or None,
            holder=given["holder"] or None,
            created=self._between("created"),
            paid=self._between("paid"),
            expiry=self._between("expiry"),
            kind=given["kind"][:LONGEST] or None,
            record=given["record"][:LONGEST],
            currency=currency,
            least=least,
            most=most,
            mode="test" if mode == "test" else "live" if mode == "live" else None,
        )

    def _order(self) -> Order:
        """As asked, or else as the filters suggest: by the dates that they name."""
        said = self.given["sort"]
        by: By | None = next((one for one in ORDERS if one == said.removeprefix("-")), None)
        if by is None:
            if self.narrow.paid:
                return Order("paid")
            return Order("expiry", descending=False) if self.narrow.expiry else Order()
        if by == "amount" and not self.narrow.currency:
            if len(self.currencies) != 1:
                self.problems["currency"] = _("Choose a currency: amounts are compared within one.")
                return Order()
            self.narrow = replace(self.narrow, currency=self.currencies[0])
        return Order(by, descending=said.startswith("-"))

    def _between(self, what: str) -> Between:
        """Days are whole ones in the reader's zone."""
        first, last = DATES[what]
        since, until = self._day(first), self._day(last)
        if since and until and until < since:
            self.problems[last] = _("The last day is before the first.")
            return Between()
        try:
            end = until and until + timedelta(days=1)
            return Between(self._begin(since) if since else None, self._begin(end) if end else None)
        except OverflowError:  # the first and the last days that there are
            self.problems[last if until else first] = _("Choose another day.")
            return Between()

    def _day(self, name: str) -> date | None:
        said = self.given[name]
        try:
            return date.fromisoformat(said) if said else None
        except ValueError:
            self.problems[name] = _(
                "“%(said)s” is no date. Enter one such as 2026-11-30.", said=said[:LONGEST]
            )
            return None

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def _amounts(self) -> tuple[str | None, int | None, int | None]:
        given = self.given
        currency = given["currency"].upper() or None
        if currency and not _CODE.fullmatch(currency):
            self.problems["currency"] = _("A currency is three letters, such as EUR.")
            return None, None, None
        if not (given["least"] or given["most"]):
            return currency, None, None
        if currency is None and len(self.currencies) != 1:
            self.problems["currency"] = _("Choose a currency: amounts are compared within one.")
            return None, None, None
        currency = currency or self.currencies[0]
        least, most = self._minor("least", currency), self._minor("most", currency)
        if least is not None and most is not None and most < least:
            self.problems["most"] = _("The most is less than the least.")
            return currency, None, None
        return currency, least, most

    def _minor(self, name: str, currency: str) -> int | None:
        said = self.given[name]
        if not said:
            return None
        try:
            if _AMOUNT.fullmatch(said):
                return Money.of(said, currency).minor
        except InvalidAmount:
            pass
        decimals = exponent(currency)
        example = f"{1500:.{decimals}f}"
        self.problems[name] = (
            _(
                "Enter an amount in %(currency)s such as %(example)s, with at most %(count)s decimals "
                "and no commas.",
                currency=currency,
                example=example,
                count=decimals,
            )
            if decimals
            else _(
                "Enter an amount in %(currency)s such as %(example)s, a whole number and no commas.",
                currency=currency,
                example=example,
            )
        )
        return None


def quick_views(user_id: str, today: date) -> list[tuple[str, dict[str, str]]]:
    """What is looked for most, each with its filters."""

    def day(ahead: timedelta) -> str:
        return (today + ahead).isoformat()

    return [
        (_("Mine"), {"holder": user_id}),
        (_("Unpaid > 3 days"), {"status": UNPAID, "to": day(-_SOON)}),
        (
            _("Expiring soon"),
            {"status": UNPAID, "expires_from": day(timedelta()), "expires_to": day(_SOON)},
        ),
        (_("Paid today"), {"paid_from": day(timedelta()), "paid_to": day(timedelta())}),
        (_("Needs attention"), {"status": ATTENTION}),
        (_("Test"), {"mode": "test"}),
    ]

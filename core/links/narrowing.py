"""What a list of links is narrowed to, and by which index it is walked then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, ScalarSelect, TextClause, or_, true

from core.links.models import IN_TEST_MODE, NEEDS_ATTENTION, PAYABLE, LinkState, PaymentLink
from core.links.paging import By
from core.links.texts import having, words_of

Condition = ColumnElement[bool] | ScalarSelect[bool] | TextClause
#: A status to look for that is none of a link's own: ``unpaid`` are open or paid in part.
Status = LinkState | Literal["unpaid", "attention"]
_OPEN: tuple[str, ...] = PAYABLE


@dataclass(frozen=True, slots=True)
class Rep:
    """Whose links a list is of: what the member made or was handed, and what was made on records that
    belonged to their user of the CRM then; without what was handed on to others since."""

    user_id: str
    crm: str | None
    crm_user_id: str | None


@dataclass(frozen=True, slots=True)
class Between:
    """From ``since`` on and before ``until``, both aware UTC; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.since or self.until)


_ANY = Between()


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """What a list of links is narrowed to.

    ``text`` are words that are all looked for in a link's text (see texts), or its id. ``record`` is a
    record's id, or else a part of its title; ``least`` and ``most`` are minor units of ``currency``.
    ``attention`` leaves those that somebody has to look at, ``rep`` those of one member, ``holder``
    those that one looks after.
    """

    state: LinkState | None = None
    text: str = ""
    attention: bool = False
    unpaid: bool = False
    rep: Rep | None = None
    account_id: str | None = None
    created_by: str | None = None
    holder: str | None = None
    created: Between = _ANY
    paid: Between = _ANY
    expiry: Between = _ANY
    kind: str | None = None
    record: str = ""
    currency: str | None = None
    least: int | None = None
    most: int | None = None
    mode: Literal["test", "live"] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        return words_of(self.text)


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through the links: ``along`` is what an index leaves, in the list's order; of those only
    what fits ``rest`` is wanted."""

    along: tuple[Condition, ...]
    rest: tuple[Condition, ...]


def walks(narrow: LinkFilter, by: By) -> list[Walk]:
    """How to walk through what ``narrow`` leaves: one way, or several where somebody has links for
    several reasons.

    In any other order than by creation its own index is the one.
    """
    conditions, reasons = _conditions(narrow, by), _reasons(narrow)
    whose = tuple(or_(*one) for one in reasons)
    if by != "created":
        along: tuple[Condition, ...] = _ORDERED[by]
        if by == "amount" and narrow.currency:
            along = (conditions.pop("currency"),)
        rest = _rest(conditions, by)
        return [Walk((*along, *conditions.pop(by, ())), (*rest, *whose))]
    dates = tuple(conditions.pop("created", ()))
    best = next((name for name in _BEST if name in conditions), None)
    if reasons and best not in _FEW:
        rest = (*_rest(conditions, by), *whose[1:])
        return [Walk((one, *dates), rest) for one in reasons[0]]
    chosen = conditions.pop(best) if best else true()
    return [Walk((chosen, *dates), (*_rest(conditions, by), *whose))]


#: Conditions with an index of their own: what leaves the fewest first.
_FEW = ("attention",)
_BEST = (*_FEW, "test", "rare", "created_by", "account", "state")
_ORDERED: dict[By, tuple[Condition, ...]] = {
    "paid": (PaymentLink.paid_at.is_not(None),),
    "expiry": (PaymentLink.expires_at.is_not(None),),
    "amount": (),
}
_RARE = ("part_paid", "expired", "deactivated", "draft")


def held_by(user_id: str) -> list[ColumnElement[bool]]:
    """That a member looks after a link, for one reason or the other; each has an index."""
    link = PaymentLink
    return [(link.created_by == user_id) & link.handed_to.is_(None), link.handed_to == user_id]


def seen_by(rep: Rep | None) -> tuple[ColumnElement[bool], ...]:
    """That a link is one of a rep's; nothing for somebody who sees everybody's."""
    return (or_(*_of(rep)),) if rep else ()


def _of(rep: Rep) -> list[ColumnElement[bool]]:
    link, held = PaymentLink, held_by(rep.user_id)
    if rep.crm_user_id is None:
        return held
    theirs = (link.record_owner_id == rep.crm_user_id) & (link.crm == rep.crm)
    return [*held, theirs & link.handed_to.is_(None)]


def _reasons(narrow: LinkFilter) -> list[list[ColumnElement[bool]]]:
    """Whose links are wanted: of each list one has to be true."""
    held = [held_by(narrow.holder)] if narrow.holder else []
    return [*held, _of(narrow.rep)] if narrow.rep else held


def _rest(conditions: dict[str, Any], by: By) -> tuple[Condition, ...]:
    return tuple(
        part
        for name, found in conditions.items()
        if name != by
        for part in (found if isinstance(found, tuple) else (found,))
    )


def _conditions(narrow: LinkFilter, by: By) -> dict[str, Any]:
    """The conditions by name; those of dates and the others that are several are tuples."""
    link, found = PaymentLink, dict[str, Any]()
    currency, minor = link.amount_currency, link.amount_minor  # type: ignore[attr-defined]
    if by != "amount":
        # As expressions: a database would rather sort all links of a currency than walk in an order.
        currency, minor = currency + "", minor + 0
    if narrow.attention:
        found["attention"] = NEEDS_ATTENTION
    if narrow.mode:
        found["test" if narrow.mode == "test" else "mode"] = (
            IN_TEST_MODE if narrow.mode == "test" else link.mode == narrow.mode
        )
    if narrow.state:
        found["rare" if narrow.state in _RARE else "state"] = link.state == narrow.state
    if narrow.unpaid:
        found["unpaid"] = link.state.in_(_OPEN)
    if narrow.created_by:
        found["created_by"] = link.created_by == narrow.created_by
    if narrow.account_id:
        found["account"] = link.account_id == narrow.account_id
    if narrow.kind:
        found["kind"] = link.record_kind == narrow.kind
    if narrow.record:
        title = link.record_title.icontains(narrow.record, autoescape=True)
        found["record"] = or_(link.record_id == narrow.record, title)
    if narrow.currency:
        found["currency"] = currency == narrow.currency
    least = () if narrow.least is None else (minor >= narrow.least,)
    if amounts := least if narrow.most is None else (*least, minor <= narrow.most):
        found["amount"] = amounts
    for name, column in (
        ("created", link.created_at),
        ("paid", link.paid_at),
        ("expiry", link.expires_at),
    ):
        if dates := _between(getattr(narrow, name), column):
            found[name] = dates
    # A link is paid after it was made (clocks differ), so that walking by creation begins there.
    if narrow.paid.until:
        latest = link.created_at < narrow.paid.until + timedelta(days=1)
        found["created"] = (*found.get("created", ()), latest)
    if narrow.words:
        found["text"] = having(narrow.words)
    return found


def _between(dates: Between, column: Any) -> tuple[Condition, ...]:
    since = (column >= dates.since,) if dates.since else ()
    return (*since, column < dates.until) if dates.until else since


STATUSES: tuple[LinkState, ...] = tuple(one for one in get_args(LinkState) if one != "draft")


def never_made() -> ColumnElement[bool]:
    """Refused at the first try. After more than one, nobody knows: such a link is shown."""
    refused = (PaymentLink.job_state == "failed") & (PaymentLink.attempts == 1)
    return (PaymentLink.state == "draft") & refused

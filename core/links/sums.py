"""What the links of a record come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from core.api.money import Money
from core.api.payments import PaymentState, RefundState
from core.links.models import PAYABLE, Payment, PaymentLink, Refund
from core.links.queries import of_record


@dataclass(frozen=True, slots=True)
class Totals:
    """What was asked, what was paid, what of it went back, and what is open: in one currency, and in one
    mode, ``test`` or ``live``."""

    mode: str
    asked: Money
    paid: Money
    open: Money
    refunded: Money


@dataclass(frozen=True, slots=True)
class RecordSums:
    """What all links of a record come to, live ones first, and how many there are in each state."""

    totals: list[Totals]
    counts: Mapping[str, int]


def sums_of_record(session: Session, crm: str, kind: str, record_id: str) -> RecordSums:
    """Of all of a record's links, however many. Nothing is added across currencies: what was paid on a
    link in another one than its own isn't counted."""
    link = PaymentLink
    currency, asked = link.amount_currency, link.amount_minor  # type: ignore[attr-defined]
    paid = _arrived(Payment, PaymentState.SUCCEEDED, currency)
    due = case((link.state.in_(PAYABLE) & (asked > paid), asked - paid), else_=0)
    mine = select(
        link.mode,
        currency.label("currency"),
        link.state,
        asked.label("asked"),
        paid.label("paid"),
        due.label("due"),
        _arrived(Refund, RefundState.SUCCEEDED, currency).label("refunded"),
    ).where(*of_record(crm, kind, record_id))
    each = mine.subquery().c
    query = select(
        each.mode,
        each.currency,
        each.state,
        func.count(),
        *(func.sum(column) for column in (each.asked, each.paid, each.due, each.refunded)),
    ).group_by(each.mode, each.currency, each.state)
    sums: dict[tuple[str, str], list[int]] = {}
    counts: Counter[str] = Counter()
    for mode, code, state, count, *parts in session.execute(query):
        counts[state] += count
        so_far = sums.setdefault((mode, code), [0] * len(parts))
        sums[mode, code] = [one + int(more) for one, more in zip(so_far, parts, strict=True)]
    return RecordSums(
        [
            Totals(mode, *(Money(one, code) for one in parts))
            for (mode, code), parts in sorted(sums.items())
        ],
        counts,
    )


def _arrived(model: type[Payment] | type[Refund], state: str, currency: Any) -> Any:
    """The minor units of a link's payments or refunds, in its own currency."""
    minor, code = model.amount_minor, model.amount_currency  # type: ignore[union-attr]
    its = (model.link_id == PaymentLink.id, model.state == state, code == currency)
    return select(func.coalesce(func.sum(minor), 0)).where(*its).scalar_subquery()


def paid_on(session: Session, links: Sequence[PaymentLink]) -> Mapping[str, Money]:
    """What was paid on those of ``links`` of which a part is, by the link's id: one query, if any."""
    parts = [link for link in links if link.state == "part_paid"]
    paid = _paid(session, parts) if parts else {}
    return {
        link.id: Money(paid.get((link.id, link.amount.currency), 0), link.amount.currency)
        for link in parts
    }


def paid_of(session: Session, links: Sequence[PaymentLink]) -> Mapping[str, Money]:
    """What was paid on each of ``links`` in its own currency, by the link's id, where anything was."""
    paid = _paid(session, links)
    of = {link.id: link.amount.currency for link in links}
    return {id: Money(minor, code) for (id, code), minor in paid.items() if of[id] == code}


def _paid(session: Session, links: Sequence[PaymentLink]) -> Mapping[tuple[str, str], int]:
    """Minor units by the id of a link and a currency."""
    minor, currency = Payment.amount_minor, Payment.amount_currency  # type: ignore[attr-defined]
    mine = Payment.link_id.in_([link.id for link in links])
    query = (
        select(Payment.link_id, currency, func.sum(minor))
        .where(mine, Payment.state == PaymentState.SUCCEEDED)
        .group_by(Payment.link_id, currency)
    )
    return {(link_id, code): int(total) for link_id, code, total in session.execute(query)}

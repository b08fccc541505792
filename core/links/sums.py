"""What the links of a record come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.api.money import Money
from core.api.payments import PaymentState, RefundState
from core.links.models import Payment, PaymentLink, Refund

#: Minor units by the id of a link and a currency.
Sums = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Totals:
    """What was asked, what was paid, what of it went back, and what is open; one currency each."""

    asked: Money
    paid: Money
    open: Money
    refunded: Money


def totals(session: Session, links: Sequence[PaymentLink]) -> list[Totals]:
    """Totals of ``links`` by currency and mode-blind: never added across currencies."""
    paid = _sums(session, Payment, PaymentState.SUCCEEDED, links)
    return added_up(links, paid, _sums(session, Refund, RefundState.SUCCEEDED, links))


def added_up(links: Sequence[PaymentLink], paid: Sums, refunded: Sums) -> list[Totals]:
    """The totals, given what was paid and refunded on each link."""
    result: dict[str, Totals] = {}
    for link in links:
        currency = link.amount.currency
        nothing, key = Money(0, currency), (link.id, currency)
        so_far = result.get(currency, Totals(nothing, nothing, nothing, nothing))
        result[currency] = Totals(
            asked=so_far.asked + link.amount,
            paid=so_far.paid + Money(paid.get(key, 0), currency),
            open=so_far.open + (_due(link, paid) if link.payable else nothing),
            refunded=so_far.refunded + Money(refunded.get(key, 0), currency),
        )
    return list(result.values())


def paid_on(session: Session, links: Sequence[PaymentLink]) -> Mapping[str, Money]:
    """What was paid on those of ``links`` of which a part is, by the link's id: one query, if any."""
    parts = [link for link in links if link.state == "part_paid"]
    paid = _sums(session, Payment, PaymentState.SUCCEEDED, parts) if parts else {}
    return {
        link.id: Money(paid.get((link.id, link.amount.currency), 0), link.amount.currency)
        for link in parts
    }


def paid_of(session: Session, links: Sequence[PaymentLink]) -> Mapping[str, Money]:
    """What was paid on each of ``links`` in its own currency, by the link's id, where anything was."""
    paid = _sums(session, Payment, PaymentState.SUCCEEDED, links)
    of = {link.id: link.amount.currency for link in links}
    return {id: Money(minor, code) for (id, code), minor in paid.items() if of[id] == code}


def _due(link: PaymentLink, paid: Sums) -> Money:
    currency = link.amount.currency
    return Money(max(0, link.amount.minor - paid.get((link.id, currency), 0)), currency)


def _sums(
    session: Session, model: type[Payment] | type[Refund], state: str, links: Sequence[PaymentLink]
) -> Sums:
    minor, currency = model.amount_minor, model.amount_currency  # type: ignore[union-attr]
    query = (
        select(model.link_id, currency, func.sum(minor))
        .where(model.link_id.in_([link.id for link in links]), model.state == state)
        .group_by(model.link_id, currency)
    )
    return {(link_id, code): int(total) for link_id, code, total in session.execute(query)}

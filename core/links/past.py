"""What happened to links lately, told again as rules were told: for trying a rule out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.actions import DomainEvent
from core.app import App
from core.connections import service as connections
from core.links.facts import domain_event
from core.links.flags import balance
from core.links.models import Dispute, LinkEvent, Payment, PaymentLink, Refund
from core.people import service as people

#: Among so many of the newest links it is looked for: no more than a moment's work.
_NEWEST = 500


def past_events(app: App, session: Session, name: str, limit: int = 30) -> list[DomainEvent]:
    """The last events of that name, newest first, with the amounts as they are now."""
    newest = (
        select(PaymentLink.id)
        .order_by(PaymentLink.created_at.desc(), PaymentLink.id.desc())
        .limit(_NEWEST)
    )
    happened = (
        select(LinkEvent)
        .where(LinkEvent.link_id.in_(newest), LinkEvent.name == name)
        .order_by(LinkEvent.id.desc())
        .limit(limit)
    )
    lines = list(session.scalars(happened))
    ids = {line.link_id for line in lines}
    links = {one.id: one for one in session.scalars(select(PaymentLink).where(PaymentLink.id.in_(ids)))}
    payments, refunds, disputes = (_by_link(session, model, ids) for model in (Payment, Refund, Dispute))
    known = people.names_of(session, [link.created_by for link in links.values()])
    known |= {one.id: one.label for one in connections.list_accounts(session)}
    told = []
    for line in lines:
        link = links[line.link_id]
        rows = [*payments[link.id], *refunds[link.id], *disputes[link.id]]
        subject = next((row for row in [link, *rows] if row.id == line.subject_id), None)
        if subject is not None:
            money = balance(link.amount.currency, payments[link.id], refunds[link.id], disputes[link.id])
            payment = _payment_of(subject, name, payments[link.id])
            told.append(
                domain_event(
                    app,
                    session,
                    link,
                    name,
                    subject,
                    payment,
                    money,
                    known=known,
                    at=line.happened_at,
                )
            )
    return told


def _by_link(session: Session, model: type[Any], link_ids: Iterable[str]) -> dict[str, list[Any]]:
    found = select(model).where(model.link_id.in_(link_ids)).order_by(model.id)
    by_link = defaultdict(list)
    for row in session.scalars(found):
        by_link[row.link_id].append(row)
    return by_link


def _payment_of(subject: Any, name: str, payments: Sequence[Payment]) -> Payment | None:
    """The payment that an event is about, or that brought it about."""
    if isinstance(subject, Payment):
        return subject
    if isinstance(subject, PaymentLink):
        came = [one for one in payments if one.state == "succeeded"]
        return came[-1] if came and name in ("link.paid", "link.part_paid") else None
    return next((one for one in payments if one.id == subject.payment_id), None)

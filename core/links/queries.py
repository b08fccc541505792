"""Finding links again: the panel of a record, the history of one. The logs are in walking."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.connections.service import PaymentAccount
from core.links.models import Dispute, LinkEvent, Payment, PaymentLink, Refund
from core.links.narrowing import never_made


def of_record(crm: str, kind: str, record_id: str) -> tuple[ColumnElement[bool], ...]:
    """That a link is of this record of the CRM, and was made or may yet be."""
    return (
        PaymentLink.crm == crm,
        PaymentLink.record_kind == kind,
        PaymentLink.record_id == record_id,
        ~never_made(),
    )


def links_of_record(
    session: Session,
    crm: str,
    kind: str,
    record_id: str,
    *,
    states: Collection[str] = (),
    limit: int = 50,
) -> list[PaymentLink]:
    """The newest links of one CRM record, in one of ``states`` where any are named."""
    query = select(PaymentLink).where(*of_record(crm, kind, record_id))
    if states:
        query = query.where(PaymentLink.state.in_(states))
    return list(session.scalars(query.order_by(PaymentLink.id.desc()).limit(limit)))


def get_link(session: Session, link_id: str) -> PaymentLink | None:
    """One link of the workspace."""
    return session.get(PaymentLink, link_id)


def payments_of(session: Session, link_id: str) -> list[Payment]:
    """The payments on a link, oldest first."""
    return list(session.scalars(select(Payment).where(Payment.link_id == link_id).order_by(Payment.id)))


def refunds_of(session: Session, link_id: str) -> list[Refund]:
    """The refunds of the payments on a link, in the order they began in."""
    mine = select(Refund).where(Refund.link_id == link_id)
    return list(session.scalars(mine.order_by(Refund.at, Refund.id)))


def disputes_of(session: Session, link_id: str) -> list[Dispute]:
    """The disputes of the payments on a link, in the order they began in."""
    mine = select(Dispute).where(Dispute.link_id == link_id)
    return list(session.scalars(mine.order_by(Dispute.at, Dispute.id)))


def history_of(session: Session, link_id: str) -> list[LinkEvent]:
    """What happened to a link, oldest first."""
    return list(
        session.scalars(select(LinkEvent).where(LinkEvent.link_id == link_id).order_by(LinkEvent.id))
    )


def accounts_paid_on(session: Session, account_ids: Iterable[str]) -> set[str]:
    """Those of some payment accounts that took a payment on a link."""
    paid = select(Payment.id).where(Payment.account_id == PaymentAccount.id).exists()
    return set(
        session.scalars(select(PaymentAccount.id).where(PaymentAccount.id.in_(account_ids), paid))
    )

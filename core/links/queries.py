"""Finding links again: the log, the panel of a record, the history of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, select, union
from sqlalchemy.orm import Session

from core.connections.service import PaymentAccount
from core.links.models import (
    NEEDS_ATTENTION,
    Dispute,
    LinkEvent,
    LinkState,
    Payment,
    PaymentLink,
    Refund,
)


@dataclass(frozen=True, slots=True)
class Rep:
    """Whose links a list is of: what the member made, and what was made on records that belonged to
    their user of the CRM then."""

    user_id: str
    crm: str | None
    crm_user_id: str | None


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """What a list of links is narrowed to; ``text`` is looked for in titles, payers and ids.

    ``attention`` leaves those that somebody has to look at, ``rep`` those of one member. They were made
    from ``since`` on and before ``until``, both aware UTC.
    """

    state: LinkState | None = None
    text: str = ""
    attention: bool = False
    rep: Rep | None = None
    account_id: str | None = None
    created_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page of links, newest first; ``next`` is the cursor of the page after it."""

    links: list[PaymentLink]
    next: str | None


def list_links(
    session: Session, narrow: LinkFilter, *, before: str | None = None, size: int = 50
) -> LinkPage:
    """The workspace's links that were made or may yet be, newest first, from ``before`` on."""
    newest, conditions = PaymentLink.id.desc(), _conditions(narrow, before)
    if narrow.rep:
        # One after the other: for "either, newest first" a database goes through the whole workspace.
        parts = [
            select(PaymentLink.id).where(*conditions, whose).order_by(newest).limit(size + 1).subquery()
            for whose in _of(narrow.rep)
        ]
        query = select(PaymentLink).where(PaymentLink.id.in_(union(*(select(one) for one in parts))))
    else:
        query = select(PaymentLink).where(*conditions)
    links = list(session.scalars(query.order_by(newest).limit(size + 1)))
    more = len(links) > size
    return LinkPage(links[:size], links[size - 1].id if more else None)


def _of(rep: Rep) -> list[ColumnElement[bool]]:
    made = PaymentLink.created_by == rep.user_id
    if rep.crm_user_id is None:
        return [made]
    return [made, (PaymentLink.record_owner_id == rep.crm_user_id) & (PaymentLink.crm == rep.crm)]


def _conditions(narrow: LinkFilter, before: str | None) -> list[ColumnElement[bool] | TextClause]:
    found: list[ColumnElement[bool] | TextClause] = [~_never_made()]
    if before:
        found.append(PaymentLink.id < before)
    if narrow.state:
        found.append(PaymentLink.state == narrow.state)
    if narrow.account_id:
        found.append(PaymentLink.account_id == narrow.account_id)
    if narrow.created_by:
        found.append(PaymentLink.created_by == narrow.created_by)
    if narrow.since:
        found.append(PaymentLink.created_at >= narrow.since)
    if narrow.until:
        found.append(PaymentLink.created_at < narrow.until)
    if narrow.attention:
        found.append(NEEDS_ATTENTION)
    if narrow.text:
        payer = (
            select(Payment.id)
            .where(
                Payment.link_id == PaymentLink.id,
                Payment.payer_email.icontains(narrow.text, autoescape=True)
                | Payment.payer_name.icontains(narrow.text, autoescape=True),
            )
            .exists()
        )
        found.append(
            PaymentLink.record_title.icontains(narrow.text, autoescape=True)
            | PaymentLink.product_name.icontains(narrow.text, autoescape=True)
            | (PaymentLink.id == narrow.text)
            | (PaymentLink.record_id == narrow.text)
            | payer
        )
    return found


def links_of_record(
    session: Session, crm: str, kind: str, record_id: str, limit: int = 50
) -> list[PaymentLink]:
    """The newest links of one CRM record."""
    query = (
        select(PaymentLink)
        .where(
            PaymentLink.crm == crm,
            PaymentLink.record_kind == kind,
            PaymentLink.record_id == record_id,
            ~_never_made(),
        )
        .order_by(PaymentLink.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def _never_made() -> ColumnElement[bool]:
    """Refused at the first try. After more than one, nobody knows: such a link is shown."""
    refused = (PaymentLink.job_state == "failed") & (PaymentLink.attempts == 1)
    return (PaymentLink.state == "draft") & refused


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

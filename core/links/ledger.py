"""The ledger: what is true of a link and its payments, and the events that follow from it.

Everything here is told the provider's own answer (a LinkStatus), never a webhook's content, and may
be told it any number of times and in any order: a state only moves forward, and each event is
written with the change that it reports, once.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.actions import DomainEvent, LinkFacts, PaymentFacts
from core.api.payments import Link, LinkStatus, PaymentState, PaymentStatus, ProviderLinkState
from core.api.records import RecordRef
from core.app import App
from core.connections import service as connections
from core.db.faultpoints import reached
from core.links.models import LinkEvent, Payment, PaymentLink
from core.people import service as people
from core.rules import service as rules

_FORWARD = {
    None: {PaymentState.PENDING, PaymentState.SUCCEEDED, PaymentState.FAILED},
    PaymentState.PENDING: {PaymentState.SUCCEEDED, PaymentState.FAILED},
    # A payment that failed may be told as succeeded by a provider that lets the payer try again.
    PaymentState.FAILED: {PaymentState.SUCCEEDED},
    PaymentState.SUCCEEDED: set[PaymentState](),
}


def opened(app: App, tenant_id: str, link_id: str, made: Link) -> None:
    """The provider has made the link: it is open, and ``link.created`` has happened."""
    with app.db.unit_of_work(tenant_id) as session:
        link = _locked(session, link_id)
        _open(app, session, link, made.ref, made.url)
        reached("link.open_written")
    reached("link.opened")


def refresh(app: App, tenant_id: str, link_id: str, ref: str | None = None) -> bool:
    """Ask the provider for the truth about a link and write it down. Calls out.

    ``ref`` is the provider's id of the link, where an event told it before the answer that made the
    link did. False where neither knows it.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link_id)
    ref = link.provider_ref or ref
    if ref is None:
        return False
    with connections.watched_account(app, tenant_id, link.account_id):
        status = connections.payment_port(app, tenant_id, link.account_id).fetch_status(ref)
    reached("status.told")
    write_down(app, tenant_id, link_id, status)
    return True


def write_down(app: App, tenant_id: str, link_id: str, status: LinkStatus) -> None:
    """Bring the ledger to what the provider says, and report what changed."""
    with app.db.unit_of_work(tenant_id) as session:
        link = _locked(session, link_id)
        _open(app, session, link, status.ref, status.url)
        known = {
            p.provider_ref: p for p in session.scalars(select(Payment).where(Payment.link_id == link_id))
        }
        for payment in sorted(status.payments, key=lambda one: one.at or app.clock()):
            _advance(app, session, link, known.get(payment.ref), payment)
            reached("payment.written")
        if status.state is ProviderLinkState.INACTIVE and link.state == "open":
            link.state = "deactivated"
            _report(app, session, link, "link.deactivated", link.id)
        reached("ledger.written")
    reached("ledger.kept")


def _locked(session: Session, link_id: str) -> PaymentLink:
    # On PostgreSQL two deliveries of one payment meet here; on SQLite the writer is alone anyway.
    return session.scalars(select(PaymentLink).where(PaymentLink.id == link_id).with_for_update()).one()


def _open(app: App, session: Session, link: PaymentLink, ref: str, url: str) -> None:
    if link.state != "draft":
        return
    link.provider_ref, link.url = ref, url
    link.state, link.opened_at = "open", app.clock()
    _report(app, session, link, "link.created", link.id)


def _advance(
    app: App, session: Session, link: PaymentLink, row: Payment | None, told: PaymentStatus
) -> None:
    before = PaymentState(row.state) if row else None
    if told.state not in _FORWARD[before]:
        return
    if row is None:
        row = Payment(
            link_id=link.id,
            account_id=link.account_id,
            provider_ref=told.ref,
            state="",
            amount=told.money,
            created_at=app.clock(),
        )
        session.add(row)
    row.state, row.intent_ref, row.updated_at = told.state, told.intent_ref, app.clock()
    row.payer_name, row.payer_email, row.method = told.payer_name, told.payer_email, told.method
    row.problem = _problem(link, told)
    if row.problem:
        # Written down and shown, but nothing follows from it by itself.
        _history(app, session, link, "payment.mismatch", row.id, problem=row.problem)
        return
    _report(app, session, link, f"payment.{told.state}", row.id, row)
    if told.state is PaymentState.SUCCEEDED:
        link.state, link.paid_at = "paid", told.at or app.clock()
        _report(app, session, link, "link.paid", link.id, row)


def _problem(link: PaymentLink, told: PaymentStatus) -> str | None:
    """Why a payment isn't the one that the link asks for."""
    if told.money != link.amount:
        return f"{told.money} was paid where {link.amount} was asked."
    if told.state is PaymentState.SUCCEEDED and link.state == "paid":
        # Two customers can have its page open at once, or one of them twice.
        return f"{told.money} was paid once more: the link was paid already."
    return None


def _report(
    app: App,
    session: Session,
    link: PaymentLink,
    name: str,
    subject_id: str,
    payment: Payment | None = None,
) -> None:
    detail: dict[str, Any] = {}
    if payment:
        paid = payment.amount
        detail = {"amount": [paid.minor, paid.currency], "payer": payment.payer_name}
    _history(app, session, link, name, subject_id, **detail)
    session.flush()
    event = DomainEvent(
        name=name,
        subject_id=subject_id,
        at=app.clock(),
        record=RecordRef(link.record_kind, link.record_id),
        record_title=link.record_title,
        link=LinkFacts(
            id=link.id,
            url=link.url or "",
            amount=link.amount,
            product=link.product_name,
            quantity=link.quantity,
            mode=link.mode,
            account=connections.account_label(session, link.account_id),
            created_at=link.created_at,
            created_by=people.name_of(session, link.created_by),
        ),
        payment=PaymentFacts(
            id=payment.id,
            amount=payment.amount,
            payer_name=payment.payer_name,
            payer_email=payment.payer_email,
            method=payment.method,
        )
        if payment
        else None,
    )
    rules.emit(session, app, link.crm, event)


def _history(
    app: App, session: Session, link: PaymentLink, name: str, subject_id: str, **detail: Any
) -> None:
    session.add(
        LinkEvent(link_id=link.id, name=name, subject_id=subject_id, detail=detail, at=app.clock())
    )

"""What actions are told about an event."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from core.api.actions import DisputeFacts, DomainEvent, LinkFacts, PaymentFacts, RefundFacts
from core.app import App
from core.connections import service as connections
from core.links.flags import Balance
from core.links.models import Dispute, Payment, PaymentLink, Refund
from core.people import service as people


def domain_event(
    app: App,
    session: Session,
    link: PaymentLink,
    name: str,
    subject: PaymentLink | Payment | Refund | Dispute,
    payment: Payment | None,
    money: Balance,
    *,
    known: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> DomainEvent:
    """The event ``name`` about ``subject``, with all that is known of it now; ``known`` are names of
    members and accounts, by their ids, that needn't be looked up. It happens now, or did ``at`` then."""
    return DomainEvent(
        name=name,
        subject_id=subject.id,
        at=at or app.clock(),
        record=link.record_ref,
        record_title=link.record_title,
        link=link_facts(session, link, money, known or {}),
        payment=_payment(payment) if payment else None,
        refund=_refund(subject) if isinstance(subject, Refund) else None,
        dispute=_dispute(subject) if isinstance(subject, Dispute) else None,
    )


def link_facts(
    session: Session,
    link: PaymentLink,
    money: Balance | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
) -> LinkFacts:
    """What plugins may know of a link, and of what was paid on it where ``money`` says so."""
    return LinkFacts(
        id=link.id,
        url=link.url or "",
        amount=link.amount,
        product=link.product_name,
        quantity=link.quantity,
        mode=link.mode,
        account=known.get(link.account_id) or connections.account_label(session, link.account_id),
        created_at=link.created_at,
        created_by=known.get(link.created_by) or people.name_of(session, link.created_by),
        left=money.net if money else None,
        due=money.due_of(link.amount) if money else None,
        expires_at=link.expires_at,
        account_id=link.account_id,
    )


def _payment(payment: Payment) -> PaymentFacts:
    return PaymentFacts(
        id=payment.id,
        amount=payment.amount,
        payer_name=payment.payer_name,
        payer_email=payment.payer_email,
        method=payment.method,
        reason=payment.reason,
    )


def _refund(refund: Refund) -> RefundFacts:
    return RefundFacts(id=refund.id, amount=refund.amount, reason=refund.reason)


def _dispute(dispute: Dispute) -> DisputeFacts:
    return DisputeFacts(
        id=dispute.id,
        amount=dispute.amount,
        state=dispute.state,
        reason=dispute.reason,
        due_by=dispute.due_by,
    )

"""What may come after a payment: refunds and disputes, each told in any order, any number of times."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.api.payments import DisputeState, DisputeStatus, PaymentStatus, RefundState, RefundStatus
from core.links.book import Book
from core.links.flags import left_of
from core.links.models import Dispute, Payment, Refund

_REFUND_FORWARD = {
    None: set(RefundState),
    RefundState.PENDING: {RefundState.SUCCEEDED, RefundState.FAILED},
    # The payer's bank may give back what had gone through, days later (Stripe docs: Failed refunds).
    RefundState.SUCCEEDED: {RefundState.FAILED},
    RefundState.FAILED: set[RefundState](),
}
_CLOSED = {DisputeState.WON, DisputeState.LOST}
_DISPUTE_FORWARD = {
    None: set(DisputeState),
    DisputeState.OPEN: _CLOSED,
    # Who wins or loses may take it further, and the other is right in the end.
    DisputeState.WON: {DisputeState.LOST},
    DisputeState.LOST: {DisputeState.WON},
}


def follow(book: Book, payments: Iterable[PaymentStatus]) -> None:
    """Write down the refunds and disputes of the payments in the book, in the order they began in."""
    now = book.app.clock()
    known = [(book.payments[one.ref], one) for one in payments if one.ref in book.payments]
    refunds = [(row, told) for row, payment in known for told in payment.refunds]
    disputes = [(row, told) for row, payment in known for told in payment.disputes]
    for row, refund in sorted(refunds, key=lambda pair: pair[1].at or now):
        _refunded(book, row, refund)
    for row, dispute in sorted(disputes, key=lambda pair: pair[1].at or now):
        _disputed(book, row, dispute)


def _refunded(book: Book, payment: Payment, told: RefundStatus) -> None:
    """What the provider says of a refund. The event is reported when the money has gone back."""
    row = book.refunds.get(told.ref)
    before = RefundState(row.state) if row else None
    if told.state not in _REFUND_FORWARD[before]:
        return
    if row is None:
        row = Refund(**_origin(book, payment, told))
        book.add(row)
    row.state, row.reason, row.updated_at = told.state, told.reason, book.app.clock()
    detail = _detail(row, payment)
    if told.state is RefundState.SUCCEEDED:
        left = left_of(payment, book.refunds.values(), book.disputes.values())
        book.report("payment.refunded", row, payment, left=[left.minor, left.currency], **detail)
    elif told.state is RefundState.PENDING:
        book.write("refund.pending", row.id, **detail)
    else:
        book.write(
            "refund.returned" if before is RefundState.SUCCEEDED else "refund.failed", row.id, **detail
        )


def _disputed(book: Book, payment: Payment, told: DisputeStatus) -> None:
    """What the provider says of a dispute. Its opening and its end are reported, each once.

    One that is over when it is first heard of reports its end only.
    """
    row = book.disputes.get(told.ref)
    before = DisputeState(row.state) if row else None
    if row and told.state is DisputeState.OPEN is before:
        row.due_by = told.due_by
    if told.state not in _DISPUTE_FORWARD[before]:
        return
    if row is None:
        row = Dispute(**_origin(book, payment, told))
        book.add(row)
    row.state, row.reason, row.updated_at = told.state, told.reason, book.app.clock()
    row.due_by = told.due_by
    detail = _detail(row, payment, due_by=_iso(told.due_by))
    if told.state is DisputeState.OPEN:
        book.report("dispute.opened", row, payment, **detail)
    elif before in _CLOSED:
        book.write("dispute.closed", row.id, outcome=told.state, **detail)
    else:
        book.report("dispute.closed", row, payment, outcome=told.state, **detail)


def _origin(book: Book, payment: Payment, told: RefundStatus | DisputeStatus) -> dict[str, Any]:
    """What is true of a row from the start and for good."""
    now = book.app.clock()
    return {
        "link_id": book.link.id,
        "payment_id": payment.id,
        "account_id": book.link.account_id,
        "provider_ref": told.ref,
        "amount": told.money,
        "at": told.at or now,
        "created_at": now,
    }


def _detail(row: Refund | Dispute, payment: Payment, **more: Any) -> dict[str, Any]:
    money = [row.amount.minor, row.amount.currency]
    return {"amount": money, "payer": payment.payer_name, "reason": row.reason, **more}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

"""What is posted: JSON with ``type``, ``timestamp`` and ``data``, the same in every attempt. Pure."""

import json
from datetime import UTC, datetime
from typing import Any

from core.api.actions import DisputeFacts, DomainEvent, LinkFacts, PaymentFacts, RefundFacts
from core.api.money import Money

Json = dict[str, Any]


def body(event: DomainEvent) -> bytes:
    """The message about ``event``. Amounts are whole minor units with a currency; times are UTC."""
    return json.dumps(_message(event), ensure_ascii=False, separators=(",", ":")).encode()


def readable(event: DomainEvent) -> str:
    """The same message, for people to read."""
    return json.dumps(_message(event), ensure_ascii=False, indent=2)


def _message(event: DomainEvent) -> Json:
    data: Json = {
        "id": event.subject_id,
        "record": {"kind": event.record.kind, "id": event.record.id, "title": event.record_title},
        "link": _link(event.link),
        "payment": event.payment and _payment(event.payment),
        "refund": event.refund and _refund(event.refund),
        "dispute": event.dispute and _dispute(event.dispute),
    }
    return {"type": event.name, "timestamp": _time(event.at), "data": data}


def _link(link: LinkFacts) -> Json:
    return {
        "id": link.id,
        "url": link.url,
        "amount": _money(link.amount),
        "left": link.left and _money(link.left),
        "product": link.product,
        "quantity": link.quantity,
        "mode": link.mode,
        "account": link.account,
        "created_at": _time(link.created_at),
        "created_by": link.created_by,
    }


def _payment(payment: PaymentFacts) -> Json:
    return {
        "id": payment.id,
        "amount": _money(payment.amount),
        "payer": {"name": payment.payer_name, "email": payment.payer_email},
        "method": payment.method,
        "reason": payment.reason,
    }


def _refund(refund: RefundFacts) -> Json:
    return {"id": refund.id, "amount": _money(refund.amount), "reason": refund.reason}


def _dispute(dispute: DisputeFacts) -> Json:
    return {
        "id": dispute.id,
        "amount": _money(dispute.amount),
        "state": dispute.state,
        "reason": dispute.reason,
        "due_by": dispute.due_by and _time(dispute.due_by),
    }


def _money(amount: Money) -> Json:
    return {"minor": amount.minor, "currency": amount.currency}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

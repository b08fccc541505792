"""What was paid, given back and disputed, from Stripe's objects. Nothing here calls out."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.api.errors import InvalidAmount
from core.api.money import Money
from core.api.payments import (
    DisputeState,
    DisputeStatus,
    PaymentState,
    PaymentStatus,
    RefundState,
    RefundStatus,
)
from plugins.stripe_provider.mapping import Raw, from_wire, utc

# The rest is on its way: a refund that waits for its bank or for the payer, a dispute that waits
# for an answer or for a decision (Stripe API: the Refund object, the Dispute object).
_REFUNDS = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
# In the words of PaymentStatus. A thief isn't told (Stripe docs: Decline codes).
_NOT_FOR_THE_PAYER = ("fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "stolen_card")
_REASONS = {
    **dict.fromkeys(("card_declined", "do_not_honor", *_NOT_FOR_THE_PAYER), "generic_decline"),
    "invalid_cvc": "incorrect_cvc",
    "payment_intent_authentication_failure": "authentication_required",
}
_DISPUTES = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,  # an inquiry that became no dispute
    "lost": DisputeState.LOST,
}


def charge_of(session: Raw) -> Raw:
    """The charge that paid a session; empty where there is none, or it wasn't expanded."""
    return _expanded(_expanded(session.get("payment_intent")).get("latest_charge"))


def payment(session: Raw, refunds: Iterable[Raw] = (), disputes: Iterable[Raw] = ()) -> PaymentStatus:
    """A completed Checkout Session, its intent and charge expanded where the key may read them."""
    intent, charge = _expanded(session.get("payment_intent")), charge_of(session)
    payer = session.get("customer_details") or {}
    money = from_wire(session["amount_total"], session["currency"])
    return PaymentStatus(
        ref=session["id"],
        state=payment_state(session["payment_status"], intent.get("status")),
        reason=_why_failed(intent),
        money=money,
        intent_ref=intent.get("id"),
        payer_name=payer.get("name"),
        payer_email=payer.get("email"),
        method=_method(charge),
        last4=_last4(charge),
        at=utc(charge.get("created") or session["created"]),
        refunds=tuple(refund(one) for one in refunds),
        disputes=tuple(dispute(one, money) for one in disputes),
    )


def refused(session: Raw) -> PaymentStatus | None:
    """The last attempt on a session that isn't completed; None where no bank has refused any.

    A payer may try again and again on one session. Each attempt has a charge of its own; only the
    last stays in sight here, and an event tells of each.
    """
    intent, charge = _expanded(session.get("payment_intent")), charge_of(session)
    error = intent.get("last_payment_error")
    if not error:
        return None
    payer = charge.get("billing_details") or {}
    return PaymentStatus(
        ref=error.get("charge") or intent["id"],  # without a charge: the bank wasn't even asked
        state=PaymentState.FAILED,
        reason=_why_failed(intent),
        money=from_wire(session["amount_total"], session["currency"]),
        intent_ref=intent["id"],
        payer_name=payer.get("name"),
        payer_email=payer.get("email"),
        method=_method(charge),
        last4=_last4(charge),
        at=utc(charge.get("created") or session["created"]),
    )


def _why_failed(intent: Raw) -> str | None:
    error = intent.get("last_payment_error") or {}
    reason = error.get("decline_code") or error.get("code")
    return _REASONS.get(reason, reason) if reason else None


def payment_state(payment_status: str, intent_status: str | None) -> PaymentState:
    """How a completed session stands (Stripe docs: Fulfill orders, delayed payment methods).

    ``unpaid`` says only that the money isn't there. A delayed debit that failed has put its
    intent back to waiting for another payment method; one that is under way is processing, or
    waits for the payer to hand in a voucher.
    """
    if payment_status in ("paid", "no_payment_required"):
        return PaymentState.SUCCEEDED
    if intent_status in ("requires_payment_method", "canceled"):
        return PaymentState.FAILED
    return PaymentState.PENDING


def refund(raw: Raw) -> RefundStatus:
    """A refund; Stripe counts it in the currency of its charge, which is the link's."""
    return RefundStatus(
        ref=raw["id"],
        state=_REFUNDS.get(raw.get("status") or "", RefundState.PENDING),
        money=from_wire(raw["amount"], raw["currency"]),
        reason=raw.get("failure_reason") or raw.get("reason"),
        at=utc(raw["created"]),
    )


def dispute(raw: Raw, paid: Money) -> DisputeStatus:
    """A dispute of a payment of ``paid``.

    Banks may count in a currency of their own; then all that was paid is taken to be disputed.
    """
    due_by = (raw.get("evidence_details") or {}).get("due_by")
    return DisputeStatus(
        ref=raw["id"],
        state=_dispute_state(raw),
        money=_disputed(raw, paid),
        reason=raw.get("reason"),
        due_by=utc(due_by) if due_by else None,
        at=utc(raw["created"]),
    )


def _dispute_state(raw: Raw) -> DisputeState:
    """A prevented dispute was blocked, or resolved by paying (Stripe docs: Dispute prevention)."""
    if raw["status"] == "prevented":
        details = raw.get("payment_method_details") or {}
        resolved = (details.get("card") or {}).get("case_type") == "resolution"
        return DisputeState.LOST if resolved else DisputeState.WON
    return _DISPUTES.get(raw["status"], DisputeState.OPEN)


def _disputed(raw: Raw, paid: Money) -> Money:
    try:
        money = from_wire(raw["amount"], raw["currency"])
    except InvalidAmount:
        return paid
    return money if money.currency == paid.currency else paid


def _method(charge: Raw) -> str | None:
    """Stripe's name of the payment method; bank transfers are "customer_balance" there
    (Stripe docs: Bank transfers)."""
    name = (charge.get("payment_method_details") or {}).get("type")
    return "bank_transfer" if name == "customer_balance" else name


def _last4(charge: Raw) -> str | None:
    """The last digits of the card or account, where Stripe tells them."""
    details = charge.get("payment_method_details") or {}
    return (details.get(details.get("type")) or {}).get("last4")


def _expanded(value: Any) -> Raw:
    """An expanded object, or nothing more than its id."""
    if isinstance(value, Mapping):
        return value
    return {"id": value} if value else {}

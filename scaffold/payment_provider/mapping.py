"""Between Acme's objects and ours. Nothing here calls out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.api.money import Money
from core.api.payments import (
    Account,
    DisputeState,
    DisputeStatus,
    Link,
    LinkStatus,
    PaymentState,
    PaymentStatus,
    Product,
    ProviderLinkState,
    RefundState,
    RefundStatus,
)

Raw = Mapping[str, Any]

LINK_ID = "dealpay_link_id"
"""The metadata key of our own id."""
CURRENCIES = frozenset({"EUR", "GBP", "INR", "JPY", "KWD", "USD"})
# A state that isn't here is one that nothing is known of yet.
_PAYMENTS = {"paid": PaymentState.SUCCEEDED, "declined": PaymentState.FAILED}
_REFUNDS = {"done": RefundState.SUCCEEDED, "failed": RefundState.FAILED}
_DISPUTES = {"won": DisputeState.WON, "lost": DisputeState.LOST}


def to_wire(money: Money) -> int:
    """Acme counts in minor units, as ISO 4217 does."""
    return money.minor


def from_wire(amount: int, currency: str) -> Money:
    return Money(amount, currency)


def account(raw: Raw) -> Account:
    return Account(
        external_id=raw["id"],
        name=raw["name"],
        mode="live" if raw["live"] else "test",
        currency=raw["currency"],
    )


def unit_product(currency: str) -> Product:
    """What links are made of: Acme's have an amount, and no products."""
    name = f"Payment in {currency}"
    return Product(ref=f"unit_{currency}", name=name, price=Money.of(1, currency), unit=True)


def link(raw: Raw) -> Link:
    return Link(ref=raw["id"], url=raw["url"])


def status(raw: Raw) -> LinkStatus:
    return LinkStatus(
        ref=raw["id"],
        url=raw["url"],
        state=ProviderLinkState.OPEN if raw["open"] else ProviderLinkState.INACTIVE,
        payments=tuple(payment(one) for one in raw["payments"]),
    )


def payment(raw: Raw) -> PaymentStatus:
    return PaymentStatus(
        ref=raw["id"],
        state=_PAYMENTS.get(raw["status"], PaymentState.PENDING),
        money=from_wire(raw["amount"], raw["currency"]),
        intent_ref=raw["id"],
        payer_email=raw["email"],
        method=raw["method"],
        at=utc(raw["created"]),
        refunds=tuple(refund(one, raw["currency"]) for one in raw["refunds"]),
        disputes=tuple(dispute(one, raw["currency"]) for one in raw["disputes"]),
    )


def refund(raw: Raw, currency: str) -> RefundStatus:
    return RefundStatus(
        ref=raw["id"],
        state=_REFUNDS.get(raw["status"], RefundState.PENDING),
        money=from_wire(raw["amount"], currency),
        at=utc(raw["created"]),
    )


def dispute(raw: Raw, currency: str) -> DisputeStatus:
    return DisputeStatus(
        ref=raw["id"],
        state=_DISPUTES.get(raw["status"], DisputeState.OPEN),
        money=from_wire(raw["amount"], currency),
        at=utc(raw["created"]),
    )


def utc(seconds: int) -> datetime:
    """Acme's times are seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)

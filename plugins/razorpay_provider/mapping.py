"""Between Razorpay's objects and ours. Nothing here calls out."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core.api.errors import InvalidAmount
from core.api.money import Money, exponent
from core.api.payments import (
    Channel,
    DisputeState,
    DisputeStatus,
    Link,
    LinkRequest,
    PaymentState,
    PaymentStatus,
    Product,
    ProviderLinkState,
    RefundState,
    RefundStatus,
)
from core.api.text import _

Raw = Mapping[str, Any]

LINK_ID = "dealpay_link_id"
"""The key of our own id among the notes of a link; ``reference_id`` holds it as well."""
# Razorpay docs: International payments, supported currencies. Their decimals are those of ISO 4217.
_CURRENCIES = """
    AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CLP CNY COP
    CRC CUP CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR
    ILS INR IQD ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SCR SEK SGD SLL SOS SVC SZL THB TND TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV XAF XCD XOF XPF
    YER ZAR ZMW
"""
CURRENCIES = frozenset(_CURRENCIES.split())
# The others are on their way, or in a state of which nothing is known yet.
_PAYMENTS = {
    "created": PaymentState.STARTED,
    "captured": PaymentState.SUCCEEDED,
    "refunded": PaymentState.SUCCEEDED,
    "failed": PaymentState.FAILED,
}
_REFUNDS = {"processed": RefundState.SUCCEEDED, "failed": RefundState.FAILED}
_LINKS = {
    "paid": ProviderLinkState.INACTIVE,
    "cancelled": ProviderLinkState.INACTIVE,
    "expired": ProviderLinkState.EXPIRED,
}
_CHANNELS: Mapping[Channel, str] = {"mail": "email", "sms": "sms"}


def to_wire(money: Money) -> int:
    """The integer that Razorpay takes for ``money``. Raises InvalidAmount where there is none.

    Razorpay docs: three decimals have to end in a zero.
    """
    if money.currency not in CURRENCIES:
        raise InvalidAmount(_("Razorpay takes no payments in %(currency)s.", currency=money.currency))
    if exponent(money.currency) == 3 and money.minor % 10:
        raise InvalidAmount(
            _(
                "Razorpay takes %(currency)s in steps of 0.010; %(money)s is between two of them.",
                currency=money.currency,
                money=money,
            )
        )
    return money.minor


def unit_product(currency: str) -> Product:
    """What links are made of: Razorpay's have an amount, and no products."""
    name = f"Payment in {currency}"
    return Product(ref=f"unit_{currency}", name=name, price=Money.of(1, currency), unit=True)


def link(raw: Raw) -> Link:
    """The payment link as it is to be sent."""
    return Link(ref=raw["id"], url=raw["short_url"])


def link_id(raw: Raw) -> str | None:
    """Our id in a link's notes; where there are none, they are an empty list."""
    notes = raw.get("notes")
    return notes.get(LINK_ID) if isinstance(notes, Mapping) else None


def is_ours(raw: Raw, wanted: str) -> bool:
    """Whether a link carries our id: the reference may be changed in the dashboard, and so may notes."""
    return wanted in (raw.get("reference_id"), link_id(raw))


def link_state(raw: Raw) -> ProviderLinkState:
    """Links that are partly paid take the rest."""
    return _LINKS.get(raw["status"], ProviderLinkState.OPEN)


def options(request: LinkRequest) -> dict[str, Any]:
    """The fields of a new link that say what was asked for beside its amount.

    Razorpay writes to the payer only where that was asked for, and reminds nobody. Raises
    InvalidAmount for a first part that can't be told.
    """
    asked: dict[str, Any] = {
        "notify": {theirs: ours in request.notify for ours, theirs in _CHANNELS.items()},
        "reminder_enable": False,
    }
    if request.expires_at:
        asked["expire_by"] = int(request.expires_at.timestamp())
    if request.first_part:
        asked["accept_partial"] = True
        asked["first_min_partial_amount"] = to_wire(request.first_part)
    if request.payer:
        known = {
            "name": request.payer.name,
            "email": request.payer.email,
            "contact": request.payer.phone,
        }
        asked["customer"] = {name: value for name, value in known.items() if value}
    return asked


def medium(channel: Channel) -> str:
    """Razorpay's word for a channel."""
    return _CHANNELS[channel]


def payment(raw: Raw, refunds: Iterable[Raw], disputes: Iterable[Raw]) -> PaymentStatus:
    """A payment; refunds and disputes name it by its own id."""
    return PaymentStatus(
        ref=raw["id"],
        state=_PAYMENTS.get(raw["status"], PaymentState.PENDING),
        money=_money(raw),
        intent_ref=raw["id"],
        payer_email=raw.get("email") or None,
        method=raw.get("method"),
        reason=raw.get("error_reason"),
        last4=(raw.get("card") or {}).get("last4"),
        at=utc(raw["created_at"]),
        refunds=tuple(refund(one) for one in refunds),
        disputes=tuple(dispute(one) for one in disputes),
    )


def refund(raw: Raw) -> RefundStatus:
    return RefundStatus(
        ref=raw["id"],
        state=_REFUNDS.get(raw["status"], RefundState.PENDING),
        money=_money(raw),
        at=utc(raw["created_at"]),
    )


def dispute(raw: Raw) -> DisputeStatus:
    return DisputeStatus(
        ref=raw["id"],
        state=_dispute_state(raw),
        money=_money(raw),
        reason=raw.get("reason_code"),
        due_by=utc(raw["respond_by"]) if raw.get("respond_by") else None,
        at=utc(raw["created_at"]),
    )


def utc(seconds: int) -> datetime:
    """Razorpay's times are seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def _dispute_state(raw: Raw) -> DisputeState:
    """A closed one was explained, or the merchant made a refund, which is told as such
    (Razorpay docs: Disputes entity)."""
    if raw["status"] == "lost" or (raw["status"] == "closed" and raw.get("amount_deducted")):
        return DisputeState.LOST
    return DisputeState.WON if raw["status"] in ("won", "closed") else DisputeState.OPEN


def _money(raw: Raw) -> Money:
    return Money(raw["amount"], raw["currency"])

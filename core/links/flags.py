"""What the facts of a link come to: how much of the money is there, and what is odd about it.

Nothing here depends on the order in which the facts became known.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from core.api.money import Money
from core.api.payments import DisputeState, PaymentState, RefundState
from core.links.models import Dispute, Flag, Payment, PaymentLink, Refund


@dataclass(frozen=True, slots=True)
class Balance:
    """What was paid, what of it was refunded, and what was lost in disputes, in one currency."""

    paid: Money
    refunded: Money
    lost: Money

    @property
    def net(self) -> Money:
        """What is left."""
        return self.paid - self.refunded - self.lost

    def due_of(self, asked: Money) -> Money:
        """What is still to be paid of ``asked``. What went back isn't asked for again."""
        return Money(max(0, asked.minor - self.paid.minor), asked.currency)


def balance(
    currency: str, payments: Iterable[Payment], refunds: Iterable[Refund], disputes: Iterable[Dispute]
) -> Balance:
    """The balance in ``currency``; what moved in another one is left out."""

    def total(rows: Iterable[Payment | Refund | Dispute], state: str) -> Money:
        fit = (one for one in rows if one.state == state and one.amount.currency == currency)
        return Money(sum(one.amount.minor for one in fit), currency)

    return Balance(
        paid=total(payments, PaymentState.SUCCEEDED),
        refunded=total(refunds, RefundState.SUCCEEDED),
        lost=total(disputes, DisputeState.LOST),
    )


def flags_of(
    link: PaymentLink,
    payments: Collection[Payment],
    refunds: Collection[Refund],
    disputes: Collection[Dispute],
) -> Flag:
    """The flags of a link with these payments, refunds and disputes."""
    money = balance(link.amount.currency, payments, refunds, disputes)
    arrived = [one for one in payments if one.state == PaymentState.SUCCEEDED]
    kept = [one for one in arrived if not _given_back(one, refunds, disputes)]
    overpaid = money.net.minor > link.amount.minor
    contested = any(one.state == DisputeState.OPEN for one in disputes)
    odd = any(one.late or not _fits(one, link) for one in kept)
    returned = any(came_back(one, refunds) for one in kept)
    return _joined(
        {
            Flag.PENDING_PAYMENT: any(one.state == PaymentState.PENDING for one in payments),
            Flag.OVERPAID: overpaid,
            Flag.PAID_LATE: any(one.late for one in arrived),
            Flag.DISPUTED: contested or any(one.state == DisputeState.LOST for one in disputes),
            Flag.NEEDS_ATTENTION: overpaid or contested or odd or returned,
        }
    ) | _refunded(link.amount, money)


def _fits(payment: Payment, link: PaymentLink) -> bool:
    """Whether it can be a payment that the link asks for."""
    if link.first_part_minor is None:
        return payment.amount == link.amount
    return payment.amount.currency == link.amount.currency and payment.amount <= link.amount


def _refunded(asked: Money, money: Balance) -> Flag:
    """Whether refunds took away from what the link asks: one of two payments may go back whole."""
    left = money.paid.minor - money.refunded.minor
    if not money.refunded.minor or left >= asked.minor:
        return Flag(0)
    return Flag.REFUNDED_PART if left > 0 else Flag.REFUNDED_FULL


def left_of(payment: Payment, refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> Money:
    """What is left of one payment."""
    mine = [one for one in refunds if one.payment_id == payment.id]
    lost = [one for one in disputes if one.payment_id == payment.id]
    return balance(payment.amount.currency, [payment], mine, lost).net


def _given_back(payment: Payment, refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> bool:
    # A payment of nothing, by a promotion code, can't be given back: it stays what it is.
    return payment.amount.minor > 0 >= left_of(payment, refunds, disputes).minor


def came_back(payment: Payment, refunds: Iterable[Refund]) -> Refund | None:
    """The last refund of a payment, where it failed: nothing was tried since.

    Providers count in seconds; of two in one second the one that went through is taken for later.
    """
    mine = [one for one in refunds if one.payment_id == payment.id]
    last = max(mine, key=lambda one: (one.at, one.state != RefundState.FAILED), default=None)
    return last if last and last.state == RefundState.FAILED else None


def _joined(flags: dict[Flag, bool]) -> Flag:
    return Flag(sum(flag for flag, up in flags.items() if up))

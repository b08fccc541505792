"""The payments of a link, each with what came after it, as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.api.money import Money
from core.api.payments import PaymentState
from core.links.flags import Balance, balance, came_back, left_of
from core.links.models import Dispute, Payment, PaymentLink, Refund


@dataclass(frozen=True, slots=True)
class Line:
    """One payment; ``left`` is what is there of it, ``refunds`` and ``disputes`` are oldest first.

    ``came_back`` is the refund that failed, where no other was made since.
    """

    payment: Payment
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]
    left: Money
    came_back: Refund | None

    @property
    def settled(self) -> bool:
        """Whether nothing is left of money that was there: it is nobody's worry any more."""
        arrived = self.payment.state == PaymentState.SUCCEEDED and self.payment.amount.minor > 0
        return arrived and self.left.minor <= 0


@dataclass(frozen=True, slots=True)
class Statement:
    """All that was paid on a link, and what it comes to in the link's currency."""

    lines: tuple[Line, ...]
    balance: Balance


def statement(
    link: PaymentLink,
    payments: Sequence[Payment],
    refunds: Sequence[Refund],
    disputes: Sequence[Dispute],
) -> Statement:
    """The statement of a link with these payments, refunds and disputes, each oldest first."""

    def line(payment: Payment) -> Line:
        return Line(
            payment,
            tuple(one for one in refunds if one.payment_id == payment.id),
            tuple(one for one in disputes if one.payment_id == payment.id),
            left_of(payment, refunds, disputes),
            came_back(payment, refunds),
        )

    return Statement(
        tuple(line(payment) for payment in payments),
        balance(link.amount.currency, payments, refunds, disputes),
    )

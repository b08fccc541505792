"""What a payer is told about a payment link: what they paid themselves, and nothing of anybody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import or_, select, update

from core.api.errors import DealpayError
from core.api.money import Money
from core.api.payments import PaymentState
from core.app import App
from core.db.session import ALL_TENANTS
from core.links import ledger
from core.links.clarify import unclear
from core.links.flags import balance
from core.links.models import Payment, PaymentLink, Refund
from core.links.queries import payments_of
from core.tenants import service as tenants

log = structlog.get_logger(__name__)

State = Literal["paid", "pending", "failed", "refunded", "open", "gone"]

#: Seconds between two questions to the provider about one link, however often its page is loaded.
_PAUSE = timedelta(seconds=5)
#: An answer that is not older is one of now.
_FRESH = timedelta(seconds=15)
#: How long one request to the provider may take, in seconds: somebody is looking at the page.
_PATIENCE = 2.5


@dataclass(frozen=True, slots=True)
class Told:
    """What a payer reads.

    ``gone``: the link takes no payment and has none, or there is none; nothing else is told then, so
    that nobody finds out which links there are. ``final``: the payer waits for nothing any more.
    ``confirmed``: it is final, or the provider has said so just now. ``awaited``: the payer came
    back from a payment that isn't known yet. ``odd``: it isn't the payment that the link asks for.
    ``refunded`` is what went back of ``amount``. ``due`` is what is still to be paid, where a part was.
    ``reference`` is the provider's id of the payment.
    """

    state: State
    final: bool = True
    confirmed: bool = True
    awaited: bool = False
    seller: str | None = None
    timezone: str | None = None
    test: bool = False
    product: str = ""
    quantity: int = 1
    amount: Money | None = None
    refunded: Money | None = None
    due: Money | None = None
    odd: bool = False
    at: datetime | None = None
    reference: str | None = None
    pay_url: str | None = None


GONE = Told("gone")


def tell(app: App, token: str, payment_ref: str | None, *, ask: bool) -> Told:
    """What is known of a link, for whoever holds its token; calls out where ``ask`` allows it.

    ``payment_ref`` is the provider's id of the payment that the payer came back from. It is a hint:
    it chooses one of the link's payments to speak about.
    """
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        link = session.scalars(select(PaymentLink).where(PaymentLink.payer_token == token)).one_or_none()
    if link is None:
        return GONE
    told = _told(app, link, payment_ref)
    if ask and not told.final and _may_ask(app, link):
        try:
            ledger.refresh(app, link.tenant_id, link.id, timeout=_PATIENCE)
        except DealpayError as error:
            log.info("payer.not_confirmed", link_id=link.id, error=type(error).__name__)
        told = _told(app, link, payment_ref)
    return GONE if told.state == "gone" and told.confirmed else told


def _may_ask(app: App, link: PaymentLink) -> bool:
    """Whether it is this request's turn to ask; the row tells all processes."""
    now = app.clock()
    before = now - _PAUSE
    turn = update(PaymentLink).where(
        PaymentLink.id == link.id,
        or_(PaymentLink.payer_asked_at.is_(None), PaymentLink.payer_asked_at <= before),
        or_(PaymentLink.checked_at.is_(None), PaymentLink.checked_at <= before),
    )
    with app.db.unit_of_work(link.tenant_id) as session:
        return bool(session.execute(turn.values(payer_asked_at=now)).rowcount)  # type: ignore[attr-defined]


def _told(app: App, link: PaymentLink, payment_ref: str | None) -> Told:
    with app.db.unit_of_work(link.tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link.id)
        tenant = tenants.get(session, link.tenant_id)
        payments = payments_of(session, link.id)
        refunds = list(session.scalars(select(Refund).where(Refund.link_id == link.id)))
    own = next((one for one in payments if one.provider_ref == payment_ref), None)
    payment = own or _most_telling(payments)
    refunded = _refunded(payment, refunds)
    state = _state(link, payment, refunded)
    awaited = payment_ref is not None and own is None
    final = state in ("paid", "refunded", "gone") and not awaited
    fresh = link.checked_at is not None and link.checked_at > app.clock() - _FRESH
    return Told(
        state=state,
        final=final,
        confirmed=final or fresh,
        awaited=awaited,
        seller=tenant.name,
        timezone=tenant.timezone,
        test=link.mode == "test",
        product=link.product_name,
        quantity=link.quantity,
        amount=payment.amount if payment else link.amount,
        refunded=refunded,
        odd=payment is not None and payment.problem is not None,
        at=_time_of(link, payment) if payment else None,
        reference=(payment.intent_ref or payment.provider_ref) if payment else None,
        due=_due(link, payments),
        pay_url=link.url if link.payable else None,
    )


def _most_telling(payments: list[Payment]) -> Payment | None:
    """The payment that the link stands for; what failed is the business of whoever tried."""
    ranks = {PaymentState.SUCCEEDED: 0, PaymentState.PENDING: 2}
    told = [one for one in payments if one.state in ranks]
    return min(
        told, key=lambda one: ranks[PaymentState(one.state)] + (one.problem is not None), default=None
    )


def _due(link: PaymentLink, payments: list[Payment]) -> Money | None:
    """What is still to be paid of a link of which a part is: whoever has its address may pay it."""
    if link.state != "part_paid":
        return None
    return balance(link.amount.currency, payments, [], []).due_of(link.amount)


def _refunded(payment: Payment | None, refunds: list[Refund]) -> Money | None:
    if payment is None:
        return None
    mine = [one for one in refunds if one.payment_id == payment.id]
    money = balance(payment.amount.currency, [payment], mine, []).refunded
    return money if money.minor else None


def _state(link: PaymentLink, payment: Payment | None, refunded: Money | None) -> State:
    match payment.state if payment else None:
        case PaymentState.SUCCEEDED:
            return "refunded" if payment and refunded == payment.amount else "paid"
        case PaymentState.PENDING:
            return "pending"
        case PaymentState.FAILED:
            return "failed"
    being_made = link.state == "draft" and (link.job_state in ("pending", "running") or unclear(link))
    return "open" if link.payable or being_made else "gone"


def _time_of(link: PaymentLink, payment: Payment) -> datetime:
    """When it arrived by the provider's clock, where that is known."""
    first = payment.state == PaymentState.SUCCEEDED and payment.problem is None
    return (link.paid_at if first else None) or payment.updated_at

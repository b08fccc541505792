"""Money that went back: by the seller's will, or by that of the payer's bank."""

from core.api.money import Money
from core.api.payments import Link, PaymentState, PaymentStatus, RefundState
from core.testing.conformance.check import Level, expect
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import ProviderRig, leads_to


@check("provider.refund.partial", Level.SILVER)
def partial(rig: ProviderRig) -> None:
    """A refund of a part is told with its own amount; the payment stays what it was.

    The core counts what is left. A refund that lowers the payment's money would be taken off twice.
    """
    link, before = _paid(rig)
    part = _part(rig, before.money, 3)
    rig.driver.refund(rig.simulator, link, part)
    after = _unchanged(rig, link, before)
    _expect_refunds(after, [part])


@check("provider.refund.repeated", Level.SILVER)
def repeated(rig: ProviderRig) -> None:
    """Several refunds of one payment are told one by one, each with a ref for good."""
    link, before = _paid(rig)
    first, second = _part(rig, before.money, 3), _part(rig, before.money, 4)
    rig.driver.refund(rig.simulator, link, first)
    refs = {one.ref for one in rig.paid(link).refunds}
    rig.driver.refund(rig.simulator, link, second)
    after = _unchanged(rig, link, before)
    _expect_refunds(after, [first, second])
    expect(
        refs < {one.ref for one in after.refunds}, "After the second refund, the first has another ref."
    )


@check("provider.refund.whole", Level.SILVER)
def whole(rig: ProviderRig) -> None:
    """A payment that was given back whole has still succeeded."""
    link, before = _paid(rig)
    rig.driver.refund(rig.simulator, link, before.money)
    _expect_refunds(_unchanged(rig, link, before), [before.money])


@check("provider.refund.told", Level.SILVER)
def told(rig: ProviderRig) -> None:
    """A refund is told by a webhook, and leads to the link or to the payment.

    Refunds mostly name the payment only: an event's intent_ref is that of fetch_status.
    """
    rig.subscribe()
    link, payment = _paid(rig)
    rig.deliveries()
    rig.driver.refund(rig.simulator, link, _part(rig, payment.money, 3))
    expect(
        leads_to(rig.parsed(), link, payment), "Of all events after a refund none leads to the payment."
    )


@check("provider.dispute.told", Level.GOLD)
def disputed(rig: ProviderRig) -> None:
    """A dispute is told by fetch_status, and by a webhook that leads to the link or to the payment."""
    rig.subscribe()
    link, payment = _paid(rig)
    rig.deliveries()
    rig.driver.dispute(rig.simulator, link)
    after = _unchanged(rig, link, payment)
    expect(len(after.disputes) == 1, "After a dispute, fetch_status tells of none, or of several.")
    expect(
        after.disputes[0].money.currency == payment.money.currency,
        "The dispute's money has another currency than the payment.",
    )
    expect(
        leads_to(rig.parsed(), link, payment), "Of all events after a dispute none leads to the payment."
    )


def _paid(rig: ProviderRig) -> tuple[Link, PaymentStatus]:
    link = rig.link()
    rig.driver.pay(rig.simulator, link)
    return link, rig.paid(link)


def _part(rig: ProviderRig, money: Money, divisor: int) -> Money:
    """A part of ``money`` that the vendor would take."""
    step = rig.driver.steps.get(money.currency, 1)
    return Money(money.minor // divisor // step * step, money.currency)


def _unchanged(rig: ProviderRig, link: Link, before: PaymentStatus) -> PaymentStatus:
    after = rig.paid(link)
    expect(after.ref == before.ref, "After money went back, the payment has another ref.")
    expect(after.money == before.money, "After money went back, the payment has other money.")
    expect(after.state is PaymentState.SUCCEEDED, "After money went back, the payment hasn't succeeded.")
    return after


def _expect_refunds(payment: PaymentStatus, wanted: list[Money]) -> None:
    told = [one.money for one in payment.refunds if one.state is not RefundState.FAILED]
    expect(
        sorted(money.minor for money in told) == sorted(money.minor for money in wanted)
        and {money.currency for money in told} <= {payment.money.currency},
        f"{_sum(wanted)} went back, and fetch_status tells {_sum(told)}.",
    )


def _sum(amounts: list[Money]) -> str:
    return " and ".join(map(str, amounts)) or "nothing"

"""The truth about a link: what fetch_status tells."""

from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta

from core.api.errors import NotFound
from core.api.payments import LinkStatus, PaymentState, ProviderLinkState
from core.testing.conformance.check import Level, expect, expect_raises
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import ProviderRig


@check("provider.status.open", Level.BRONZE)
def is_open(rig: ProviderRig) -> None:
    """A link that nobody has paid is open, and has no payment that succeeded."""
    link = rig.link()
    status = rig.status(link)
    expect((status.ref, status.url) == (link.ref, link.url), "fetch_status tells another ref or url.")
    expect(status.state is ProviderLinkState.OPEN, "A new link isn't open.")
    expect(
        not _succeeded(status), "Nobody has paid, and fetch_status tells of a payment that succeeded."
    )


@check("provider.status.paid", Level.BRONZE)
def paid(rig: ProviderRig) -> None:
    """After a customer has paid, there is one payment, with the money that was asked for."""
    request = rig.request()
    link = rig.create(request)
    rig.driver.pay(rig.simulator, link)
    payment = rig.paid(link)
    expect(payment.ref, "The payment has no ref.")
    expect(
        payment.money == request.total,
        f"{request.total} were paid, and the payment has {payment.money}.",
    )


@check("provider.status.stable", Level.SILVER)
def stable(rig: ProviderRig) -> None:
    """The same payment has the same ref in every answer, and its times are aware UTC.

    By its ref a payment is counted once. A naive time would be read as that of the server.
    """
    link = rig.link()
    rig.driver.pay(rig.simulator, link)
    first, second = rig.status(link), rig.status(link)
    expect(first == second, "Asked twice, fetch_status tells two different things of the same link.")
    for name, time in _times(first):
        aware = time.utcoffset() == timedelta(0)
        expect(aware, f"{name} is not aware UTC.")


@check("provider.status.declined", Level.SILVER)
def declined(rig: ProviderRig) -> None:
    """A payment that was declined hasn't succeeded, and the link can still be paid."""
    link = rig.link()
    rig.driver.decline(rig.simulator, link)
    status = rig.status(link)
    expect(not _succeeded(status), "The bank has declined, and fetch_status tells that it was paid.")
    expect(status.state is ProviderLinkState.OPEN, "After a declined payment the link isn't open.")
    rig.driver.pay(rig.simulator, link)
    rig.paid(link)


@check("provider.status.unknown", Level.SILVER)
def unknown(rig: ProviderRig) -> None:
    """A link that the vendor doesn't have is NotFound.

    It is told apart from a vendor that can't be reached: of such a link nothing will ever be known.
    """
    rig.open()
    with expect_raises(NotFound, when="For a ref that the vendor doesn't know, fetch_status"):
        rig.status("conformance_unknown")


@check("provider.status.foreign", Level.SILVER)
def foreign(rig: ProviderRig) -> None:
    """Another account's link is NotFound."""
    link = rig.link()
    with expect_raises(NotFound, when="For another account's link, fetch_status"):
        rig.status(link, settings=rig.driver.other())


def _succeeded(status: LinkStatus) -> bool:
    return any(one.state is PaymentState.SUCCEEDED for one in status.payments)


def _times(value: object, name: str = "LinkStatus") -> list[tuple[str, datetime]]:
    """Every time in an answer, with the name of what it is the time of."""
    if isinstance(value, datetime):
        return [(name, value)]
    if isinstance(value, tuple):
        return [found for one in value for found in _times(one, name)]
    if is_dataclass(value):
        of = type(value).__name__
        inner = [(f"{of}.{field.name}", getattr(value, field.name)) for field in fields(value)]
        return [found for name, one in inner for found in _times(one, name)]
    return []

"""What a link can be asked for beside its amount: each option that is declared is kept."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.api.money import Money
from core.api.payments import Channel, Expiry, Link, LinkOptions, Payer, ProviderLinkState
from core.testing.conformance.check import Level, NotOffered, expect, expect_raises
from core.testing.conformance.driver import MadeLink
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import ProviderRig

PAYER = Payer("Asha Rao", "asha@payer.example", "+919000090000")


@check("provider.options.declared", Level.BRONZE)
def declared(rig: ProviderRig) -> None:
    """What link_options declares can be kept, and what the verb notify does is declared.

    A form is made of it. earliest isn't negative and less than latest; notify is implemented only by
    a plugin that names its channels.
    """
    options = _options(rig)
    if options.expiry:
        fits = timedelta(0) <= options.expiry.earliest < options.expiry.latest
        expect(fits, "link_options.expiry leaves no time at which a link could expire.")
    expect(
        options.notify or "notify" not in rig.offers,
        "The verb notify is implemented, and link_options declares no channel.",
    )


@check("provider.options.unasked", Level.SILVER)
def unasked(rig: ProviderRig) -> None:
    """A link that is asked for nothing more writes to nobody and is paid in one.

    Many vendors write to the payer, or take parts, unless they are told not to: tell them.
    """
    link = rig.link(payer=PAYER) if _options(rig).notify else rig.link()
    there = rig.at_vendor(link)
    expect(not there.notices, "The vendor has written to the payer, and nobody has asked for that.")
    expect(there.first_part is None, "The link is taken in parts, and nobody has asked for that.")


@check("provider.options.expiry", Level.SILVER)
def expiry(rig: ProviderRig) -> None:
    """expires_at arrives at the vendor to the second, the earliest and the latest that is declared.

    A form offers whatever lies between the two.
    """
    limits = _expiry(rig)
    now = datetime.now(UTC).replace(microsecond=0)
    for number, ahead in enumerate((limits.earliest, limits.latest)):
        at = now + ahead + timedelta(seconds=1)
        if ahead is limits.latest:
            at = now + ahead
        try:
            link = rig.link(f"lnk_{number}", expires_at=at)
        except Rejected:
            link = None
        expect(link is not None, f"A link that expires in {ahead} is declared, and is Rejected.")
        if link:
            told = rig.at_vendor(link).expires_at
            expect(told == at, f"A link was to expire at {at}, and the vendor has {told}.")


@check("provider.options.too_soon", Level.SILVER)
def too_soon(rig: ProviderRig) -> None:
    """A link that would have expired already is Rejected, and isn't made."""
    _expiry(rig)
    with expect_raises(Rejected, when="For a link that expired an hour ago") as raised:
        rig.link(expires_at=datetime.now(UTC) - timedelta(hours=1))
    sentence = getattr(raised[0], "user_message", "")
    expect(sentence, "For a link that expired an hour ago, Rejected has no sentence for the user.")
    expect(not rig.driver.made(rig.simulator), "A link that had expired was made at the vendor.")


@check("provider.options.expired", Level.SILVER)
def expired(rig: ProviderRig) -> None:
    """When its time is over, a link takes no payments, and fetch_status says that it has expired.

    Users read *Expired* and not *Deactivated*, and rules start from it: so it is EXPIRED, not
    INACTIVE. One without expires_at stays open.
    """
    limits = _expiry(rig)
    link = rig.link(expires_at=datetime.now(UTC) + limits.earliest + timedelta(hours=1))
    other = rig.link("lnk_2")
    expect(rig.status(link).state is ProviderLinkState.OPEN, "The link isn't open before its time.")
    for one in (link, other):
        rig.driver.expire(rig.simulator, one)
    expect(not rig.at_vendor(link).takes_payments, "The link still takes payments at the vendor.")
    state = rig.status(link).state
    expect(state is ProviderLinkState.EXPIRED, f"Of a link that has expired, fetch_status says {state}.")
    state = rig.status(other).state
    expect(state is ProviderLinkState.OPEN, f"Of a link without expiry, fetch_status says {state}.")


@check("provider.options.first_part", Level.SILVER)
def first_part(rig: ProviderRig) -> None:
    """first_part arrives at the vendor in the vendor's words for each currency.

    It is money as the amount is: see provider.money.two_decimals.
    """
    _parts(rig)
    for currency in rig.driver.currencies:
        with suppress(NotOffered):
            rig.use(rig.driver.in_currency(rig.simulator, currency))
            part = replace(Money.of(1000, currency), minor=Money.of(1000, currency).minor + 10)
            link = rig.link(f"lnk_{currency}", first_part=part)
            told = rig.at_vendor(link).first_part
            expect(told == part, f"The first part was to be {part}, and the vendor has {told}.")


@check("provider.options.parts", Level.SILVER)
def parts(rig: ProviderRig) -> None:
    """Each part is a payment of its own; the link stays open until all of it is paid.

    The host adds the payments up: a part that is missing, or told twice, is money that is wrong.
    """
    _parts(rig)
    request = rig.request()
    part = Money(request.total.minor // 3, request.total.currency)
    link = rig.create(replace(request, first_part=part))
    _pay(rig, link, Money(part.minor - part.minor // 10, part.currency))
    expect(not rig.status(link).payments, "Less than the first part was taken as the first.")
    _pay(rig, link, part)
    first = rig.status(link)
    told = [one.money for one in first.payments]
    expect(told == [part], f"{part} were paid first, and fetch_status tells of {told}.")
    expect(first.state is ProviderLinkState.OPEN, "After the first part the link isn't open any more.")
    _pay(rig, link, request.total - part)
    both = rig.status(link)
    refs = {one.ref for one in both.payments}
    total = sum(one.money.minor for one in both.payments)
    expect(len(refs) == 2, f"Two parts were paid, and fetch_status tells of {len(refs)} payments.")
    expect(
        total == request.total.minor,
        f"All of {request.total} is paid, and the payments come to {Money(total, part.currency)}.",
    )


@check("provider.options.whole", Level.SILVER)
def whole(rig: ProviderRig) -> None:
    """A link without first_part takes no part of its money."""
    _parts(rig)
    request = rig.request()
    link = rig.create(request)
    _pay(rig, link, Money(request.total.minor // 3, request.total.currency))
    expect(not rig.status(link).payments, "A part was taken on a link that is to be paid in one.")


@check("provider.options.notified", Level.SILVER)
def notified(rig: ProviderRig) -> None:
    """The payer is written to by the channels that were asked for, and by no other."""
    for channel in _channels(rig):
        there = _sent(rig, f"lnk_{channel}", channel)
        expect(
            there.notices == ((channel, _reached_by(channel)),),
            f"A notice by {channel} was asked for, and the vendor has sent {there.notices or 'none'}.",
        )


@check("provider.options.notified_once", Level.SILVER)
def notified_once(rig: ProviderRig) -> None:
    """Where the reply to a new link is lost, the payer is still written to once.

    Have the vendor send the link as part of making it: a second request to send it would be made again
    with the first.
    """
    for channel in _channels(rig):
        rig.fault("lost_reply", writes=True, times=1)
        with suppress(OutcomeUnknown):
            _sent(rig, f"lnk_{channel}", channel)
        _sent(rig, f"lnk_{channel}", channel)
        there = _sent(rig, f"lnk_{channel}", channel)
        count = len(there.notices)
        expect(
            count == 1, f"Tried again after a lost reply, the payer got {count} notices by {channel}."
        )


@check("provider.options.notify", Level.SILVER, needs=("notify",))
def notify(rig: ProviderRig) -> None:
    """notify writes to the payer once more; for another account's link it is NotFound."""
    channel = _channels(rig)[0]
    link = rig.link(payer=PAYER)
    other = rig.context(rig.driver.other())
    with expect_raises(NotFound, when="For another account's link"):
        rig.call("notify", ctx=other, ref=link.ref, channel=channel)
    rig.call("notify", ctx=rig.context(), ref=link.ref, channel=channel)
    sent = rig.at_vendor(link).notices
    expect(
        sent == ((channel, _reached_by(channel)),),
        f"notify was asked once, and the vendor has sent {sent or 'none'}.",
    )


@check("provider.options.notify_lost", Level.SILVER, needs=("notify",))
def notify_lost(rig: ProviderRig) -> None:
    """Where the reply to notify is lost, it is OutcomeUnknown, and isn't sent again.

    The host tells the user, who decides: nobody wants the same message twice.
    """
    channel = _channels(rig)[0]
    link = rig.link(payer=PAYER)
    rig.fault("lost_reply", writes=True, times=1)
    with expect_raises(OutcomeUnknown, when="When the reply to notify is lost"):
        rig.call("notify", ctx=rig.context(), ref=link.ref, channel=channel)
    count = len(rig.at_vendor(link).notices)
    expect(count == 1, f"After a lost reply, the payer got {count} notices.")


def _options(rig: ProviderRig) -> LinkOptions:
    options: LinkOptions = getattr(rig.member, "link_options", LinkOptions())
    return options


def _channels(rig: ProviderRig) -> list[Channel]:
    """Raises NotOffered."""
    if channels := sorted(_options(rig).notify):
        return channels
    raise NotOffered("it writes to nobody")


def _expiry(rig: ProviderRig) -> Expiry:
    """Raises NotOffered."""
    if (expiry := _options(rig).expiry) is None:
        raise NotOffered("it lets no link expire by itself")
    return expiry


def _parts(rig: ProviderRig) -> None:
    if not _options(rig).parts:
        raise NotOffered("it takes no payments in parts")


def _pay(rig: ProviderRig, link: Link, money: Money) -> None:
    rig.driver.pay_part(rig.simulator, link, money)


def _sent(rig: ProviderRig, link_id: str, channel: Channel) -> MadeLink:
    """A link that the vendor is asked to send, as it stands there."""
    return rig.at_vendor(rig.link(link_id, payer=PAYER, notify=frozenset({channel})))


def _reached_by(channel: Channel) -> str | None:
    return PAYER.email if channel == "mail" else PAYER.phone

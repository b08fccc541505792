"""What a link is asked for beside its amount, and what of it can be asked for at an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.api.actions import Problem
from core.api.money import Money
from core.api.payments import Channel, Expiry, Payer
from core.plugin_host.entries import ProviderEntry

#: Where the host closes links, which it does within a minute or two.
_BY_HOST = Expiry(earliest=timedelta(minutes=10), latest=timedelta(days=731))


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for; see LinkRequest. ``payer`` is there only where they are to be written to."""

    expires_at: datetime | None = None
    first_part: Money | None = None
    payer: Payer | None = None
    notify: frozenset[Channel] = frozenset()

    def said(self) -> tuple[str, ...]:
        """The same words for the same terms; none for none."""
        if self == Terms():
            return ()
        payer = self.payer or Payer()
        at = self.expires_at.isoformat() if self.expires_at else ""
        reach = (payer.name or "", payer.email or "", payer.phone or "")
        return (at, str(self.first_part or ""), *reach, *sorted(self.notify))


#: A link that is asked for nothing more.
PLAIN = Terms()


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be asked for at one account. ``expiry`` is None where nobody would keep it; ``by_host``
    says that the host does."""

    provider: str
    expiry: Expiry | None
    parts: bool
    notify: frozenset[Channel]
    by_host: bool = False

    @property
    def anything(self) -> bool:
        return bool(self.expiry or self.parts or self.notify)


def offer_of(entry: ProviderEntry) -> Offer:
    """What a provider declares; the host keeps an expiry where it can close the link instead."""
    options = entry.link_options
    closes = "deactivate_link" in entry.capabilities
    return Offer(
        provider=entry.name,
        expiry=options.expiry or (_BY_HOST if closes else None),
        parts=options.parts,
        notify=options.notify,
        by_host=closes and options.expiry is None,
    )


def problems(terms: Terms, amount: Money | None, offer: Offer, now: datetime) -> list[Problem]:
    """What is wrong with the terms for a link over ``amount``, each with its field in the form."""
    found = [_expiry_problem(terms, offer, now), _part_problem(terms, amount, offer)]
    payer = terms.payer or Payer()
    if not terms.notify <= offer.notify:
        found.append(Problem(f"{offer.provider} doesn't send links in this way."))
    if "mail" in terms.notify and not payer.email:
        found.append(Problem("Enter the address that the link is to be sent to.", "payer_email"))
    if "sms" in terms.notify and not payer.phone:
        found.append(Problem("Enter the number that the link is to be sent to.", "payer_phone"))
    return [one for one in found if one]


def _expiry_problem(terms: Terms, offer: Offer, now: datetime) -> Problem | None:
    field, limits = "expires_on", offer.expiry
    if terms.expires_at is None:
        return None
    if limits is None:
        return Problem(f"{offer.provider}'s links can't expire.", field)
    if terms.expires_at <= now:
        return Problem("This day is over. Choose a later one.", field)
    if terms.expires_at < now + limits.earliest:
        least = in_words(limits.earliest)
        return Problem(
            f"{offer.provider}'s links are open for {least} at least. Choose a later day.", field
        )
    if terms.expires_at > now + limits.latest:
        most = in_words(limits.latest)
        return Problem(
            f"{offer.provider}'s links are open for {most} at most. Choose an earlier day.", field
        )
    return None


def _part_problem(terms: Terms, amount: Money | None, offer: Offer) -> Problem | None:
    part, field = terms.first_part, "first_part"
    if part is None:
        return None
    if not offer.parts:
        return Problem(f"{offer.provider}'s links can't be paid in parts.", field)
    if part.minor <= 0:
        return Problem("Enter an amount above 0.", field)
    if amount and (part.currency != amount.currency or part.minor >= amount.minor):
        return Problem(f"Enter less than {amount}, which is all that the link asks for.", field)
    return None


def in_words(span: timedelta) -> str:
    """``180 days``, ``20 minutes``: the largest unit that says it exactly."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count:,} {unit}{'s' if count != 1 else ''}"
    return "0 seconds"

"""What a link is asked for beside its amount, and what of it can be asked for at an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.api.actions import Problem
from core.api.money import Money
from core.api.payments import Channel, Expiry, Payer
from core.api.text import _, ngettext
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
        found.append(Problem(_("%(provider)s doesn't send links in this way.", provider=offer.provider)))
    if "mail" in terms.notify and not payer.email:
        found.append(Problem(_("Enter the address that the link is to be sent to."), "payer_email"))
    if "sms" in terms.notify and not payer.phone:
        found.append(Problem(_("Enter the number that the link is to be sent to."), "payer_phone"))
    return [one for one in found if one]


def _expiry_problem(terms: Terms, offer: Offer, now: datetime) -> Problem | None:
    field, limits, provider = "expires_on", offer.expiry, offer.provider
    if terms.expires_at is None:
        return None
    if limits is None:
        return Problem(_("%(provider)s's links can't expire.", provider=provider), field)
    if terms.expires_at <= now:
        return Problem(_("This day is over. Choose a later one."), field)
    if terms.expires_at < now + limits.earliest:
        said = _(
            "%(provider)s's links are open for %(least)s at least. Choose a later day.",
            provider=provider,
            least=in_words(limits.earliest),
        )
        return Problem(said, field)
    if terms.expires_at > now + limits.latest:
        said = _(
            "%(provider)s's links are open for %(most)s at most. Choose an earlier day.",
            provider=provider,
            most=in_words(limits.latest),
        )
        return Problem(said, field)
    return None


def _part_problem(terms: Terms, amount: Money | None, offer: Offer) -> Problem | None:
    part, field = terms.first_part, "first_part"
    if part is None:
        return None
    if not offer.parts:
        return Problem(_("%(provider)s's links can't be paid in parts.", provider=offer.provider), field)
    if part.minor <= 0:
        return Problem(_("Enter an amount above 0."), field)
    if amount and (part.currency != amount.currency or part.minor >= amount.minor):
        said = _("Enter less than %(amount)s, which is all that the link asks for.", amount=amount)
        return Problem(said, field)
    return None


def in_words(span: timedelta) -> str:
    """``180 days``, ``20 minutes``: the largest unit that says it exactly."""
    seconds = int(span.total_seconds())
    if seconds and seconds % 86_400 == 0:
        return ngettext("%(num)s day", "%(num)s days", seconds // 86_400)
    if seconds and seconds % 3_600 == 0:
        return ngettext("%(num)s hour", "%(num)s hours", seconds // 3_600)
    if seconds and seconds % 60 == 0:
        return ngettext("%(num)s minute", "%(num)s minutes", seconds // 60)
    return ngettext("%(num)s second", "%(num)s seconds", seconds)

"""Values with variables in double braces: plain text, and nothing that could run.

Numbers and dates are written as fields of the CRM take them: ``1250.00``, ``2026-11-03``.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from core.api.actions import DomainEvent
from core.api.money import Money
from core.api.text import _

#: Stands in a title for what isn't known (yet).
NOT_KNOWN = "not known"

_SLOT = re.compile(r"\{\{([^{}]*)\}\}")
_Value = Callable[[DomainEvent], object]


def day(moment: datetime) -> str:
    """The day, in UTC."""
    return moment.astimezone(UTC).date().isoformat()


def _money(event: DomainEvent) -> Money:
    """What the event is about: the refund, the dispute, the payment, else the link."""
    about = event.refund or event.dispute or event.payment or event.link
    return about.amount


# Each with what a value of it looks like.
_VALUES: dict[str, tuple[str, _Value]] = {
    "amount": ("1250.00", lambda event: f"{_money(event).amount:f}"),
    "currency": ("INR", lambda event: _money(event).currency),
    "date": ("2026-11-03", lambda event: day(event.at)),
    "record.title": ("Office fit-out", lambda event: event.record_title),
    "link.id": ("lnk_1", lambda event: event.link.id),
    "link.url": ("https://pay.example/1", lambda event: event.link.url),
    "payment.id": ("pay_1", lambda event: event.payment and event.payment.id),
    "payment.method": ("card", lambda event: event.payment and event.payment.method),
    "payer.name": ("Asha Rao", lambda event: event.payment and event.payment.payer_name),
}

#: What a text may name.
VARIABLES = tuple(_VALUES)


def check(text: str) -> None:
    """Raise ValueError, with a sentence for the user, where a text can't be filled."""
    for name in _names(text):
        if name not in _VALUES:
            raise ValueError(
                _(
                    'There is no variable "%(name)s". Known are: %(known)s.',
                    name=name,
                    known=", ".join(VARIABLES),
                )
            )
    if any(braces in _SLOT.sub("", text) for braces in ("{{", "}}")):
        raise ValueError(_("A variable needs two braces on both sides, for example {{amount}}."))


def sample(text: str) -> str:
    """``text`` with an example for each variable: whether a field would take such a value."""
    return _SLOT.sub(lambda slot: _VALUES[slot[1].strip()][0], text)


def unknown(text: str, event: DomainEvent) -> list[str]:
    """The variables of which ``event`` tells nothing."""
    return [name for name in _names(text) if not _VALUES[name][1](event)]


def render(text: str, event: DomainEvent) -> str:
    """``text`` filled in one pass: braces inside a value stay as they are."""
    return _SLOT.sub(lambda slot: str(_VALUES[slot[1].strip()][1](event) or NOT_KNOWN), text)


def _names(text: str) -> list[str]:
    return [slot.strip() for slot in _SLOT.findall(text)]

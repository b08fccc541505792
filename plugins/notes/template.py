"""Note templates: plain text with variables in double braces, and nothing else.

There are no conditions, loops or filters: whoever may write a rule may not run code. What comes
out is plain text; the CRM connector escapes it for its CRM.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from core.api.actions import DomainEvent
from core.api.text import _

#: Stands for what isn't known (yet): the payer of a link that nobody has paid.
NOT_KNOWN = "not known"

_SLOT = re.compile(r"\{\{([^{}]*)\}\}")
_Value = Callable[[DomainEvent], object]


def _date(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def _words(reason: str | None) -> str | None:
    """A provider's word, "requested_by_customer", as people write it."""
    return reason and reason.replace("_", " ")


_VALUES: dict[str, tuple[str, _Value]] = {
    "date": ("when it happened, in UTC", lambda event: _date(event.at)),
    "record.title": ("name of the lead or deal", lambda event: event.record_title),
    "link.id": ("our id of the link", lambda event: event.link.id),
    "link.url": ("the link itself", lambda event: event.link.url),
    "link.amount": ("amount to pay, with currency", lambda event: event.link.amount),
    "link.product": ("what is paid for", lambda event: event.link.product),
    "link.quantity": ("how many of it", lambda event: event.link.quantity),
    "link.mode": ("test or live", lambda event: event.link.mode),
    "link.created_by": ("who made the link", lambda event: event.link.created_by),
    "link.due": ("what is still to be paid of it", lambda event: event.link.due),
    "link.expires_at": (
        "when it expires, in UTC",
        lambda event: event.link.expires_at and _date(event.link.expires_at),
    ),
    "link.left": ("what is left of all that was paid on it", lambda event: event.link.left),
    "payment.amount": (
        "amount of the payment, with currency",
        lambda event: event.payment and event.payment.amount,
    ),
    "payment.method": ("how it was paid", lambda event: event.payment and event.payment.method),
    "payment.reason": (
        "why it failed",
        lambda event: event.payment and _words(event.payment.reason),
    ),
    "payer.name": ("who paid", lambda event: event.payment and event.payment.payer_name),
    "payer.email": ("their address", lambda event: event.payment and event.payment.payer_email),
    "refund.amount": (
        "what went back, with currency",
        lambda event: event.refund and event.refund.amount,
    ),
    "refund.reason": (
        "why it went back",
        lambda event: event.refund and _words(event.refund.reason),
    ),
    "dispute.amount": (
        "what is disputed, with currency",
        lambda event: event.dispute and event.dispute.amount,
    ),
    "dispute.reason": (
        "why it is disputed",
        lambda event: event.dispute and _words(event.dispute.reason),
    ),
    "dispute.state": ("open, won or lost", lambda event: event.dispute and event.dispute.state),
    "dispute.due_by": (
        "when an answer has to be in, in UTC",
        lambda event: event.dispute and event.dispute.due_by and _date(event.dispute.due_by),
    ),
}

#: What a template may name, and what it stands for: for the form's help text.
VARIABLES = {name: meaning for name, (meaning, _value) in _VALUES.items()}


def check(template: str) -> None:
    """Raise ValueError, with a sentence for the user, where a template can't be filled."""
    for name in _names(template):
        if name not in VARIABLES:
            raise ValueError(
                _(
                    'There is no variable "%(name)s". Known are: %(known)s.',
                    name=name,
                    known=", ".join(VARIABLES),
                )
            )
    if any(braces in _SLOT.sub("", template) for braces in ("{{", "}}")):
        raise ValueError(_("A variable needs two braces on both sides, for example {{link.amount}}."))


def render(template: str, event: DomainEvent) -> str:
    """``template`` filled in one pass: braces inside a value stay as they are."""

    def fill(slot: re.Match[str]) -> str:
        found = _VALUES[slot[1].strip()][1](event)
        return NOT_KNOWN if found is None or found == "" else str(found)

    return _SLOT.sub(fill, template)


def _names(template: str) -> list[str]:
    return [slot.strip() for slot in _SLOT.findall(template)]

"""Why a payment isn't one that its link asks for: written down in English, and said to its reader."""

import re

from core.api.money import Money
from core.api.payments import PaymentState, PaymentStatus
from core.api.text import N_, show
from core.links.models import PaymentLink

OTHER = N_("%(paid)s was paid where %(asked)s was asked.")
AGAIN = N_("%(paid)s was paid once more: the link was paid already.")
TOO_MUCH = N_("%(paid)s was paid where %(due)s was left to pay.")


def problem(link: PaymentLink, told: PaymentStatus, due: Money) -> str | None:
    """What is wrong with a payment on a link that still asks for ``due``; None where nothing is."""
    in_parts = link.first_part_minor is not None
    fits = told.money.currency == link.amount.currency if in_parts else told.money == link.amount
    if not fits:
        return OTHER % {"paid": told.money, "asked": link.amount}
    if told.state is not PaymentState.SUCCEEDED:
        return None
    if link.state == "paid":
        # Two customers can have its page open at once, or one of them twice.
        return AGAIN % {"paid": told.money}
    if in_parts and told.money > due:
        return TOO_MUCH % {"paid": told.money, "due": due}
    return None


def said(written: str) -> str:
    """What ``problem`` had written down, in the reader's language."""
    for sentence in (OTHER, AGAIN, TOO_MUCH):
        pattern = re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(sentence))
        if found := re.fullmatch(pattern, written):
            return show(sentence) % found.groupdict()
    return written

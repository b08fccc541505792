"""Stripe's test cards and what happens to them (Stripe docs: Testing)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Card:
    """A test card. ``decline_code`` None means that it pays."""

    number: str
    brand: str
    decline_code: str | None = None
    message: str = ""

    @property
    def shown(self) -> str:
        return " ".join(re.findall(r"\d{1,4}", self.number))

    @property
    def outcome(self) -> str:
        return self.message or "Pays at once."


CARDS = (
    Card("4242424242424242", "visa"),
    Card("5555555555554444", "mastercard"),
    Card("4000000000007726", "visa", message="Pays at once; a refund of it is pending at first."),
    Card("4000000000000002", "visa", "generic_decline", "Your card was declined."),
    Card("4000000000009995", "visa", "insufficient_funds", "Your card has insufficient funds."),
    Card("4000000000009987", "visa", "lost_card", "Your card was declined."),
)
REFUNDED_LATER = "7726"
"""The last digits of the card whose refunds wait for the bank."""
_REAL = "Your card was declined. Your request was in test mode, but used a non test card."


class CardMistake(ValueError):
    """What the payer typed can't be a card; nothing was asked of a bank."""


def card_of(number: str, expiry: str, code: str, now: float) -> Card:
    """The card as typed: ``4242 4242 4242 4242``, ``12/34``, ``123``. Raises CardMistake."""
    digits = re.sub(r"[\s-]", "", number)
    if not re.fullmatch(r"\d{12,19}", digits):
        raise CardMistake("Your card number is incomplete.")
    if (match := re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?(\d\d)\s*", expiry)) is None:
        raise CardMistake("Your card's expiration date is incomplete.")
    today = datetime.fromtimestamp(now, UTC)
    if (2000 + int(match[2]), int(match[1])) < (today.year, today.month):
        raise CardMistake("Your card's expiration date is in the past.")
    if not re.fullmatch(r"\d{3,4}", code.strip()):
        raise CardMistake("Your card's security code is incomplete.")
    for card in CARDS:
        if card.number == digits:
            return card
    return Card(digits, "unknown", "test_mode_live_card", _REAL)

"""What chosen links come to."""

from core.api.money import Money
from core.links.chosen import Chosen
from core.links.models import PaymentLink


def link(minor: int, currency: str, mode: str) -> PaymentLink:
    return PaymentLink(amount=Money(minor, currency), mode=mode)


def test_test_money_and_currencies_are_not_added_to_others() -> None:
    links = [
        link(1, "INR", "test"),
        link(2, "INR", "live"),
        link(4, "EUR", "live"),
        link(8, "INR", "live"),
    ]
    assert Chosen(links, {}).sums == [
        ("live", Money(4, "EUR")),
        ("live", Money(10, "INR")),
        ("test", Money(1, "INR")),
    ]

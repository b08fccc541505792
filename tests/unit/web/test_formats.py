"""Money and times as a reader sees them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from core.api.money import Money
from core.web.formats import format_age, format_moment, format_money

US, INDIA, GERMANY = Locale("en", "US"), Locale("en", "IN"), Locale("en", "DE")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(1250, "EUR"), US, "€12.50 EUR"),
        (Money(1250, "EUR"), GERMANY, "12,50 € EUR"),
        (Money(123456789, "INR"), INDIA, "₹12,34,567.89 INR"),
        (Money(1200, "JPY"), US, "¥1,200 JPY"),
        (Money(12345, "KWD"), US, "12.345 KWD"),
        (Money(150, "ISK"), US, "150 ISK"),
        # The locale data would show no decimals; ISO 4217 says two.
        (Money(150, "IDR"), US, "1.50 IDR"),
        (Money(-500, "USD"), US, "-$5.00 USD"),
    ],
)
def test_money_has_its_currencys_decimals_and_its_code(money, locale, shown):
    assert format_money(money, locale).replace("\N{NO-BREAK SPACE}", " ") == shown


def test_a_moment_names_its_zone():
    text = format_moment(NOON, Locale("en", "GB"), ZoneInfo("Asia/Kolkata"))
    assert text == "23 Nov 2026, 17:30 IST"


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=40), "just now"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(days=1), "1 day ago"),
        (-timedelta(days=7), "in 1 week"),
    ],
)
def test_an_age_is_in_words(before, shown):
    assert format_age(NOON - before, NOON, US) == shown

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


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        (Locale("en", "GB"), "Asia/Kolkata", "23 Nov 2026, 17:30 IST"),
        (US, "America/New_York", "Nov 23, 2026, 7:00 AM EST"),
        # In the language's own words where it has some, and in its own order.
        (Locale("de", "DE"), "Europe/Berlin", "23.11.2026, 13:00 MEZ"),
        (Locale("de", "DE"), "Asia/Kolkata", "23.11.2026, 17:30 IST"),
        (Locale("hi", "IN"), "Asia/Kolkata", "23 नव॰ 2026, 5:30 pm IST"),
        (Locale("ar"), "UTC", "23\u200f/11\u200f/2026، 12:00 م UTC"),
    ],
)
def test_a_moment_is_written_as_its_reader_writes_and_names_its_zone(locale, zone, shown):
    text = format_moment(NOON, locale, ZoneInfo(zone))
    assert text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ") == shown


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

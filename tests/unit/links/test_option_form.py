"""The options as the form offers and reads them, by the workspace's calendar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.api.money import Money
from core.api.payments import Expiry, Payer
from core.links.option_form import OptionForm
from core.links.terms import PLAIN, Offer

ASKED = Money.of(4500, "INR")
ALL = Offer(
    provider="Acme",
    expiry=Expiry(timedelta(minutes=20), timedelta(days=180)),
    parts=True,
    notify=frozenset({"mail", "sms"}),
)
NOTHING = Offer(provider="Acme", expiry=None, parts=False, notify=frozenset())


@dataclass
class Typed:
    """A form that is filled in."""

    expires_on: date | None = None
    first_part: str = ""
    notify_mail: bool = False
    notify_sms: bool = False
    payer_name: str = ""
    payer_email: str | None = None
    payer_phone: str = ""


def at(offer: Offer, now: datetime, zone: str = "UTC") -> OptionForm:
    return OptionForm(offer, ZoneInfo(zone), now)


NOON = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


class TestWhatIsShown:
    def test_all_or_nothing(self) -> None:
        names = {
            *("expires_on", "first_part", "notify_mail", "notify_sms"),
            *("payer_name", "payer_email", "payer_phone"),
        }
        assert set(at(ALL, NOON).shown) == set(at(NOTHING, NOON).hidden) == names
        assert at(ALL, NOON).hidden == at(NOTHING, NOON).shown == ()

    def test_by_mail_only_a_number_is_of_no_use(self) -> None:
        offer = Offer("Acme", None, parts=False, notify=frozenset({"mail"}))
        assert at(offer, NOON).shown == ("notify_mail", "payer_name", "payer_email")

    @pytest.mark.parametrize(
        ("ticked", "withheld"),
        [
            ({}, {"payer_name", "payer_email", "payer_phone"}),
            ({"notify_mail": "on"}, {"payer_phone"}),
            ({"notify_sms": "on"}, {"payer_email"}),
            ({"notify_mail": "on", "notify_sms": "on"}, set()),
        ],
    )
    def test_a_payer_is_asked_about_as_far_as_they_are_written_to(
        self, ticked: dict[str, str], withheld: set[str]
    ) -> None:
        assert at(ALL, NOON).withheld(ticked) == withheld


class TestDays:
    @pytest.mark.parametrize(
        ("now", "zone", "first"),
        [
            (NOON, "UTC", date(2026, 3, 28)),
            # It is tomorrow already where the workspace is.
            (NOON.replace(hour=20), "Asia/Kolkata", date(2026, 3, 29)),
            (NOON.replace(hour=23, minute=39), "UTC", date(2026, 3, 28)),
            # Today would end too soon.
            (NOON.replace(hour=23, minute=41), "UTC", date(2026, 3, 29)),
        ],
    )
    def test_the_first_day(self, now: datetime, zone: str, first: date) -> None:
        days = at(ALL, now, zone).days
        assert days
        assert days[0] == first

    def test_the_last_day_ends_within_the_limit(self) -> None:
        form = at(ALL, NOON)
        assert form.days
        assert form.end_of(form.days[1]) <= NOON + timedelta(days=180)
        assert form.end_of(form.days[1] + timedelta(days=1)) > NOON + timedelta(days=180)

    def test_presets_are_days_that_can_be_chosen(self) -> None:
        labels = [label for label, _ in at(ALL, NOON).presets]
        assert labels == ["1 day", "3 days", "7 days", "30 days"]
        week = Offer(
            "Acme", Expiry(timedelta(days=2), timedelta(days=8)), parts=False, notify=frozenset()
        )
        assert at(week, NOON).presets == [
            ("3 days", date(2026, 3, 31)),
            ("7 days", date(2026, 4, 4)),
        ]
        assert at(NOTHING, NOON).presets == []

    def test_a_day_ends_when_its_clocks_say_so(self) -> None:
        """In Berlin the night to 29 March 2026 loses an hour."""
        form = at(ALL, NOON, "Europe/Berlin")
        assert form.end_of(date(2026, 3, 28)) == datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)
        assert form.end_of(date(2026, 3, 29)) == datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)
        assert form.zone_name == "CET"


class TestTerms:
    def test_nothing_typed_is_nothing_asked_for(self) -> None:
        assert at(ALL, NOON).terms(Typed(), "INR", ASKED) == (PLAIN, [])

    @pytest.mark.parametrize(
        ("typed", "currency", "minor"),
        [("1000", "INR", 100_000), ("0.5", "INR", 50), ("1000", "JPY", 1000), ("1.250", "KWD", 1250)],
    )
    def test_an_amount_in_its_currency(self, typed: str, currency: str, minor: int) -> None:
        terms, found = at(ALL, NOON).terms(Typed(first_part=typed), currency, None)
        assert (terms.first_part, found) == (Money(minor, currency), [])

    @pytest.mark.parametrize(
        ("typed", "currency", "said"),
        [
            ("1,5", "INR", "such as 1500.00, with at most 2 decimals and no commas."),
            ("-1", "INR", "such as 1500.00, with at most 2 decimals and no commas."),
            ("1e3", "INR", "such as 1500.00, with at most 2 decimals and no commas."),
            ("NaN", "INR", "such as 1500.00, with at most 2 decimals and no commas."),
            ("10.5", "JPY", "such as 1500, a whole number and no commas."),
            ("1.2505", "KWD", "such as 1500.000, with at most 3 decimals and no commas."),
        ],
    )
    def test_what_is_no_amount(self, typed: str, currency: str, said: str) -> None:
        terms, [problem] = at(ALL, NOON).terms(Typed(first_part=typed), currency, None)
        assert (terms.first_part, problem.field) == (None, "first_part")
        assert problem.message.endswith(said)

    @pytest.mark.parametrize(
        ("typed", "number"),
        [
            ("+91 90000-12345", "+919000012345"),
            ("(020) 7946 0958", "02079460958"),
            ("12", None),
            ("call me", None),
            ("+91+90000", None),
        ],
    )
    def test_a_number(self, typed: str, number: str | None) -> None:
        form = Typed(notify_sms=True, payer_name="Asha", payer_phone=typed)
        terms, found = at(ALL, NOON).terms(form, "INR", ASKED)
        assert terms.payer == Payer("Asha", None, number)
        # One sentence about it, and not that it is missing as well.
        assert [problem.field for problem in found] == ([] if number else ["payer_phone"])

    def test_a_day(self) -> None:
        terms, found = at(ALL, NOON).terms(Typed(expires_on=date(2026, 4, 1)), "INR", ASKED)
        assert (terms.expires_at, found) == (datetime(2026, 4, 1, 23, 59, 59, tzinfo=UTC), [])
        for day in (date.min, date.max, date(2026, 3, 27), date(2027, 3, 27)):
            _, [problem] = at(ALL, NOON, "Asia/Kolkata").terms(Typed(expires_on=day), "INR", ASKED)
            assert problem.field == "expires_on"

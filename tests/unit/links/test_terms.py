"""What a link can be asked for at an account, and what is wrong with what somebody asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.api.money import Money
from core.api.payments import Expiry, LinkOptions, Payer
from core.links.terms import PLAIN, Offer, Terms, in_words, offer_of, problems

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ASKED = Money.of(4500, "INR")
ALL = Offer(
    provider="Acme",
    expiry=Expiry(timedelta(minutes=20), timedelta(days=180)),
    parts=True,
    notify=frozenset({"mail", "sms"}),
)
NOTHING = Offer(provider="Acme", expiry=None, parts=False, notify=frozenset())
ASHA = Payer("Asha", "asha@payer.example", "+919000090000")


class Entry:
    """A provider as the registry keeps it."""

    name = "Acme"

    def __init__(self, *capabilities: str, **options: Any):
        self.capabilities, self.link_options = frozenset(capabilities), LinkOptions(**options)


def offered(*capabilities: str, **options: Any) -> Offer:
    return offer_of(Entry(*capabilities, **options))  # type: ignore[arg-type]


def found(
    terms: Terms, offer: Offer = ALL, amount: Money | None = ASKED
) -> list[tuple[str | None, str]]:
    return [(one.field, one.message) for one in problems(terms, amount, offer, NOW)]


class TestOffer:
    def test_what_a_provider_declares(self) -> None:
        limits = Expiry(timedelta(0), timedelta(days=1))
        offer = offered(expiry=limits, parts=True, notify=frozenset({"sms"}))
        assert offer == Offer("Acme", limits, True, frozenset({"sms"}))

    def test_the_host_keeps_an_expiry_where_it_can_close_the_link(self) -> None:
        assert offered("deactivate_link").expiry == Expiry(timedelta(minutes=10), timedelta(days=731))
        assert offered("deactivate_link").by_host
        limits = Expiry(timedelta(0), timedelta(days=1))
        assert not offered("deactivate_link", expiry=limits).by_host
        assert offered("create_link").expiry is None

    def test_whether_there_is_anything_to_ask_for(self) -> None:
        assert not offered().anything
        assert offered("deactivate_link").anything
        assert offered(parts=True).anything
        assert offered(notify=frozenset({"mail"})).anything


class TestProblems:
    def test_nothing_asked_for_is_never_wrong(self) -> None:
        assert found(PLAIN) == found(PLAIN, NOTHING) == []

    def test_everything_that_is_offered_may_be_asked_for(self) -> None:
        terms = Terms(NOW + timedelta(days=3), Money.of(1000, "INR"), ASHA, frozenset({"mail", "sms"}))
        assert found(terms) == []

    @pytest.mark.parametrize(
        ("ahead", "said"),
        [
            (timedelta(0), "This day is over. Choose a later one."),
            (timedelta(minutes=19), "Acme's links are open for 20 minutes at least."),
            (timedelta(days=180, seconds=1), "Acme's links are open for 180 days at most."),
        ],
    )
    def test_a_time_that_is_too_soon_or_too_late(self, ahead: timedelta, said: str) -> None:
        [(field, message)] = found(Terms(expires_at=NOW + ahead))
        assert field == "expires_on"
        assert message.startswith(said)

    @pytest.mark.parametrize("ahead", [timedelta(minutes=20), timedelta(days=180)])
    def test_the_limits_themselves_are_allowed(self, ahead: timedelta) -> None:
        assert found(Terms(expires_at=NOW + ahead)) == []

    @pytest.mark.parametrize(
        ("part", "said"),
        [
            (Money.of(0, "INR"), "Enter an amount above 0."),
            (Money.of(-1, "INR"), "Enter an amount above 0."),
            (ASKED, "Enter less than 4,500.00 INR, which is all that the link asks for."),
            (Money.of(1, "EUR"), "Enter less than 4,500.00 INR, which is all that the link asks for."),
        ],
    )
    def test_a_first_part_that_is_none(self, part: Money, said: str) -> None:
        assert found(Terms(first_part=part)) == [("first_part", said)]

    def test_who_is_to_be_written_to_has_to_be_known(self) -> None:
        nobody = Terms(payer=Payer("Asha"), notify=frozenset({"mail", "sms"}))
        assert [field for field, _ in found(nobody)] == ["payer_email", "payer_phone"]
        by_mail = Terms(payer=Payer(email="a@b.example"), notify=frozenset({"mail"}))
        assert found(by_mail) == []

    def test_what_is_not_offered_is_refused(self) -> None:
        terms = Terms(NOW + timedelta(days=3), Money.of(1000, "INR"), ASHA, frozenset({"mail"}))
        assert [field for field, _ in found(terms, NOTHING)] == ["expires_on", "first_part", None]


def test_the_same_terms_are_said_in_the_same_words() -> None:
    at = NOW + timedelta(days=3)
    every = [
        PLAIN,
        Terms(expires_at=at),
        Terms(first_part=ASKED),
        Terms(payer=ASHA),
        Terms(payer=ASHA, notify=frozenset({"mail"})),
        Terms(payer=ASHA, notify=frozenset({"sms"})),
    ]
    assert len({one.said() for one in every}) == len(every)
    assert PLAIN.said() == ()
    both = frozenset({"mail", "sms"})
    assert Terms(notify=both).said() == Terms(notify=frozenset(sorted(both, reverse=True))).said()


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=180), "180 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=20), "20 minutes"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(0), "0 seconds"),
    ],
)
def test_a_span_in_words(span: timedelta, words: str) -> None:
    assert in_words(span) == words

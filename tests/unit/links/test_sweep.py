"""How often a link is asked about: by its age, and by what it waits for."""

from datetime import UTC, datetime, timedelta

import pytest

from core.links.models import Flag, PaymentLink
from core.links.sweep import interval

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))


def link(age: timedelta, state: str = "open", **more: object) -> PaymentLink:
    values = {"job_state": "done", "attempts": 1, "flags": Flag(0), "paid_at": None, **more}
    return PaymentLink(created_at=NOW - age, state=state, **values)


@pytest.mark.parametrize(
    ("age", "every"),
    [
        (timedelta(0), 10 * MINUTES),
        (59 * MINUTES, 10 * MINUTES),
        (1 * HOURS, 1 * HOURS),
        (23 * HOURS, 1 * HOURS),
        (1 * DAYS, 6 * HOURS),
        (7 * DAYS, 1 * DAYS),
        (30 * DAYS, 7 * DAYS),
        (400 * DAYS, 7 * DAYS),
        (-10 * MINUTES, 10 * MINUTES),  # made by a host whose clock is ahead
    ],
)
def test_an_open_link(age: timedelta, every: timedelta) -> None:
    assert interval(link(age), NOW) == every


@pytest.mark.parametrize("state", ["open", "paid", "deactivated", "expired"])
def test_money_on_its_way_is_asked_about_however_old_the_link_is(state: str) -> None:
    waits = link(100 * DAYS, state, flags=Flag.PENDING_PAYMENT)
    assert interval(waits, NOW) == 6 * HOURS
    assert interval(link(5 * MINUTES, state, flags=Flag.PENDING_PAYMENT), NOW) == 10 * MINUTES


@pytest.mark.parametrize("state", ["paid", "deactivated", "expired"])
def test_a_closed_link_is_asked_about_monthly_for_four_months(state: str) -> None:
    assert interval(link(119 * DAYS, state), NOW) == 30 * DAYS
    assert interval(link(120 * DAYS, state), NOW) is None


def test_the_four_months_begin_with_the_payment() -> None:
    assert interval(link(400 * DAYS, "paid", paid_at=NOW - 1 * DAYS), NOW) == 30 * DAYS
    assert interval(link(400 * DAYS, "paid", paid_at=NOW - 121 * DAYS), NOW) is None


@pytest.mark.parametrize(
    ("job_state", "attempts", "every"),
    [
        ("pending", 3, 6 * HOURS),
        ("running", 1, 6 * HOURS),
        ("failed", 11, 6 * HOURS),
        ("failed", 1, None),  # refused at once: it was never made
        ("skipped", 11, None),  # searched for, and not there
    ],
)
def test_a_draft(job_state: str, attempts: int, every: timedelta | None) -> None:
    draft = link(5 * MINUTES, "draft", job_state=job_state, attempts=attempts)
    assert interval(draft, NOW) == every


def test_10_000_open_links_are_asked_about_as_often_as_the_module_says() -> None:
    """As many made on each of the last 30 days, each at its own time of the day."""
    looks = 0.0
    for number in range(10_000):
        every = interval(link(30 * DAYS * number / 10_000), NOW)
        assert every
        looks += 1 * DAYS / every
    assert 25_000 < looks < 26_000

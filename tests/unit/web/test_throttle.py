"""Tries are counted where every process sees them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from core.db.session import ALL_TENANTS, Database
from core.web.models import ThrottleCounter
from core.web.throttle import CounterRows, Throttle, wait_in_words
from tests.support import Clock


def rows(db: Database) -> int:
    with db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(ThrottleCounter)) or 0


def test_an_address_is_limited_from_wherever_it_is_tried(db: Database, clock: Clock) -> None:
    waits = [
        Throttle(db, clock, f"192.0.2.{number}").hit("sign-in", "a@example.com") for number in range(12)
    ]
    assert waits == [0] * 10 + [900, 900]
    assert Throttle(db, clock, "192.0.2.99").hit("sign-in", "b@example.com") == 0


def test_a_place_is_limited_whatever_it_tries(db: Database, clock: Clock) -> None:
    throttle = Throttle(db, clock, "192.0.2.1")
    waits = [throttle.hit("sign-up", f"{number}@example.com") for number in range(31)]
    assert waits == [0] * 30 + [3600]
    assert Throttle(db, clock, "192.0.2.2").hit("sign-up", "x@example.com") == 0


def test_one_customers_ipv6_addresses_are_one_place(db: Database, clock: Clock) -> None:
    waits = [
        Throttle(db, clock, f"2001:db8::{number:x}").hit("sign-up", f"{number}@example.com")
        for number in range(31)
    ]
    assert waits[-1] == 3600
    assert Throttle(db, clock, "2001:db8:0:1::1").hit("sign-up", "x@example.com") == 0


@pytest.mark.parametrize("ip", [None, "", "unix:", "fe80::1%eth0"])
def test_a_place_without_a_proper_address_is_counted_too(db: Database, clock: Clock, ip: str) -> None:
    waits = [Throttle(db, clock, ip).hit("sign-up", f"{n}@example.com") for n in range(31)]
    assert waits[-1] == 3600


def test_the_longest_wait_counts(db: Database, clock: Clock) -> None:
    throttle = Throttle(db, clock, None)
    for _ in range(5):
        assert throttle.hit("resend", "a@example.com") == 0
        clock.turn(seconds=61)
    assert throttle.hit("resend", "a@example.com") == 3600 - 5 * 61


def test_waiting_helps(db: Database, clock: Clock) -> None:
    throttle = Throttle(db, clock, "192.0.2.1")
    throttle.hit("resend", "a@example.com")
    wait = throttle.hit("resend", "a@example.com")
    clock.turn(seconds=wait - 1)
    assert throttle.hit("resend", "a@example.com") == 1
    clock.turn(seconds=1)
    assert throttle.hit("resend", "a@example.com") == 0


def test_forgiving_forgets_the_address_and_not_the_place(db: Database, clock: Clock) -> None:
    throttle = Throttle(db, clock, "192.0.2.1")
    for _ in range(10):
        throttle.hit("sign-in", "a@example.com")
    throttle.forgive("sign-in", "a@example.com")
    assert throttle.hit("sign-in", "a@example.com") == 0
    assert rows(db) == 2


def test_no_address_is_kept_in_clear(db: Database, clock: Clock) -> None:
    Throttle(db, clock, "192.0.2.1").hit("sign-in", "a@example.com")
    with db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        keys = session.scalars(select(ThrottleCounter.key)).all()
    assert all(len(key) == 64 and "example" not in key for key in keys)


def test_counters_that_ran_out_are_swept(db: Database, clock: Clock) -> None:
    for number in range(5):
        Throttle(db, clock, "192.0.2.1").hit("sign-in", f"{number}@example.com")
    clock.turn(hours=1)
    Throttle(db, clock, "192.0.2.1").hit("sign-in", "a@example.com")
    assert rows(db) == 2


def test_tries_at_the_same_moment_all_count(db: Database, clock: Clock) -> None:
    counters = CounterRows(db, clock)
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: counters.incr("key", 60), range(24)))
    assert sorted(counts) == list(range(1, 25))


def test_the_store_does_what_the_library_expects(db: Database, clock: Clock) -> None:
    counters = CounterRows(db, clock)
    assert counters.check()
    assert counters.get("key") == 0
    assert counters.get_expiry("key") == clock().timestamp()
    counters.incr("key", 60, amount=3)
    assert counters.get("key") == 3
    assert counters.get_expiry("key") == clock().timestamp() + 60
    counters.clear("key")
    assert counters.get("key") == 0
    counters.incr("key", 60)
    assert counters.reset() == 1
    assert rows(db) == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes"), (3600, "60 minutes")],
)
def test_waits_are_said_in_words(seconds: int, words: str) -> None:
    assert wait_in_words(seconds) == words

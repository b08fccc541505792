"""A rate limit gives no more than its rate and burst, whoever asks, on however many hosts."""

import threading
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.api.errors import NotSent, Throttled
from core.db.session import ALL_TENANTS, Database
from core.plugin_host.models import RateLine
from core.plugin_host.ratelimit import Bucket, Buckets


class Timed(Buckets):
    """Buckets on a clock that only sleeping and the test move on."""

    seconds = 100.0
    slept: list[float]

    def __init__(self, db: Database):
        super().__init__(db)
        self.slept = []

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def buckets(db: Database) -> Timed:
    return Timed(db)


def bucket(buckets: Buckets, per_second: float = 2, burst: int = 3, **more) -> Bucket:
    return buckets.get("acme", "key", per_second, burst, **more)


def test_a_burst_is_free_and_the_rest_waits(buckets):
    filled = bucket(buckets)
    for _ in range(3):
        filled.acquire(0)
    assert buckets.slept == []
    filled.acquire(1)
    assert buckets.slept == pytest.approx([0.5])


def test_all_who_hold_the_credential_share_it(buckets):
    for _ in range(3):
        bucket(buckets).acquire(0)
    with pytest.raises(Throttled):
        bucket(buckets).acquire(0)


def test_no_slot_in_time_is_not_sent_without_waiting(buckets):
    filled = bucket(buckets, burst=1)
    filled.acquire(0)
    with pytest.raises(NotSent, match="so nothing was sent") as refused:
        filled.acquire(0.4)
    assert refused.value.retry_after >= 0.5
    assert buckets.slept == []


def test_those_who_are_sent_away_come_again_at_the_rate(buckets):
    """Each is told a time of its own: a thousand put-off jobs don't all come at once."""
    filled = bucket(buckets, burst=1)
    filled.acquire(0)
    times = []
    for _ in range(5):
        with pytest.raises(Throttled) as refused:
            filled.acquire(0)
        times.append(refused.value.retry_after)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([0.5] * 4)


def test_a_job_waits_long_only_after_its_first_request(buckets):
    """Else the jobs of one slow tenant would sit in every thread and wait."""
    for _ in range(3):
        bucket(buckets).acquire(0)
    job = bucket(buckets, patience=0.25)
    with pytest.raises(Throttled):
        job.acquire(10)
    buckets.seconds += 0.5
    job = bucket(buckets, patience=0.25)
    job.acquire(10)
    job.acquire(10)
    assert buckets.slept == pytest.approx([0.5])


def test_a_pause_holds_everyone_back(buckets):
    filled = bucket(buckets)
    filled.pause(5)
    with pytest.raises(Throttled) as refused:
        filled.acquire(4)
    assert refused.value.retry_after >= 5
    filled.acquire(5)
    assert buckets.now() == pytest.approx(105)


def test_a_shorter_pause_does_not_end_a_longer_one(buckets):
    filled = bucket(buckets)
    filled.pause(5)
    filled.pause(1)
    filled.acquire(10)
    assert buckets.now() == pytest.approx(105)


@pytest.mark.parametrize("given_up", [False, True])
def test_a_pause_reaches_those_who_wait_already(buckets, monkeypatch, given_up):
    filled = bucket(buckets, burst=1)
    filled.acquire(0)
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        buckets.seconds += seconds
        if len(slept) == 1:
            filled.pause(3)

    monkeypatch.setattr(buckets, "sleep", sleep)
    if given_up:
        with pytest.raises(Throttled, match="pause"):
            filled.acquire(2)
        assert slept == pytest.approx([0.5])
    else:
        filled.acquire(10)
        assert slept == pytest.approx([0.5, 3])


def test_it_never_keeps_more_than_the_burst(buckets):
    filled = bucket(buckets)
    buckets.seconds += 1000
    for _ in range(3):
        filled.acquire(0)
    with pytest.raises(Throttled):
        filled.acquire(0)


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_bucket_that_could_never_give(buckets, per_second, burst):
    with pytest.raises(ValueError, match="a rate above 0"):
        bucket(buckets, per_second, burst)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.floats(0.1, 50), st.integers(1, 10), st.lists(st.floats(0, 3), min_size=1, max_size=25))
def test_in_any_span_no_more_than_burst_and_rate(buckets, per_second, burst, gaps):
    with buckets.database.unit_of_work(ALL_TENANTS) as session:
        session.query(RateLine).delete()
    filled = bucket(buckets, per_second, burst)
    taken = []
    for gap in gaps:
        buckets.seconds += gap
        filled.acquire(1e6)
        taken.append(buckets.now())
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            span = taken[last] - start
            assert last - first + 1 <= burst + span * per_second + 1e-6


def test_workers_together_keep_the_rate(buckets):
    given_out, refused = [], []

    def ask() -> None:
        mine = Timed(buckets.database)  # another process has an object of its own
        for _ in range(5):
            try:
                bucket(mine, 1, 10).acquire(0)
                given_out.append(1)
            except Throttled:
                refused.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(given_out), len(refused)) == (10, 30)


def test_a_limit_belongs_to_a_plugin_and_a_credential(buckets):
    for plugin, credential in (("acme", "key"), ("acme", "other"), ("other", "key")):
        buckets.get(plugin, credential, 1, 1).acquire(0)
    with buckets.database.unit_of_work(ALL_TENANTS, read_only=True) as session:
        rows = session.query(RateLine).all()
    assert len(rows) == 3
    assert not [row for row in rows if "key" in row.key or "other" in row.key]


def test_before_there_is_a_database_nothing_is_sent():
    with pytest.raises(RuntimeError, match="there is none yet"):
        bucket(Buckets()).acquire(0)

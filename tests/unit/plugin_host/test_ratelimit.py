"""A bucket gives no more than its rate and burst, whoever asks."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.errors import NotSent
from core.plugin_host.ratelimit import Bucket, Buckets


class Time:
    """A clock that only sleeping and the test move on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def bucket(time: Time, per_second: float = 2, burst: int = 3) -> Bucket:
    return Bucket(per_second, burst, clock=time, sleep=time.sleep)


def test_a_burst_is_free_and_the_rest_waits(time):
    filled = bucket(time)
    for _ in range(3):
        filled.acquire(0)
    assert time.now == 100
    filled.acquire(1)
    assert time.now == pytest.approx(100.5)


def test_no_token_in_time_is_not_sent_without_waiting(time):
    filled = bucket(time, burst=1)
    filled.acquire(0)
    with pytest.raises(NotSent, match="so nothing was sent") as refused:
        filled.acquire(0.4)
    assert refused.value.retry_after == pytest.approx(0.5)
    assert time.now == 100


def test_a_pause_holds_everyone_back(time):
    filled = bucket(time)
    filled.pause(5)
    with pytest.raises(NotSent) as refused:
        filled.acquire(4)
    assert refused.value.retry_after == pytest.approx(5)
    filled.acquire(5)
    assert time.now == pytest.approx(105)


def test_a_shorter_pause_does_not_end_a_longer_one(time):
    filled = bucket(time)
    filled.pause(5)
    filled.pause(1)
    filled.acquire(10)
    assert time.now == pytest.approx(105)


def test_a_pause_reaches_those_who_wait_already(time):
    filled = bucket(time, burst=1)
    filled.acquire(0)
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)
        if len(slept) == 1:
            filled.pause(3)

    filled._sleep = sleep
    filled.acquire(10)
    assert slept == pytest.approx([0.5, 3])


def test_it_never_keeps_more_than_the_burst(time):
    filled = bucket(time)
    time.sleep(1000)
    for _ in range(3):
        filled.acquire(0)
    with pytest.raises(NotSent):
        filled.acquire(0)


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_bucket_that_could_never_give(per_second, burst):
    with pytest.raises(ValueError, match="a rate above 0"):
        Bucket(per_second, burst)


@given(
    st.floats(0.1, 50),
    st.integers(1, 20),
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_in_any_span_no_more_than_burst_and_rate(per_second, burst, gaps):
    time = Time()
    filled = bucket(time, per_second, burst)
    taken = []
    for gap in gaps:
        time.sleep(gap)
        filled.acquire(1e6)
        taken.append(time.now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            span = taken[last] - start
            assert last - first + 1 <= burst + span * per_second + 1e-6


def test_threads_together_keep_the_rate():
    filled = Bucket(1, 10, clock=lambda: 0.0)
    given_out, refused = [], []

    def ask() -> None:
        for _ in range(5):
            try:
                filled.acquire(0)
                given_out.append(1)
            except NotSent:
                refused.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(given_out), len(refused)) == (10, 30)


def test_a_bucket_belongs_to_a_plugin_and_a_credential():
    buckets = Buckets()
    mine = buckets.get("acme", "key", 5, 10)
    assert buckets.get("acme", "key", 5, 10) is mine
    assert buckets.get("acme", "other", 5, 10) is not mine
    assert buckets.get("other", "key", 5, 10) is not mine
    assert "key" not in [credential for _, credential in buckets._buckets]

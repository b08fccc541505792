"""What is periodic is done by one worker of all, and by nobody twice."""

import threading

import pytest

from core.db.session import ALL_TENANTS
from core.jobs.models import JobWorker, PeriodicTask
from core.jobs.periodic import run_next
from tests.unit.jobs.conftest import wait_until


@pytest.fixture
def done(bench):
    """What the task was called for."""
    calls = []
    bench.app.jobs.periodic("sweep", 60, lambda app: calls.append(app) or "Swept.")
    return calls


def row(bench) -> PeriodicTask:
    with bench.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.get_one(PeriodicTask, "sweep")


def test_it_is_done_at_once_and_then_every_so_often(bench, done):
    assert run_next(bench.app)
    assert not run_next(bench.app)
    bench.clock.turn(seconds=59)
    assert not run_next(bench.app)
    bench.clock.turn(seconds=1)
    assert run_next(bench.app)
    assert len(done) == 2
    assert (row(bench).result, row(bench).error) == ("Swept.", None)


def test_after_a_long_sleep_it_is_done_once(bench, done):
    run_next(bench.app)
    bench.clock.turn(days=3)
    while run_next(bench.app):
        continue
    assert len(done) == 2


def test_a_failure_is_written_down_and_tried_again(bench):
    def fail(app):
        raise RuntimeError("no network")

    bench.app.jobs.periodic("sweep", 60, fail)
    assert run_next(bench.app)
    assert row(bench).error == "RuntimeError: no network"
    assert row(bench).finished_at == bench.clock()
    bench.clock.turn(seconds=60)
    assert run_next(bench.app)


def test_workers_together_do_it_once(bench, done):
    threads = [threading.Thread(target=run_next, args=[bench.app]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1


def test_what_is_still_being_done_isnt_begun_again(bench, done):
    run_next(bench.app)
    with bench.app.db.unit_of_work(ALL_TENANTS) as session:
        session.get_one(PeriodicTask, "sweep").finished_at = None
    bench.clock.turn(minutes=30)
    with bench.app.db.unit_of_work(ALL_TENANTS) as session:
        session.get_one(PeriodicTask, "sweep").started_at = bench.clock()
    bench.clock.turn(minutes=30)
    assert not run_next(bench.app)
    bench.clock.turn(minutes=31)  # whoever began is taken for dead
    assert run_next(bench.app)


def test_a_worker_does_what_is_periodic_and_shows_that_it_lives(bench, done):
    with bench.working():
        wait_until(lambda: done)
        with bench.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            (worker,) = session.query(JobWorker).all()
        assert (worker.engine, worker.seen_at) == ("local", bench.clock())
    with bench.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert session.query(JobWorker).all() == []

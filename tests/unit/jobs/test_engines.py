"""What holds for every engine: order, fairness, takeover, a stop that loses nothing."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.api.actions import Done
from core.api.errors import NotSent, Throttled
from core.db import faultpoints
from core.db.session import ALL_TENANTS
from core.jobs import local, queue
from core.jobs.engine import Engine
from core.mail.models import OutgoingMail
from tests.support import Clock
from tests.unit.jobs.conftest import Bench, wait_until

Make = Callable[..., Bench]


@pytest.fixture
def bench(make_bench: Make, new_engine: Callable[[], Engine]) -> Bench:
    return make_bench(new_engine())


def test_rows_of_one_record_run_in_their_order_one_at_a_time(bench: Bench) -> None:
    tenant_id, inside, most = bench.tenant(), [0], [0]

    def slowly() -> Done:
        inside[0] += 1
        most[0] = max(most)
        assert inside[0] == 1
        time.sleep(0.02)
        inside[0] -= 1
        return Done("ok")

    bench.outcomes = [slowly] * 6
    rows = [bench.submit(tenant_id, "deal:1") for _ in range(6)]
    with bench.working():
        bench.wait_for(*rows)
    assert bench.ran == rows


def test_a_row_that_waits_for_its_retry_holds_back_those_behind_it(bench: Bench) -> None:
    tenant_id = bench.tenant()
    first, second = bench.submit(tenant_id, "deal:1"), bench.submit(tenant_id, "deal:1")
    bench.outcomes = [NotSent("busy"), Done("ok"), Done("ok")]
    with bench.working():
        wait_until(lambda: bench.row(first).last_error)
        time.sleep(0.1)
        assert bench.states(first, second) == ["pending", "pending"]
        bench.turn(seconds=60)
        bench.wait_for(first, second)
    assert bench.ran == [first, first, second]


def test_the_next_row_of_a_record_doesnt_wait_for_a_poll(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in (local, queue):
        monkeypatch.setattr(engine, "_POLL", 5.0)
    tenant_id = bench.tenant()
    bench.outcomes = [Done("ok")] * 6
    with bench.working():
        # With a poll for each they would take 25 seconds.
        bench.wait_for(*[bench.submit(tenant_id, "deal:1") for _ in range(6)], seconds=15)


@pytest.mark.parametrize("new_engine", ["procrastinate"], indirect=True)
def test_a_row_whose_job_came_too_early_by_a_hair_is_delivered_again(bench: Bench) -> None:
    """It is written when the row before it is as good as settled: that one no longer sees it, and its
    own job is sent away because that one still runs."""
    tenant_id, late = bench.tenant(), list[str]()
    first = bench.submit(tenant_id, "deal:1")
    bench.outcomes = [Done("ok"), Done("ok")]

    def write_another(point: str) -> None:
        if point == "work.settling" and not late:
            late.append(bench.submit(tenant_id, "deal:1"))
            wait_until(lambda: not jobs_of(bench, late[0]))

    faultpoints.arm(write_another)
    try:
        with bench.working():
            bench.wait_for(first)
            bench.wait_for(*late)
    finally:
        faultpoints.arm(None)


def jobs_of(bench: Bench, row_id: str) -> int:
    """How many jobs the queue holds that deliver a row."""
    held = text("select count(*) from procrastinate_jobs where args->>'row_id' = :row_id")
    with bench.app.db.engine.connect() as connection:
        return int(connection.scalar(held, {"row_id": row_id}) or 0)


def test_work_runs_at_its_time(bench: Bench) -> None:
    tenant_id, later = bench.tenant(), bench.mail()
    later.due_at = bench.clock() + timedelta(seconds=60)
    with bench.app.db.unit_of_work(tenant_id) as session:
        bench.app.jobs.submit(session, later)
    bench.outcomes = [Done("ok")]
    with bench.working():
        time.sleep(0.2)
        assert bench.states(later.id) == ["pending"]
        bench.turn(seconds=60)
        bench.wait_for(later.id)


def test_one_tenants_backlog_doesnt_delay_another(bench: Bench) -> None:
    busy, quiet = bench.tenant("Busy"), bench.tenant("Quiet")
    backlog = [bench.submit(busy, f"deal:{number}") for number in range(120)]
    bench.outcomes = [lambda: time.sleep(0.01) or Done("ok")] * 200
    with bench.working():
        wait_until(lambda: len(bench.ran) > 5)
        quick = bench.submit(quiet, "deal:quiet")
        bench.wait_for(quick)
        done_before = bench.ran.index(quick)
        bench.wait_for(*backlog)
    assert done_before < 80


def test_a_throttled_job_comes_again_without_counting_the_attempt(bench: Bench) -> None:
    row_id = bench.submit(bench.tenant())
    bench.outcomes = [Throttled("full", retry_after=30), Done("ok")]
    with bench.working():
        wait_until(lambda: bench.row(row_id).last_error)
        assert (bench.row(row_id).attempts, bench.states(row_id)) == (0, ["pending"])
        bench.turn(seconds=31)
        bench.wait_for(row_id)


def test_what_a_dead_worker_left_goes_to_another_when_its_lease_ends(bench: Bench) -> None:
    tenant_id = bench.tenant()
    lost, behind = bench.submit(tenant_id, "deal:1"), bench.submit(tenant_id, "deal:1")
    with bench.app.db.unit_of_work(ALL_TENANTS) as session:
        row = session.get_one(OutgoingMail, lost)
        row.job_state, row.attempts = "running", 1
        row.due_at = bench.clock()
    bench.app.jobs.keep()
    assert bench.states(lost) == ["running"]
    bench.clock.turn(seconds=1)
    bench.outcomes = [Done("ok"), Done("ok")]
    with bench.working():
        bench.wait_for(lost, behind)
    assert bench.ran == [lost, behind]


def test_a_claim_is_kept_while_its_worker_lives(bench: Bench) -> None:
    row_id, release = bench.submit(bench.tenant()), threading.Event()
    bench.outcomes = [lambda: release.wait(5) and Done("ok")]
    with bench.working():
        wait_until(lambda: bench.ran)
        for _ in range(5):
            bench.clock.turn(seconds=20)
            bench.app.jobs.keep()
        assert bench.states(row_id) == ["running"]
        release.set()
        bench.wait_for(row_id)
    assert bench.ran == [row_id]


def test_whoever_lost_the_lease_no_longer_says_what_came_of_it(bench: Bench) -> None:
    row_id = bench.submit(bench.tenant())

    def late() -> Done:
        bench.clock.turn(seconds=31)
        with bench.app.jobs._lock:
            bench.app.jobs._running.clear()  # as a process that the system froze
        bench.app.jobs.keep()
        bench.app.jobs.run(bench.app, "outgoing_mails", row_id)
        return Done("the first")

    bench.outcomes = [late, Done("the second")]
    bench.app.jobs.run(bench.app, "outgoing_mails", row_id)
    assert bench.row(row_id).result == "the second"


def test_a_stop_lets_what_runs_finish(bench: Bench) -> None:
    row_id = bench.submit(bench.tenant())
    bench.outcomes = [lambda: time.sleep(0.3) or Done("ok")]
    with bench.working():
        wait_until(lambda: bench.ran)
    assert bench.states(row_id) == ["done"]


def test_a_stop_hands_back_what_takes_too_long(bench: Bench) -> None:
    row_id, release = bench.submit(bench.tenant()), threading.Event()
    bench.outcomes = [lambda: release.wait(5) and Done("late"), Done("the next")]
    with bench.working() as worker:
        wait_until(lambda: bench.ran)
        worker.stop(0.2)
        assert bench.states(row_id) == ["pending"]
        release.set()
    bench.clock.turn(seconds=1)
    bench.app.jobs.run(bench.app, "outgoing_mails", row_id)
    assert bench.row(row_id).result == "the next"


def test_nothing_of_a_rolled_back_transaction_runs(bench: Bench) -> None:
    tenant_id = bench.tenant()
    with bench.app.db.unit_of_work(tenant_id) as session:
        bench.app.jobs.submit(session, bench.mail())
        session.flush()
        session.rollback()
    with bench.working():
        time.sleep(0.2)
    assert bench.ran == []


def test_two_rows_of_a_record_are_never_claimed_at_once(bench: Bench) -> None:
    """Not even where one was written with an older id after the other had begun."""
    tenant_id = bench.tenant()
    older, newer = bench.mail("deal:1"), bench.mail("deal:1")

    def meanwhile() -> Done:
        with bench.app.db.unit_of_work(tenant_id) as session:
            bench.app.jobs.submit(session, older)
        assert bench.app.jobs.run(bench.app, "outgoing_mails", older.id) is None
        return Done("ok")

    bench.outcomes = [meanwhile, Done("ok")]
    with bench.app.db.unit_of_work(tenant_id) as session:
        bench.app.jobs.submit(session, newer)
    bench.app.jobs.run(bench.app, "outgoing_mails", newer.id)
    with bench.working():
        bench.wait_for(older.id, newer.id)
    assert bench.ran == [newer.id, older.id]


def test_hosts_that_race_for_a_record_take_turns(
    make_bench: Make, new_engine: Callable[[], Engine]
) -> None:
    hosts = [make_bench(new_engine()) for _ in range(3)]
    tenant_id = hosts[0].tenant()
    rows = [hosts[0].submit(tenant_id, "deal:1") for _ in range(20)]
    inside, most, lock = [0], [0], threading.Lock()

    def count() -> Done:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.002)
        with lock:
            inside[0] -= 1
        return Done("ok")

    def work(host: Bench) -> None:
        host.outcomes = [count] * 20
        while any(state != "done" for state in host.states(*rows)):
            for row_id in rows:
                host.app.jobs.run(host.app, "outgoing_mails", row_id)

    threads = [threading.Thread(target=work, args=[host]) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert sorted(row for host in hosts for row in host.ran) == sorted(rows)


def test_an_older_worker_leaves_what_it_doesnt_know_to_a_newer_one(
    make_bench: Make, new_engine: Callable[[], Engine]
) -> None:
    older, newer = make_bench(new_engine()), make_bench(new_engine())
    older.app.jobs.kinds.clear()
    row_id = newer.submit(newer.tenant())
    with older.working():
        time.sleep(0.3)
        assert newer.states(row_id) == ["pending"]
    newer.outcomes = [Done("ok")]
    with newer.working():
        newer.wait_for(row_id, seconds=12)


def test_clocks_that_are_apart_take_nothing_from_each_other(
    make_bench: Make, new_engine: Callable[[], Engine]
) -> None:
    """Hosts go by one clock, so this is what is left of skew: the tolerance of a second."""
    ahead = Clock()
    ahead.turn(seconds=1)
    one, other = make_bench(new_engine()), make_bench(new_engine(), ahead)
    row_id, release = one.submit(one.tenant()), threading.Event()
    one.outcomes = [lambda: release.wait(5) and Done("ok")]
    with one.working():
        wait_until(lambda: one.ran)
        other.app.jobs.keep()
        assert one.states(row_id) == ["running"]
        release.set()
        one.wait_for(row_id)


def test_a_partial_index_finds_the_head_of_a_record(bench: Bench) -> None:
    """Without it a claim would read every row that the record ever had."""
    if bench.app.db.engine.dialect.name != "sqlite":
        return  # PostgreSQL scans tables as small as this one, and rightly so
    plan = (
        "explain query plan select 1 from outgoing_mails where record_key = 'x' "
        "and job_state in ('pending', 'running') and id <> 'y'"
    )
    with bench.app.db.engine.connect() as connection:
        assert "ix_outgoing_mails_line" in str(connection.execute(text(plan)).all())

"""The dispatcher: order within a record, fairness between tenants, one at a time."""

import time

import pytest

from core.api.actions import Done
from core.api.errors import NotSent
from core.app import App
from core.jobs import local
from core.jobs.engine import AlreadyRunning
from core.jobs.local import LocalEngine, due, run_due
from core.mail.models import OutgoingMail
from core.people.service import Member
from tests.rows import add_account, add_link


def test_rows_of_one_record_run_in_their_order(bench):
    tenant_id = bench.tenant()
    rows = [bench.submit(tenant_id, key="deal:1") for _ in range(4)]
    bench.outcomes = [Done("ok")] * 4
    assert run_due(bench.app) == 4
    assert bench.ran == rows


def test_a_row_that_waits_for_its_retry_holds_back_those_behind_it(bench):
    tenant_id = bench.tenant()
    first, second = bench.submit(tenant_id, "deal:1"), bench.submit(tenant_id, "deal:1")
    other = bench.submit(tenant_id, "deal:2")
    bench.outcomes = [NotSent("busy"), Done("ok")]
    run_due(bench.app)
    assert bench.ran == [first, other]
    bench.clock.turn(seconds=60)
    bench.outcomes = [Done("ok"), Done("ok")]
    run_due(bench.app)
    assert bench.ran == [first, other, first, second]


def test_one_tenants_backlog_doesnt_delay_another(bench):
    busy, quiet = bench.tenant("Busy"), bench.tenant("Quiet")
    for number in range(60):
        bench.submit(busy, f"deal:{number}")
    row_id = bench.submit(quiet, "deal:quiet")
    assert row_id in [found for _, found in due(bench.app, 2)]


def test_a_flood_of_one_kind_doesnt_hold_up_another(app: App, owner: Member) -> None:
    mails = [
        OutgoingMail(record_key=str(n), recipient="a@example.com", subject="s", text="t", html="h")
        for n in range(9)
    ]
    with app.db.unit_of_work(owner.tenant_id) as session:
        for mail in mails:
            app.jobs.submit(session, mail)
    link = add_link(app, owner, add_account(app, owner))
    found = due(app, 2)
    assert sorted(table for table, _ in found) == ["outgoing_mails", "payment_links"]
    assert ("payment_links", link.id) in found


def nothing() -> None:
    """What there is to do before the first job."""


def test_a_second_dispatcher_on_the_database_is_refused(bench):
    first, second = LocalEngine(), LocalEngine()
    first.start(bench.app, nothing)
    try:
        with pytest.raises(AlreadyRunning):
            second.start(bench.app, nothing)
    finally:
        first.stop(5)
    second.start(bench.app, nothing)
    second.stop(5)


def test_what_a_killed_process_left_running_is_handed_back(bench):
    row_id = bench.submit(bench.tenant())
    with bench.app.db.unit_of_work("*") as session:
        session.get_one(type(bench.row(row_id)), row_id).job_state = "running"
    bench.outcomes = [Done("ok")]
    with bench.working(alone=True):
        bench.wait_for(row_id)


def test_nothing_is_begun_until_all_that_was_left_is_handed_back(bench, monkeypatch):
    """A row that this process has claimed would be handed back with the others, and run twice."""
    start_over, seen = bench.app.jobs.start_over, []

    def slowly() -> None:
        time.sleep(0.3)
        seen.append(bench.row(row_id).job_state)
        start_over()

    row_id = bench.submit(bench.tenant())
    monkeypatch.setattr(bench.app.jobs, "start_over", slowly)
    bench.outcomes = [Done("ok")]
    with bench.working(alone=True):
        bench.wait_for(row_id)
    assert seen == ["pending"]


def test_a_start_that_fails_lets_another_one_begin(bench):
    def fails() -> None:
        raise RuntimeError

    engine = LocalEngine()
    with pytest.raises(RuntimeError):
        engine.start(bench.app, fails)
    engine.start(bench.app, nothing)
    engine.stop(5)


def test_a_submitted_row_runs_without_waiting_for_the_poll(bench, monkeypatch):
    monkeypatch.setattr(local, "_POLL", 60.0)
    tenant_id = bench.tenant()
    with bench.working():
        time.sleep(0.1)
        bench.outcomes = [Done("ok")]
        row_id = bench.submit(tenant_id)
        bench.wait_for(row_id)

"""What becomes of a row of work, whatever its handler does."""

import pytest

from core.api.actions import Done, Later, Skipped
from core.api.errors import CredentialsError, NotSent, OutcomeUnknown, Rejected, Unsupported
from core.jobs.runner import DELAYS

TABLE = "outgoing_mails"


@pytest.fixture
def row_id(bench):
    return bench.submit(bench.tenant())


def test_done_is_written_down_with_its_sentence(bench, row_id):
    bench.outcomes = [Done("Sent.")]
    assert bench.app.jobs.run(bench.app, TABLE, row_id) == "done"
    row = bench.row(row_id)
    assert (row.job_state, row.result, row.attempts) == ("done", "Sent.", 1)
    assert row.finished_at == bench.clock()


def test_skipped_says_why(bench, row_id):
    bench.outcomes = [Skipped("Nothing to do.")]
    bench.app.jobs.run(bench.app, TABLE, row_id)
    assert (bench.row(row_id).job_state, bench.row(row_id).result) == ("skipped", "Nothing to do.")


def test_later_comes_again_without_counting_the_attempt(bench, row_id):
    bench.outcomes = [Later(30, "The bucket is empty."), Done("Sent.")]
    assert bench.app.jobs.run(bench.app, TABLE, row_id) == "pending"
    assert bench.row(row_id).attempts == 0
    assert bench.app.jobs.run(bench.app, TABLE, row_id) is None
    bench.clock.turn(seconds=30)
    assert bench.app.jobs.run(bench.app, TABLE, row_id) == "done"


@pytest.mark.parametrize("error", [NotSent("busy"), OutcomeUnknown("cut"), ZeroDivisionError("bug")])
def test_an_error_that_may_pass_is_tried_again_with_growing_delay(bench, row_id, error):
    waits = []
    bench.outcomes = [error] * (len(DELAYS) + 1)
    while bench.row(row_id).job_state == "pending":
        bench.clock.now = max(bench.clock.now, bench.row(row_id).due_at)
        bench.app.jobs.run(bench.app, TABLE, row_id)
        waits.append((bench.row(row_id).due_at - bench.clock()).total_seconds())
    assert waits[:-1] == list(DELAYS)
    row = bench.row(row_id)
    assert row.job_state == "failed"
    assert row.attempts == len(DELAYS) + 1
    assert row.last_error


def test_a_longer_wait_that_the_vendor_asks_for_is_kept(bench, row_id):
    bench.outcomes = [NotSent("busy", retry_after=120)]
    bench.app.jobs.run(bench.app, TABLE, row_id)
    assert (bench.row(row_id).due_at - bench.clock()).total_seconds() == 120


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Rejected("gone", "The stage is gone."), "The stage is gone."),
        (CredentialsError("The key is revoked."), "The key is revoked."),
        (Unsupported("No such verb."), "No such verb."),
    ],
)
def test_what_a_person_must_mend_is_given_up_at_once(bench, row_id, error, sentence):
    bench.outcomes = [error]
    assert bench.app.jobs.run(bench.app, TABLE, row_id) == "failed"
    assert bench.row(row_id).result == sentence


def test_a_bug_is_told_without_its_insides(bench, row_id):
    bench.outcomes = [RuntimeError("token sk_test_secret")]
    bench.app.jobs.run(bench.app, TABLE, row_id)
    assert "sk_test_secret" not in (bench.row(row_id).last_error or "")


def test_the_caller_may_give_up_sooner(bench, row_id):
    bench.outcomes = [NotSent("busy")]
    assert bench.app.jobs.run(bench.app, TABLE, row_id, final=(NotSent,)) == "failed"


def test_a_row_that_isnt_due_waits_unless_it_is_wanted_now(bench, row_id):
    bench.clock.turn(seconds=-60)
    bench.outcomes = [Done("Sent.")]
    assert bench.app.jobs.run(bench.app, TABLE, row_id) is None
    assert bench.app.jobs.run(bench.app, TABLE, row_id, now=True) == "done"


def test_a_finished_row_never_runs_again(bench, row_id):
    bench.outcomes = [Done("Sent.")]
    bench.app.jobs.run(bench.app, TABLE, row_id)
    assert bench.app.jobs.run(bench.app, TABLE, row_id, now=True) is None
    assert bench.ran == [row_id]


def test_what_was_given_up_can_be_put_back_in_line(bench, row_id):
    bench.outcomes = [Rejected("gone", "The stage is gone."), Done("Sent.")]
    bench.app.jobs.run(bench.app, TABLE, row_id)
    row = bench.row(row_id)
    with bench.app.db.unit_of_work(row.tenant_id) as session:
        bench.app.jobs.retry(session, session.get_one(type(row), row_id))
    assert bench.app.jobs.run(bench.app, TABLE, row_id) == "done"


def test_the_dispatcher_is_woken_by_the_commit_and_not_before(bench):
    tenant_id, wake = bench.tenant(), bench.app.jobs.engine._wake
    wake.clear()
    with bench.app.db.unit_of_work(tenant_id) as session:
        bench.app.jobs.submit(session, bench.mail())
        session.flush()
        assert not wake.is_set()
    assert wake.is_set()

"""A trace gathers calls for the work they were made for, and never stands in its way."""

from pathlib import Path

import pytest
import structlog

from core.db.engine import make_engine
from core.db.session import Database
from core.plugin_host.tracing import Purpose, Trace, made_for


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """A trace whose database has no tables: nothing can be written."""
    made = Trace()
    made.db = Database(make_engine(f"sqlite:///{tmp_path}/empty.sqlite"))
    return made


def add(trace: Trace, count: int = 1) -> None:
    for _ in range(count):
        trace.add("acme", "acme_pay", "create_link", 0.0123, "ok")


def waiting(trace: Trace) -> list[dict[str, object]]:
    return list(trace._waiting)


def test_a_call_is_kept_with_what_it_was_made_for(trace: Trace) -> None:
    with made_for(Purpose(lambda: "ten_1", "action_runs", "run_1")):
        add(trace)
        with made_for(Purpose(lambda: "ten_2", "request", "abc")):
            add(trace)
        add(trace)
    kept = [(one["tenant_id"], one["work"], one["work_id"], one["ms"]) for one in waiting(trace)]
    outer = ("ten_1", "action_runs", "run_1", 12)
    assert kept == [outer, ("ten_2", "request", "abc", 12), outer]


def test_without_work_or_workspace_it_is_left_out(trace: Trace) -> None:
    add(trace)
    with made_for(Purpose(lambda: None, "request", "abc")):
        add(trace)
    assert waiting(trace) == []


def test_a_database_that_is_away_costs_the_trace_and_nothing_else(trace: Trace) -> None:
    with made_for(Purpose(lambda: "ten_1", "request", "abc")), structlog.testing.capture_logs() as lines:
        add(trace, 3)
        trace.write()
    assert waiting(trace) == []
    assert [(one["event"], one["calls"]) for one in lines] == [("trace.not_written", 3)]


def test_memory_is_bounded(trace: Trace) -> None:
    with made_for(Purpose(lambda: "ten_1", "request", "abc")):
        add(trace, 6000)
    assert len(waiting(trace)) == 5000


def test_what_waits_is_written_at_the_end(trace: Trace) -> None:
    trace.start()
    with made_for(Purpose(lambda: "ten_1", "request", "abc")):
        add(trace)
    trace.stop()
    assert waiting(trace) == []

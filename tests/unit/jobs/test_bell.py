"""The bell rings at once, and for a burst of work a few times."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from core.db.session import Database
from core.jobs.backlog import Backlog
from core.jobs.bell import Bell


@pytest.fixture
def listener(db: Database) -> Iterator[psycopg.Connection]:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no queue")
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('listen "procrastinate_queue_v1#dealpay"')
        yield connection


def heard(listener: psycopg.Connection, seconds: float) -> list[str]:
    return [json.loads(one.payload)["type"] for one in listener.notifies(timeout=seconds)]


def test_a_single_job_is_told_at_once(db: Database, listener: psycopg.Connection) -> None:
    Bell("dealpay").ring(db)
    assert heard(listener, 0.2) == ["job_inserted"]


def test_a_burst_is_told_a_few_times_and_at_its_end(db: Database, listener: psycopg.Connection) -> None:
    bell = Bell("dealpay")
    for _ in range(300):
        bell.ring(db)
    told = heard(listener, 1)
    assert 2 <= len(told) < 30
    for _ in range(2):
        bell.ring(db)
    assert len(heard(listener, 0.5)) == 2


def test_what_this_process_writes_is_counted_at_once(db: Database) -> None:
    backlog = Backlog(db)
    assert [backlog.add("outgoing_mails", "t") for _ in range(4)] == [0, 1, 2, 3]
    assert backlog.add("outgoing_mails", "another") == 0

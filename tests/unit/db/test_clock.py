"""Hosts whose clocks are apart go by the database's."""

from datetime import UTC, datetime, timedelta

import pytest

from core.db.base import utc_now
from core.db.clock import DatabaseClock, clock_of
from core.db.session import Database


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_host_that_is_minutes_off_is_put_right(db: Database, minutes: int) -> None:
    if db.engine.dialect.name == "sqlite":
        assert clock_of(db.engine) is utc_now
        return
    clock = DatabaseClock(db.engine, lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    with db.engine.connect():
        assert abs(clock() - datetime.now(UTC)) < timedelta(seconds=2)
    assert abs(clock.offset + timedelta(minutes=minutes)) < timedelta(seconds=2)


def test_a_host_that_is_right_keeps_its_own_time(db: Database) -> None:
    with db.engine.connect():
        before = datetime.now(UTC)
        assert before <= db.clock() <= datetime.now(UTC)

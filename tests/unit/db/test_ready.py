"""A ready statement does what SQLAlchemy would do with it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from core.connections.models import PaymentAccount
from core.db.engine import make_engine
from core.db.ready import kept, ready
from core.db.session import Database
from core.people.models import User
from core.tenants.models import Tenant
from tests.unit.db.conftest import Pair

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_tenants: Any = Tenant.__table__
_users: Any = User.__table__


def test_values_go_in_and_come_out_as_their_types_say(db: Database) -> None:
    row = {name: bindparam(f"_{name}") for name in ("id", "name", "timezone", "created_at")}
    write = ready(insert(_tenants).values(row).returning(_tenants.c.created_at), db.engine.dialect)
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    given = {"_id": "ten_1", "_name": "Ana's", "_timezone": "UTC", "_created_at": there}
    (written,) = db.run(write, given)
    assert written.created_at == NOON
    assert written.created_at.tzinfo is UTC


def test_what_stands_in_the_statement_itself_goes_along(db: Database, pair: Pair) -> None:
    named = _tenants.c.name + " & Co"
    rename = update(_tenants).where(_tenants.c.id == bindparam("_id")).values(name=named)
    statement = ready(rename.returning(_tenants.c.name), db.engine.dialect)
    before = db.run(select(_tenants.c.name).where(_tenants.c.id == pair.ours))[0].name
    assert [row.name for row in db.run(statement, {"_id": pair.ours})] == [f"{before} & Co"]


def test_nothing_comes_of_a_statement_that_returns_nothing(db: Database, pair: Pair) -> None:
    rename = update(_tenants).where(_tenants.c.id == bindparam("_id")).values(name="Other")
    assert list(db.run(ready(rename, db.engine.dialect), {"_id": pair.ours})) == []
    assert db.run(select(_tenants.c.name).where(_tenants.c.id == pair.ours))[0].name == "Other"


def test_errors_are_those_of_sqlalchemy(db: Database, pair: Pair) -> None:
    row = {name: bindparam(f"_{name}") for name in ("id", "name", "timezone", "created_at")}
    again = ready(insert(_tenants).values(row), db.engine.dialect)
    given = {"_id": pair.ours, "_name": "secret", "_timezone": "UTC", "_created_at": NOON}
    with pytest.raises(IntegrityError) as caught:
        db.run(again, given)
    assert "secret" not in str(caught.value.statement) + str(caught.value.params)
    missing = ready(select(_tenants.c.id.op("no_such_operator")(1).label("x")), db.engine.dialect)
    with pytest.raises((ProgrammingError, OperationalError)):
        db.run(missing)
    assert db.run(select(_tenants.c.id).where(_tenants.c.id == pair.ours))  # the pool is well


def test_it_is_made_ready_once(db: Database) -> None:
    made = []

    @kept
    def statement(dialect: str, column: str) -> Any:
        made.append((dialect, column))
        return select(_tenants.c[column])

    for _ in range(2):
        db.run(statement(db.engine.dialect, "id"))
    assert made == [(db.engine.dialect.name, "id")]


def test_finding_reads_own_rows_only(db: Database, pair: Pair) -> None:
    (theirs,) = db.find(pair.theirs, User)
    assert theirs.tenant_id == pair.theirs
    assert [user.id for user in db.find(pair.theirs, User, id=theirs.id)] == [theirs.id]
    assert db.find(pair.ours, User, id=theirs.id) == []


def test_what_is_found_reads_as_through_a_session(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours) as session:
        session.add(
            PaymentAccount(
                provider="stripe",
                label="Shop",
                sealed_settings="sealed",
                hint="…1234",
                external_id="acct_1",
                external_name="Shop",
                mode="test",
                currency="INR",
                webhook_token="token",
                sweep_at=NOON,
                sweep_rest={"after": ["evt_1"]},
            )
        )
    with db.unit_of_work(pair.ours, read_only=True) as session:
        known = session.scalars(select(PaymentAccount)).one()
    (found,) = db.find(pair.ours, PaymentAccount, id=known.id)
    for column in PaymentAccount.__table__.columns:
        assert getattr(found, column.key) == getattr(known, column.key)
    assert (found.sweep_at, found.sweep_rest) == (NOON, {"after": ["evt_1"]})


def test_a_database_that_is_away_is_told_as_by_sqlalchemy() -> None:
    away = Database(make_engine("postgresql://127.0.0.1:1/away"))
    with pytest.raises(OperationalError):
        away.run(ready(select(_tenants.c.id), away.engine.dialect))

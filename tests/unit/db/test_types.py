"""Times and money come back as they went in, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import StatementError

from core.api.money import Money
from core.api.tables import UtcDateTime
from core.db.session import ALL_TENANTS, Database
from core.links.models import PaymentLink
from core.people.models import User
from tests.unit.db.conftest import Pair

NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("moment", [NOON, NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))])
def test_a_moment_comes_back_as_utc(db: Database, pair: Pair, moment: datetime) -> None:
    with db.unit_of_work(pair.ours) as session:
        session.get_one(User, pair.our_user).verified_at = moment
    with db.unit_of_work(pair.ours, read_only=True) as session:
        stored = session.scalars(select(User.verified_at)).one()
        assert session.scalars(select(User.id).where(User.verified_at == moment)).one()
        later = moment + timedelta(microseconds=1)
        assert session.scalars(select(User.id).where(User.verified_at >= later)).all() == []
    assert stored == NOON
    assert stored is not None
    assert stored.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(db: Database, pair: Pair) -> None:
    naive = update(User).values(verified_at=NOON.replace(tzinfo=None))
    with pytest.raises(StatementError, match="naive"), db.unit_of_work(pair.ours) as session:
        session.execute(naive)


def test_no_moment_is_none(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours, read_only=True) as session:
        assert session.scalars(select(User.verified_at)).one() is None
    assert UtcDateTime().process_bind_param(None, db.engine.dialect) is None


def test_a_databases_own_zone_doesnt_matter(db: Database, pair: Pair) -> None:
    with db.unit_of_work(pair.ours) as session:
        session.get_one(User, pair.our_user).verified_at = NOON
    with db.unit_of_work(ALL_TENANTS) as session:
        if db.engine.dialect.name == "postgresql":
            session.execute(text("set local time zone 'Asia/Kolkata'"))
        stored = session.get_one(User, pair.our_user).verified_at
    assert stored == NOON
    assert stored is not None
    assert stored.utcoffset() == timedelta(0)


def test_money_is_whole_minor_units() -> None:
    link = PaymentLink(amount=Money(12_345, "INR"))
    assert (link.amount_minor, link.amount_currency) == (12_345, "INR")  # type: ignore[attr-defined]

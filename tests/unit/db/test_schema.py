"""The migrations make what the models say, and the app knows whether they have run."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.db import migrate
from core.db.engine import make_engine
from core.db.migrate import upgrade
from core.db.session import ALL_TENANTS, Database
from core.db.version import behind, newest
from core.links.texts import POSTGRES_INDEX, SQLITE_INDEX
from core.models import metadata
from core.people.models import User


def _ours(name: str | None, kind: str, parents: object) -> bool:
    """The queue's tables are its own business, and so is what the index of a search consists of."""
    theirs = ("procrastinate_", SQLITE_INDEX)
    return not (kind in ("table", "index") and name and name.startswith((*theirs, POSTGRES_INDEX)))


def test_the_migrations_make_what_the_models_say(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _ours}
        )
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_is_fine(db: Database) -> None:
    upgrade(db.engine)
    with db.engine.connect() as connection:
        assert not behind(connection)


def test_a_database_without_tables_is_behind(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/new/empty.sqlite")
    with engine.connect() as connection:
        assert behind(connection)
    engine.dispose()


def test_an_older_database_is_behind(db: Database) -> None:
    with db.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("update alembic_version set version_num = '0000'"))
        assert behind(connection)
        transaction.rollback()


def test_the_newest_migration_is_alembics() -> None:
    heads = ScriptDirectory.from_config(migrate._config()).get_heads()
    assert heads == [newest()]


def test_an_error_doesnt_show_what_was_to_be_written(db: Database) -> None:
    row = User(tenant_id="ten_none", email="private@example.com", name="Private", role="owner")
    with pytest.raises(IntegrityError) as caught, db.unit_of_work(ALL_TENANTS) as session:
        session.add(row)
    assert "Private" not in str(caught.value)


def test_sqlite_is_set_to_lose_nothing(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/made/of.sqlite")
    with engine.connect() as connection:
        values = [
            connection.exec_driver_sql(f"pragma {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 2, 1, 30000]
    engine.dispose()


def test_postgresql_compiles_no_statement(db: Database) -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            pytest.skip("SQLite has no compiler")
        assert connection.exec_driver_sql("show jit").scalar() == "off"

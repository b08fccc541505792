"""The code of yesterday goes on writing while and after the database becomes that of today."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import JSON, Boolean, Column, DateTime, Engine, Integer, MetaData, func, select
from sqlalchemy.orm import Session

from core.db import migrate
from core.db.engine import make_engine
from core.db.migrate import upgrade
from core.links.models import LinkText
from core.models import Base
from tests.support import empty_postgres

BEFORE = "0001"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the first release."""
    if request.param == "sqlite":
        yield from at_first_release(f"sqlite:///{tmp_path}/old.sqlite")
    else:
        with empty_postgres(f"dealpay_upgrade_{os.getpid()}") as url:
            yield from at_first_release(url)


def at_first_release(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    command.upgrade(migrate._config(engine), BEFORE)
    yield engine
    engine.dispose()


class OldCode:
    """Writes a row into each table, over and over, knowing the columns of the first release only."""

    def __init__(self, engine: Engine):
        self._engine = make_engine(engine.url.render_as_string(hide_password=False))
        self._tables = MetaData()
        self._tables.reflect(self._engine)
        self._tables.remove(self._tables.tables["alembic_version"])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.rounds = 0
        self.errors: list[Exception] = []

    def __enter__(self) -> "OldCode":
        self._thread.start()
        self.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._engine.dispose()

    def wait(self, rounds: int) -> None:
        """Until it has written so many rounds more."""
        wanted = self.rounds + rounds
        while self.rounds < wanted and self._thread.is_alive():
            self._stop.wait(0.01)

    def _write(self) -> None:
        try:
            for number in count():
                if self._stop.is_set():
                    return
                with self._engine.begin() as connection:
                    for table in self._tables.sorted_tables:
                        values = {column.name: value_for(column, number) for column in table.columns}
                        connection.execute(table.insert().values(values))
                self.rounds += 1
                self._stop.wait(0.005)
        except Exception as error:
            self.errors.append(error)


def value_for(column: Column[Any], number: int) -> Any:
    """Something that fits; what refers to another row refers to the one of the same round."""
    for key in column.foreign_keys:
        return value_for(key.column, number)
    told = {"job_state": "done", "mode": "test", "currency": "USD"}
    for name, value in told.items():
        if column.name.endswith(name):
            return value
    match column.type:
        case JSON():
            return {}
        case Boolean():
            return True
        case DateTime():
            return datetime.now(UTC)
        case Integer():
            return number
    return f"{number}-{column.table.name}"[: getattr(column.type, "length", None)]


def test_old_code_writes_on_while_the_database_is_upgraded(engine: Engine) -> None:
    with OldCode(engine) as old:
        upgrade(engine)
        old.wait(5)
    assert old.errors == []
    assert old.rounds >= 10
    with engine.connect() as connection:
        before = MetaData()
        before.reflect(connection, only=lambda name, _: name in old._tables.tables)
        for table in before.sorted_tables:
            assert connection.scalar(select(func.count()).select_from(table)) == old.rounds, table.name


def test_the_new_code_reads_what_the_old_one_wrote(engine: Engine) -> None:
    with OldCode(engine) as old:
        upgrade(engine)
        old.wait(1)
    assert old.errors == []
    with Session(engine) as session:
        for mapper in Base.registry.mappers:
            rows = session.scalars(select(mapper.class_)).all()
            name = mapper.local_table.name
            if name == LinkText.__tablename__:
                # Of the links that there were when the texts were written; the others get theirs when
                # something happens to them.
                assert 5 <= len(rows) <= old.rounds
            else:
                assert len(rows) == (old.rounds if name in old._tables.tables else 0), name


def test_an_upgrade_only_adds(engine: Engine) -> None:
    """Rules of an upgrade without downtime: nothing goes away, and old inserts leave nothing out."""
    before = MetaData()
    before.reflect(engine)
    upgrade(engine)
    after = MetaData()
    after.reflect(engine)
    assert before.tables.keys() <= after.tables.keys()
    for name, table in before.tables.items():
        now = after.tables[name].columns
        assert set(table.columns.keys()) <= set(now.keys()), f"{name} lost a column"
        added = [column for column in now if column.name not in table.columns]
        unfilled = [each.name for each in added if not each.nullable and each.server_default is None]
        assert unfilled == [], f"{name}: an insert of the old code leaves these out"
        stricter = [each.name for each in table.columns if each.nullable and not now[each.name].nullable]
        assert stricter == [], f"{name}: the old code may leave these empty"

"""Databases that are put back to a kept state before each test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import NullPool, create_engine, make_url, text

from core.db.engine import make_engine
from core.db.migrate import upgrade
from tests.support import PostgresDatabase, postgres_database


class Kept(Protocol):
    """A database, and the state it goes back to. Nobody else is connected when that happens."""

    url: str

    def keep(self) -> None:
        """What it holds now is what ``restore`` brings back."""

    def restore(self) -> None: ...


class SqliteFile(Kept):
    def __init__(self, folder: Path):
        self.file = folder / "dealpay.sqlite"
        self.url = f"sqlite:///{self.file}"
        engine = make_engine(self.url)
        upgrade(engine)
        engine.dispose()

    def keep(self) -> None:
        shutil.copy(self.file, self.file.with_suffix(".kept"))

    def restore(self) -> None:
        for name in ("-wal", "-shm"):
            self.file.with_name(self.file.name + name).unlink(missing_ok=True)
        shutil.copy(self.file.with_suffix(".kept"), self.file)


class PostgresCopy(Kept):
    """``durable`` commits wait for the disk, where it is the server that may crash."""

    def __init__(self, url: str, *, durable: bool = False):
        self.url = url
        self._commit = "on" if durable else "off"
        self._name = make_url(url).database
        # Without a pool: the server may have been restarted since the last time.
        self._server = create_engine(
            make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )

    def keep(self) -> None:
        self._run('create database "{0}_kept" template "{0}"')

    def create(self) -> None:
        self._run('create database "{0}"')
        PostgresDatabase(self.url).engine.dispose()

    def restore(self) -> None:
        self._run(
            'drop database "{0}" with (force)',
            'create database "{0}" template "{0}_kept"',
            f'alter database "{{0}}" set synchronous_commit = {self._commit}',
        )

    def close(self) -> None:
        self._run('drop database if exists "{0}_kept" with (force)')

    def _run(self, *statements: str) -> None:
        with self._server.connect() as connection:
            for statement in statements:
                connection.execute(text(statement.format(self._name)))


@contextmanager
def kept_postgres(name: str) -> Iterator[PostgresCopy]:
    """A database on the server of the tests; skipped, or failed in CI, where there is none."""
    with postgres_database(name) as database:
        database.engine.dispose()
        copy = PostgresCopy(database.url)
        try:
            yield copy
        finally:
            copy.close()

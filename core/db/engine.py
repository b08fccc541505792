"""The engine: SQLite (WAL, fully synchronous) or PostgreSQL, behind the same sessions."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

READ_ONLY = {"dealpay_read_only": True, "postgresql_readonly": True}


def make_engine(url: str) -> Engine:
    """An engine for ``url``; the folder of an SQLite file is made.

    Its errors don't show the values of a statement: a mail in there holds a link that signs up.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # Recycled, so that the clock is compared with the database's now and then (core.db.clock).
        return create_engine(
            parsed, pool_pre_ping=True, pool_size=10, pool_recycle=900, hide_parameters=True
        )
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    connecting = {"check_same_thread": False, "timeout": 30}
    engine = create_engine(parsed, connect_args=connecting, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver's own BEGIN is off: SQLAlchemy says when a transaction starts, see below.
    connection.isolation_level = None
    # FULL: with NORMAL the last commits can be lost on power loss, and a 2xx rests on them.
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        "foreign_keys = on",
        "busy_timeout = 30000",
    ):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later is "database is locked" at once when another
    # has written in between, whatever the timeout; so whoever may write takes the lock at the start.
    read_only = connection.get_execution_options().get("dealpay_read_only", False)
    connection.exec_driver_sql(f"pragma query_only = {int(read_only)}")
    connection.exec_driver_sql("begin" if read_only else "begin immediate")

"""The engine: SQLite (WAL, fully synchronous) or PostgreSQL, behind the same sessions."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, create_engine, event, func, literal, true
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError

READ_ONLY = {"dealpay_read_only": True}

#: For a statement that is a transaction by itself.
ALONE = {"dealpay_alone": True}

#: For statements with ``forgettable`` in them.
RELAXED = {"dealpay_relaxed": True}

#: Seconds after which a connection is made anew, so that the clock is compared with the database's now
#: and then (core.db.clock), and SQLite reads its statistics again (core.db.statistics).
RECYCLED = 900

_IDLE = 2.0  # seconds


def make_engine(url: str) -> Engine:
    """An engine for ``url``; the folder of an SQLite file is made.

    Its errors don't show the values of a statement: a mail in there holds a link that signs up.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_size=10, pool_recycle=RECYCLED, hide_parameters=True)
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "checkin", _note_time)
        event.listen(engine, "checkout", partial(_ping_after_idling, engine))
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    connecting = {"check_same_thread": False, "timeout": 30}
    engine = create_engine(parsed, connect_args=connecting, pool_recycle=RECYCLED, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def forgettable(dialect: str) -> ColumnElement[bool]:
    """A condition that always holds, for a write that may be done again or better never.

    The commit doesn't wait for the disk: a process of ours that dies loses nothing, but where the
    machine of the database does, the last moment's commits are gone. The engine is to be RELAXED.
    """
    if dialect == "sqlite":
        return true()
    return func.set_config("synchronous_commit", "off", literal(True)).is_not(None)


def _note_time(connection: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _ping_after_idling(engine: Engine, connection: Any, record: Any, proxy: Any) -> None:
    """Try a connection before it is handed out, in case the database has restarted meanwhile.

    SQLAlchemy's own pre-ping does so each time, which costs as much as a small statement; one that
    was in use a moment ago is nearly always well.
    """
    if time.monotonic() - record.info.get("idle_since", time.monotonic()) < _IDLE:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error  # the pool makes another connection


def _prepare_postgresql(connection: Any, record: object) -> None:
    # As with SQLite: SQLAlchemy says when a transaction starts. Switching a connection between the
    # two ways costs as much as a statement.
    connection.autocommit = True
    # Compiling a statement of ours takes longer than it saves: 15 ms of a page of the logs.
    connection.execute("set jit = off")


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("dealpay_alone", False):
        connection.exec_driver_sql("begin")


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver's own BEGIN is off: SQLAlchemy says when a transaction starts, see below.
    connection.isolation_level = None
    for pragma in ("journal_mode = wal", "foreign_keys = on", "busy_timeout = 30000"):
        connection.execute(f"pragma {pragma}")


def set_mode(
    info: dict[str, Any],
    execute: Callable[[str], object],
    read_only: bool = False,
    relaxed: bool = False,
) -> None:
    """Have SQLite refuse writes, or wait for the disk, from now on; ``info`` is the connection's."""
    # FULL: with NORMAL the last commits can be lost on power loss, and a 2xx rests on them.
    level = "normal" if relaxed else "full"
    mode = f"pragma query_only = {int(read_only)}", f"pragma synchronous = {level}"
    if info.get("mode") != mode:
        info.pop("mode", None)
        for pragma in mode:
            execute(pragma)
        info["mode"] = mode


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    read_only = options.get("dealpay_read_only", False)
    set_mode(
        connection.info, connection.exec_driver_sql, read_only, options.get("dealpay_relaxed", False)
    )
    # A transaction that reads first and writes later is "database is locked" at once when another
    # has written in between, whatever the timeout; so whoever may write takes the lock at the start.
    connection.exec_driver_sql("begin" if read_only else "begin immediate")

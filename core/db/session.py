"""Sessions bound to a tenant, and short units of work."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, Executable, Row, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import (
    ORMExecuteState,
    Session,
    SessionTransaction,
    sessionmaker,
    with_loader_criteria,
)
from sqlalchemy.orm.util import LoaderCriteriaOption

from core.db.base import TenantRow
from core.db.clock import clock_of
from core.db.engine import ALONE, READ_ONLY, RELAXED, set_mode

#: Binds a session to no tenant in particular: for finding out whose work it is.
ALL_TENANTS = "*"

_open = threading.local()
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class TenantNotBound(RuntimeError):
    """A tenant's rows were touched through a session that isn't bound to that tenant."""


class ReadOnly(RuntimeError):
    """Something was about to be written where it was said that nothing would be."""


class OpenTransaction(RuntimeError):
    """An outside call was about to be made with a database transaction open."""


class Database:
    """Hands out sessions on one engine. ``clock`` is the one that all who share it go by."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.clock = clock_of(engine)
        #: ``insert(model)``, which may say what to do on conflict, in the words of this database.
        self.insert = _INSERTS[engine.dialect.name]
        #: For transactions of ``forgettable`` writes.
        self.relaxed = engine.execution_options(**RELAXED)
        self._alone = engine.execution_options(**ALONE), self.relaxed.execution_options(**ALONE)
        # Each statement sees what is committed at its time, in a transaction or not, so on PostgreSQL
        # reading does without one.
        reader = engine.execution_options(**READ_ONLY, **ALONE)
        self._turn = threading.Lock()
        self.driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._make = sessionmaker(engine, expire_on_commit=False)
        self._make_reader = sessionmaker(reader, expire_on_commit=False)
        for maker in (self._make, self._make_reader):
            event.listen(maker, "do_orm_execute", _only_own_rows)
            event.listen(maker, "before_flush", _own_new_rows)
            event.listen(maker, "after_transaction_create", _opened)
            event.listen(maker, "after_transaction_end", _closed)
        event.listen(self._make_reader, "do_orm_execute", _only_reading)
        event.listen(self._make_reader, "before_flush", _nothing_new)

    def run(
        self, statement: Executable, values: dict[str, Any] | None = None, *, relaxed: bool = False
    ) -> Sequence[Row[Any]]:
        """One statement in a transaction of its own, past the ORM; the rows that it returns.

        PostgreSQL is asked once for it rather than three times. ``relaxed`` for a ``forgettable`` one.
        """
        with self._alone[relaxed].begin() as connection:
            result = connection.execute(statement, values)
            return result.all() if result.returns_rows else ()

    def run_plain(self, sql: str, values: Any) -> list[Any]:
        """``run`` for what is done by the hundred a second: SQL and values as the driver takes them,
        and its errors (``driver_error``) as they are."""
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            if self.engine.dialect.name == "postgresql":
                return list(cursor.execute(sql, values).fetchall())
            set_mode(connection.info, cursor.execute)
            # SQLite has those who wait for its lock sleep longer and longer, and then it is luck whose
            # turn it is.
            with self._turn:
                return list(cursor.execute(sql, values).fetchall())
        except self.driver_error as error:
            connection.invalidate(error)
            raise
        finally:
            connection.close()

    def session(self, tenant_id: str, *, read_only: bool = False) -> Session:
        """A session bound to ``tenant_id``; the caller closes it."""
        return (self._make_reader if read_only else self._make)(info={"tenant_id": tenant_id})

    @contextmanager
    def unit_of_work(self, tenant_id: str, *, read_only: bool = False) -> Iterator[Session]:
        """A short transaction: committed at the end, rolled back on an error.

        Pass ids out of it, not objects; make no outside call inside it (``forbid_open`` checks).
        """
        with self.session(tenant_id, read_only=read_only) as session, session.begin():
            yield session


def forbid_open() -> None:
    """Raise OpenTransaction where this thread has a transaction open, a request's own included.

    An outside call may take seconds; a transaction held that long blocks every other writer.
    """
    if getattr(_open, "count", 0):
        raise OpenTransaction("end the unit of work before calling a provider or a CRM")


def _opened(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _open.count = getattr(_open, "count", 0) + 1


def _closed(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _open.count -= 1


def _only_own_rows(state: ORMExecuteState) -> None:
    tenant_id = state.session.info.get("tenant_id")
    if tenant_id == ALL_TENANTS or state.is_column_load or state.is_relationship_load:
        return
    if tenant_id is None:
        raise TenantNotBound("this session is bound to no tenant")
    if not state.is_orm_statement or state.is_from_statement:
        raise TenantNotBound("text and tables can't be bound to a tenant: use the models")
    # On every statement, whatever it seems to be about: a tenant's rows may stand in a join, in a
    # subquery or behind count(*), where nothing on the surface tells.
    state.statement = state.statement.options(_rows_of(tenant_id))


@lru_cache(1024)
def _rows_of(tenant_id: str) -> LoaderCriteriaOption:
    return with_loader_criteria(
        TenantRow,
        lambda model: model.tenant_id == tenant_id,
        include_aliases=True,
        propagate_to_loaders=True,
    )


def _only_reading(state: ORMExecuteState) -> None:
    if not state.is_select:
        raise ReadOnly("this unit of work is for reading")


def _nothing_new(session: Session, *_: Any) -> None:
    if session.new or session.dirty or session.deleted:
        raise ReadOnly("this unit of work is for reading, and rows were changed in it")


def _own_new_rows(session: Session, *_: Any) -> None:
    tenant_id = session.info.get("tenant_id")
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantRow) or tenant_id == ALL_TENANTS:
            continue
        if not row.tenant_id:
            row.tenant_id = tenant_id
        elif row.tenant_id != tenant_id:
            raise TenantNotBound(f"a row of {row.tenant_id} in a session of {tenant_id}")

"""Sessions bound to a tenant, and short units of work."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Engine, Executable, bindparam, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    ORMExecuteState,
    Session,
    SessionTransaction,
    sessionmaker,
    with_loader_criteria,
)
from sqlalchemy.orm.util import LoaderCriteriaOption

from core.api.tables import WorkspaceRow
from core.db.base import TenantRow
from core.db.clock import clock_of
from core.db.engine import ALONE, READ_ONLY, RELAXED, set_mode
from core.db.ready import Ready, kept

#: Binds a session to no tenant in particular: for finding out whose work it is.
ALL_TENANTS = "*"

T = TypeVar("T", bound=TenantRow)

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
        self,
        statement: Executable | Ready,
        values: dict[str, Any] | None = None,
        *,
        relaxed: bool = False,
    ) -> Sequence[Any]:
        """One statement in a transaction of its own, past the ORM; the rows that it returns.

        PostgreSQL is asked once for it rather than three times. ``relaxed`` for a ``forgettable`` one.
        """
        if isinstance(statement, Ready):
            return self._run_ready(statement, values or {}, relaxed)
        with self._alone[relaxed].begin() as connection:
            result = connection.execute(statement, values)
            return result.all() if result.returns_rows else ()

    def _run_ready(self, statement: Ready, values: dict[str, Any], relaxed: bool) -> Sequence[Any]:
        given, dialect = statement.values(values), self.engine.dialect
        connection = None
        try:
            connection = self.engine.raw_connection()
            cursor = connection.cursor()
            if dialect.name == "postgresql":
                cursor.execute(statement.sql, given)
            else:
                set_mode(connection.info, cursor.execute, relaxed=relaxed)
                # SQLite has those who wait for its lock sleep longer and longer, and then it is luck
                # whose turn it is.
                with self._turn:
                    cursor.execute(statement.sql, given)
                    return statement.rows(cursor)
            return statement.rows(cursor)
        except dialect.loaded_dbapi.Error as error:
            raise self._in_our_words(statement.sql, connection, error) from error
        finally:
            if connection is not None:
                connection.close()

    def _in_our_words(self, sql: str, connection: Any, error: Exception) -> DBAPIError:
        """A driver's error as SQLAlchemy would raise it; what it broke is thrown away.

        There is no ``connection`` where none could be made.
        """
        dialect, lost = self.engine.dialect, False
        if connection is not None:
            lost = dialect.is_disconnect(error, connection, None)  # type: ignore[arg-type]
            if lost or not isinstance(error, dialect.loaded_dbapi.IntegrityError):
                connection.invalidate(error)
        if lost:
            self.engine.dispose()  # the others that lie in the pool have died with it
        raised = DBAPIError.instance(
            sql,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        )
        assert isinstance(raised, DBAPIError)
        return raised

    def find(self, tenant_id: str, model: type[T], **equal: str) -> list[T]:
        """The rows of a tenant whose columns are ``equal``, past the ORM and in a fifth of its time.

        They belong to no session. For models whose attributes are their columns.
        """
        statement = _found(self.engine.dialect, model, tuple(equal))
        values = {"_tenant_id": tenant_id, **{f"_{name}": value for name, value in equal.items()}}
        return [model(**row._asdict()) for row in self.run(statement, values)]

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


@kept
def _found(_: str, model: type[TenantRow], names: tuple[str, ...]) -> Any:
    columns = model.__table__.c  # type: ignore[attr-defined]
    return select(*columns).where(
        *(columns[name] == bindparam(f"_{name}") for name in ("tenant_id", *names))
    )


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
        WorkspaceRow,
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
        if not isinstance(row, WorkspaceRow) or tenant_id == ALL_TENANTS:
            continue
        if not row.tenant_id:
            row.tenant_id = str(tenant_id)
        elif row.tenant_id != tenant_id:
            raise TenantNotBound(f"a row of {row.tenant_id} in a session of {tenant_id}")

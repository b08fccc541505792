"""Whether a database has the tables of this version of the code.

It reads what Alembic has written, without Alembic: the web process has no other use for it.
"""

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

_VERSIONS = Path(__file__).parent / "migrations/versions"


def newest() -> str:
    """The id of the last migration; their files begin with it."""
    return max(file.name for file in _VERSIONS.glob("[0-9]*.py")).partition("_")[0]


def behind(connection: Connection) -> bool:
    """Whether migrations wait to be run. Raises SQLAlchemyError where the database doesn't answer."""
    return _current(connection) < newest()


def ahead(connection: Connection) -> bool:
    """Whether a later version has migrated it. This one may go on running: migrations only add, so
    that processes can be replaced one by one."""
    return _current(connection) > newest()


def _current(connection: Connection) -> str:
    connection.execute(text("select 1"))
    try:
        return connection.scalar(text("select version_num from alembic_version")) or ""
    except SQLAlchemyError:
        return ""  # no such table: nothing has ever been run

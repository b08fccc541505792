"""Whether a database has the tables of this version of the code.

It reads what Alembic has written, without Alembic: the web process has no other use for it.
"""

from pathlib import Path

from sqlalchemy import Connection, column, literal, select
from sqlalchemy import table as sql_table
from sqlalchemy.exc import SQLAlchemyError

_TABLE = "alembic_version"
_VERSIONS = Path(__file__).parent / "migrations/versions"


def newest(versions: Path = _VERSIONS) -> str:
    """The id of the last migration in a folder; their files begin with it. Empty where there is none."""
    return max((file.name for file in versions.glob("[0-9]*.py")), default="").partition("_")[0]


def behind(connection: Connection, versions: Path = _VERSIONS, table: str = _TABLE) -> bool:
    """Whether migrations wait to be run. Raises SQLAlchemyError where the database doesn't answer."""
    return _current(connection, table) < newest(versions)


def ahead(connection: Connection, versions: Path = _VERSIONS, table: str = _TABLE) -> bool:
    """Whether a later version has migrated it. This one may go on running: migrations only add, so
    that processes can be replaced one by one."""
    return _current(connection, table) > newest(versions)


def _current(connection: Connection, table: str) -> str:
    connection.execute(select(literal(1)))
    try:
        return connection.scalar(select(column("version_num")).select_from(sql_table(table))) or ""
    except SQLAlchemyError:
        connection.rollback()
        return ""  # no such table: nothing has ever been run

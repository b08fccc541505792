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
    connection.execute(text("select 1"))
    try:
        current = connection.scalars(text("select version_num from alembic_version")).all()
    except SQLAlchemyError:
        return True  # no such table: nothing has ever been run
    return list(current) != [newest()]

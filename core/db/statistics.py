"""What SQLite knows of its tables when it chooses an index; PostgreSQL keeps count by itself."""

from sqlalchemy import Engine

#: Entries of each index that are looked at, which is quick however large a table is
#: (sqlite.org/lang_analyze.html). It is also the most that SQLite takes an index to leave: far more than
#: the ids of a list, or it would go through all links rather than look up 500.
_LOOKED_AT = 20_000


def renew(engine: Engine) -> None:
    """Count anew. A connection reads it when it is made, see RECYCLED in core.db.engine.

    Without, SQLite takes a workspace's links for ten, and goes through all of them for what it has an
    index for.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(f"pragma analysis_limit = {_LOOKED_AT}")
        connection.exec_driver_sql("analyze")

"""SQLite chooses an index by what it knows of the tables."""

from contextlib import closing

from core.db import statistics
from core.db.session import Database

_MANY = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) "
    "insert into audit_entries (id, tenant_id, action, target, detail, at) "
    "select 'aud_' || i, 'ten_1', 'made', 'it', '{}', '2026-01-01' from n"
)
_IDS = ", ".join(f"'aud_{number}'" for number in range(50))
_ASKED = f"explain query plan select at from audit_entries where tenant_id = 'ten_1' and id in ({_IDS})"


def test_a_few_ids_are_found_by_their_index(db: Database) -> None:
    """However many rows the workspace has, of which SQLite knows nothing by itself."""
    if db.engine.dialect.name != "sqlite":
        statistics.renew(db.engine)  # PostgreSQL keeps count by itself
        return

    def way() -> str:
        with closing(db.engine.raw_connection()) as connection:
            return str(connection.cursor().execute(_ASKED).fetchall()[0][3])

    with closing(db.engine.raw_connection()) as connection:
        connection.cursor().execute("pragma foreign_keys = off").execute(_MANY)
    assert "(tenant_id=?)" in way()
    statistics.renew(db.engine)
    db.engine.dispose()  # a connection reads them when it is made
    assert "(id=?)" in way()

"""to whom a link was handed over, and the indexes of whoever looks after links

A link without it is with its maker. So nothing has to be filled in: not for the links there are, and not
for those that code without the column makes meanwhile. On PostgreSQL each step is a transaction of its
own, the indexes are built concurrently, and a run that was cut short goes on where it was. On SQLite it is
one transaction.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op


revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_FOREIGN_KEY = "fk_payment_links_handed_to"
_INDEXES = {
    "ix_payment_links_with_maker": ("created_by", "handed_to is null"),
    "ix_payment_links_handed_to": ("handed_to", "handed_to is not null"),
    "ix_payment_links_with_record_owner": ("record_owner_id", "handed_to is null"),
}
#: What the last of them does better.
_GONE = "ix_payment_links_tenant_id_record_owner_id_created_at_id"


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        _on_sqlite(bind)
        return
    # Each statement a transaction of its own: what dealpay's engine calls alone.
    with bind.engine.execution_options(dealpay_alone=True).connect() as connection:
        _on_postgresql(connection)


def _on_sqlite(connection: sa.Connection) -> None:
    # Not in a batch, which would copy all links.
    connection.exec_driver_sql(
        "alter table payment_links add column handed_to varchar(40) "
        f"constraint {_FOREIGN_KEY} references users (id)"
    )
    for name in _INDEXES:
        connection.exec_driver_sql(_index(name, name))
    connection.exec_driver_sql(f"drop index {_GONE}")


def _on_postgresql(connection: sa.Connection) -> None:
    connection.exec_driver_sql("set lock_timeout = '900ms'")
    connection.exec_driver_sql(
        "alter table payment_links add column if not exists handed_to varchar(40)"
    )
    known = sa.text("select 1 from pg_constraint where conname = :name")
    if not connection.scalar(known, {"name": _FOREIGN_KEY}):
        connection.exec_driver_sql(
            f"alter table payment_links add constraint {_FOREIGN_KEY} "
            "foreign key (handed_to) references users (id) not valid"
        )
    # Reads all links, and lets others write meanwhile.
    connection.exec_driver_sql(f"alter table payment_links validate constraint {_FOREIGN_KEY}")
    # To build an index concurrently is to wait for others, who don't wait meanwhile.
    connection.exec_driver_sql("set lock_timeout = 0")
    valid = sa.text("select indisvalid from pg_index where indexrelid = to_regclass(:name)")
    for name in _INDEXES:
        there = connection.scalar(valid, {"name": name})
        if there is False:  # its building was cut short
            connection.exec_driver_sql(f"drop index concurrently {name}")
        if not there:
            connection.exec_driver_sql(_index(name, f"concurrently {name}"))
    connection.exec_driver_sql(f"drop index concurrently if exists {_GONE}")


def _index(name: str, made: str) -> str:
    column, where = _INDEXES[name]
    columns = f"tenant_id, {column}, created_at, id"
    return f"create index {made} on payment_links ({columns}) where {where}"


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "payment_links")
    op.create_index(_GONE, "payment_links", ["tenant_id", "record_owner_id", "created_at", "id"])
    # With its constraint; not in a batch, which would copy all links.
    op.execute("alter table payment_links drop column handed_to")

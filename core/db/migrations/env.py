"""Alembic's entry: runs the migrations on the engine that ``core.db.migrate`` hands over."""

from typing import Literal

from alembic import context
from sqlalchemy.types import TypeDecorator


def render_item(kind: str, item: object, autogen: object) -> str | Literal[False]:
    """Write our own column types as what they are in the database: a migration outlives the code."""
    return f"sa.{item.impl!r}" if isinstance(item, TypeDecorator) else False


engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        # Only for comparing: the test of drift and `alembic revision --autogenerate` hand it over.
        target_metadata=context.config.attributes.get("metadata"),
        render_as_batch=engine.dialect.name == "sqlite",
        transaction_per_migration=True,
        compare_type=True,
        render_item=render_item,
        # A plugin's own tables have a history of their own.
        version_table=context.config.attributes.get("version_table", "alembic_version"),
    )
    if engine.dialect.name == "postgresql":
        # A migration that can't get its lock gives up rather than stopping every request behind it;
        # and sooner than the server, after a second, would choose who of two in a deadlock gives up.
        connection.exec_driver_sql("set lock_timeout = '900ms'")
        connection.commit()
    with context.begin_transaction():
        context.run_migrations()

"""``python -m benchmarks.sizes``: what one paid link costs in bytes, statements, log and CPU.

The arithmetic of docs/scale.md starts from these. They need a PostgreSQL server of this machine with
nothing else to do, and a superuser on it.
"""

import argparse
import os
import sys
from collections.abc import Iterator

from sqlalchemy import Engine, create_engine, text

from benchmarks.__main__ import log_to_nowhere
from benchmarks.copies import TABLES, Copies
from benchmarks.flows import flows
from benchmarks.harness import Figure, Scale, table
from benchmarks.spending import Cost

WORKSPACES = 1000


def run(scale: Scale) -> Iterator[Figure]:
    """First what the steps of a link cost in a database that has many, then the bytes of its rows."""
    links, measured = scale.of(20, 20_000, 100_000), scale.of(2, 100)
    with flows() as made:
        made.run(1)
        engine = made.app.db.engine
        with engine.connect() as connection:
            first = connection.scalar(text("select id from payment_links"))
        copies = Copies(engine, str(first), min(WORKSPACES, links))
        copies.write(links)
        _alone(engine, "vacuum analyze", "checkpoint")
        sizes = list(_sizes(engine))
        costs = made.run(measured)
        _alone(engine, "checkpoint")
        with made.meter.measured() as costs["rows only, any workspace's"]:
            copies.write(measured)
        yield from (_spent(name, cost, measured) for name, cost in costs.items())
        yield from sizes
        with engine.begin() as connection:
            connection.execute(text("update webhook_deliveries set body = ''"))
        _alone(engine, "vacuum full webhook_deliveries")
        yield _size(engine, "webhook_deliveries", "webhook_deliveries, bodies emptied")


def _alone(engine: Engine, *statements: str) -> None:
    admin = create_engine(engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


def _spent(step: str, cost: Cost, links: int) -> Figure:
    def each(value: float) -> float:
        return value / links

    asked = ", ".join(f"{name} {each(count):.1f}" for name, count in sorted(cost.asked.items()))
    detail = (
        f"{each(cost.commits):.1f} commits, log {each(cost.log) / 1024:.1f} kB "
        f"+ {each(cost.pages) / 1024:.0f} kB of whole pages, CPU {each(cost.app_cpu) * 1000:.0f} ms app "
        f"+ {each(cost.server_cpu) * 1000:.0f} ms PostgreSQL"
    )
    detail += f", requests: {asked}" if asked else ""
    return Figure("sizes", step, each(cost.statements), "statements", detail=detail)


def _sizes(engine: Engine) -> Iterator[Figure]:
    """The bytes of each table for one link, and of its indexes; those that stay empty are left out."""
    for name in TABLES:
        yield _size(engine, name, name)
        with engine.connect() as connection:
            links = connection.scalar(_LINKS)
            found = connection.execute(_INDEXES, {"name": name}).all()
        for index, size in found:
            if size / links >= _WORTH_A_LINE:
                yield Figure("sizes", f"  {index}", size / links, "B a link")


def _size(engine: Engine, name: str, what: str) -> Figure:
    with engine.connect() as connection:
        links = connection.scalar(_LINKS)
        rows, heap, indexes = connection.execute(_SIZE, {"name": name}).one()
    detail = f"{rows / links:.1f} rows; {heap / links:.0f} without its indexes"
    return Figure("sizes", what, (heap + indexes) / links, "B a link", detail=detail)


_LINKS = text("select greatest(reltuples, 1) from pg_class where relname = 'payment_links'")
_SIZE = text(
    "select reltuples, pg_table_size(oid), pg_indexes_size(oid) from pg_class where relname = :name"
)
_INDEXES = text(
    "select indexrelid::regclass::text, pg_relation_size(indexrelid) from pg_index "
    "where indrelid = cast(:name as regclass) order by 2 desc"
)
_WORTH_A_LINE = 5  # bytes a link


def main(arguments: list[str]) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes")
    parser.add_argument("--smoke", action="store_true", help="only show that it works")
    smoke = parser.parse_args(arguments).smoke
    log_to_nowhere()
    scale = Scale.FULL if os.environ.get("BENCH_FULL") == "1" else Scale.NORMAL
    print(table(list(run(Scale.SMOKE if smoke else scale))))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``python -m benchmarks [NAME ...]``: measure, print the table, write it down."""

import argparse
import importlib
import logging
import os
import sys

from benchmarks.harness import Figure, Scale, table, write
from core.web.logging import formatter

BENCHES = ("ingest", "creation", "links", "actions", "startup")


def main(arguments: list[str]) -> int:
    """0 where every bar is met."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--smoke", action="store_true", help="only show that they work")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    log_to_nowhere()
    scale = Scale.FULL if os.environ.get("BENCH_FULL") == "1" else Scale.NORMAL
    figures = measure(given.names or BENCHES, Scale.SMOKE if given.smoke else scale)
    print(f"\n{table(figures)}")  # noqa: T201
    if not given.names and not given.smoke:
        write(figures)
    return int(any(figure.met is False for figure in figures))


def measure(names: tuple[str, ...] | list[str], scale: Scale) -> list[Figure]:
    """The figures of some benches, each told as it comes."""
    figures = []
    for name in names:
        for figure in importlib.import_module(f"benchmarks.{name}").run(scale):
            print(f"{figure.bench}: {figure.what}: {figure.value:.3g} {figure.unit}", flush=True)  # noqa: T201
            figures.append(figure)
    return figures


def log_to_nowhere() -> None:
    """Lines are made as in production, since they cost time, and nobody reads them."""
    handler = logging.FileHandler(os.devnull)
    handler.setFormatter(formatter("json"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

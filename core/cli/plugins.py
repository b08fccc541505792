"""``dealpay plugins``."""

from collections.abc import Mapping
from typing import Any

import click

from core import main as make_app
from core.plugin_host.plugin import State
from core.plugin_host.report import Row


def show(raw: Mapping[str, str]) -> int:
    """Print a line for each plugin; the exit code, 1 where one failed."""
    wsgi: Any = make_app({}, **raw)
    rows = wsgi.registry.app.plugins.report()
    width = max((len(row.id) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row.id:<{width}}  {row.version or '-':<8} {row.state}{_more(row)}")
    return int(any(row.state is State.FAILED for row in rows))


def _more(row: Row) -> str:
    if row.state is State.FAILED:
        return f" at {row.stage}: {row.reason}"
    provides = f" ({', '.join(row.provides)})" if row.provides else ""
    return provides + (f", and nothing offers {', '.join(row.unmet)}" if row.unmet else "")

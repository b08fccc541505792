"""``dealpay plugins``."""

from collections.abc import Mapping
from typing import Any

import click

from core import main as make_app
from core.plugin_host.plugin import State


def show(raw: Mapping[str, str]) -> int:
    """Print a line for each plugin; the exit code, 1 where one failed."""
    wsgi: Any = make_app({}, **raw)
    rows = wsgi.registry.app.plugins.report()
    width = max((len(row.id) for row in rows), default=0)
    for row in rows:
        where = f" at {row.stage}: {row.reason}" if row.state is State.FAILED else ""
        provides = f" ({', '.join(row.provides)})" if row.provides else ""
        click.echo(f"{row.id:<{width}}  {row.version or '-':<8} {row.state}{where or provides}")
    return int(any(row.state is State.FAILED for row in rows))

"""``dealpay plugins``."""

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from core import main as make_app
from core.app import App
from core.home import service as home
from core.plugin_host.kinds import Kind
from core.plugin_host.plugin import State
from core.plugin_host.report import Row
from core.tenants import service as tenants


def show(raw: Mapping[str, str]) -> int:
    """Print a line for each plugin, and what is in use and gone; the exit code, 1 where one failed."""
    wsgi: Any = make_app({}, **raw)
    app: App = wsgi.registry.app
    rows = app.plugins.report()
    try:
        users, off = home.workspaces_using(app), tenants.workspaces_without(app)
    except SQLAlchemyError as error:
        click.echo(f"Who uses them isn't known: {type(error).__name__} from the database.", err=True)
        users, off = {}, {}
    width = max((len(row.id) for row in rows), default=0)
    for row in rows:
        used = sum(users.pop((kind, id), 0) for kind in map(Kind, row.kinds) for id in row.provides)
        click.echo(f"{row.id:<{width}}  {row.version or '-':<8} {row.state}{_more(row, used, off)}")
    for (kind, id), count in sorted(users.items()):
        click.echo(f"{id}: no plugin provides this {kind.words}, and {_workspaces(count)} had it in use")
    return int(any(row.state is State.FAILED for row in rows))


def _more(row: Row, used: int, off: Mapping[str, int]) -> str:
    if row.state is State.FAILED:
        return f" at {row.stage}: {row.reason}"
    if row.state is State.WAITING:
        return f": {row.reason}"
    said = [f" ({', '.join(row.provides)})" if row.provides else ""]
    said += [f"used by {_workspaces(used)}"] if used else []
    said += [f"switched off by {_workspaces(off[row.id])}"] if row.id in off else []
    said += [f"and nothing offers {', '.join(row.unmet)}"] if row.unmet else []
    return ", ".join(said)


def _workspaces(count: int) -> str:
    return f"{count} workspace{'s' * (count != 1)}"

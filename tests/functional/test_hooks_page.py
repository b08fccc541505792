"""docs/plugins/hooks.md: the plugin on that page works as the page says."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

import plugins
from core import main
from core.cli.commands import main as dealpay
from core.cli.prepare import migrate
from core.settings import read_settings
from tests.pages import words
from tests.support import Browser, Clock
from tests.workspace import DEAL, Workspace

PAGE = Path(__file__).parents[2] / "docs" / "plugins" / "hooks.md"
FILES = re.findall(r"^`plugins/points/([\w.]+)`\n\n```\w+\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


@pytest.fixture
def site(ini: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of a site with the plugin of the page, its tables made."""
    folder = tmp_path / "plugins" / "points"
    folder.mkdir(parents=True)
    for name, content in FILES:
        (folder / name).write_text(content)
    before = list(plugins.__path__)
    settings = ini | {"dealpay.plugin_path": str(folder.parent)}
    file = tmp_path / "site.ini"
    lines = [f"{name} = {value}".replace("%", "%%") for name, value in settings.items()]
    file.write_text("\n".join(["[app:main]", "use = egg:dealpay", *lines]))
    asked = ["plugin", "migration", "points", "count points", "--ini", str(file)]
    assert "is written" in CliRunner().invoke(dealpay, asked).output
    migrate(settings, read_settings(settings))
    yield settings
    plugins.__path__[:] = before
    for name in [name for name in sys.modules if name.startswith("plugins.points")]:
        del sys.modules[name]
    engine = create_engine(ini["dealpay.database_url"].replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:  # the database is the next test's too
        for table in ("points_given", "points_version"):
            connection.execute(text(f"drop table {table}"))
    engine.dispose()


@pytest.fixture
def wsgi(site: dict[str, str], clock: Clock) -> Iterator[Any]:
    made = main({}, **site)
    made.registry.app = replace(made.registry.app, clock=clock)
    made.registry.app.jobs.clock = clock
    yield made
    made.registry.app.db.engine.dispose()
    made.registry.plugins.close()


def test_the_plugin_of_the_page(member: Browser, workspace: Workspace) -> None:
    assert len(FILES) == 5
    link_id = workspace.open_link()
    assert "Loyalty" in words(member.get(f"/links/{link_id}"))
    assert "1 point to be earned" in words(member.get(f"/links/{link_id}"))
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    assert "1 point earned" in words(member.get(f"/links/{link_id}"))
    assert member.get("/x/points/").json == {f"{DEAL.kind} {DEAL.id}": 1}

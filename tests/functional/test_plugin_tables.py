"""A plugin's own tables: migrated after the core's and apart from them, each row its workspace's own."""

import secrets
import subprocess
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
from core.people.service import Member
from core.plugin_host.plugin import Plugin
from core.settings import read_settings
from tests.conftest import PASSWORD
from tests.support import Browser, Clock
from tests.workspace import Workspace

INIT = """
from pyramid.view import view_config
from sqlalchemy import select

from core.api.hookspecs import hookimpl

@hookimpl
def on_event(ctx, event):
    from .models import Point
    with ctx.unit_of_work() as session:
        session.add(Point(name=event.name, at=event.at))

@hookimpl
def configure_web(config):
    config.add_route("NAME.points", "/x/NAME/points")
    config.add_view(points, route_name="NAME.points", renderer="json", permission="member")

def points(request):
    from .models import Point
    return [point.name for point in request.db.scalars(select(Point).order_by(Point.id))]
"""

MODELS = """
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.api.tables import PluginRow, UtcDateTime


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcDateTime, str: String(100)}


class Point(PluginRow, Base):
    __tablename__ = "NAME_points"
    id_prefix = "pnt"
    name: Mapped[str]
    at: Mapped[datetime]
"""


class Author:
    """A plugin author's folder, and the commands as its author runs them."""

    def __init__(self, folder: Path, ini: dict[str, str]):
        self.name = f"points_{secrets.token_hex(4)}"
        self.folder = folder / self.name
        self.ini = ini | {"dealpay.plugin_path": str(folder)}
        self.folder.mkdir(parents=True)
        self.write("__init__.py", INIT)
        self.write("models.py", MODELS)
        self.write(
            "plugin.toml",
            'id = "NAME"\nname = "Points"\nversion = "1.0"\nsummary = "Counts."\napi = "1.1"\n'
            'tables = "models:Base"\n',
        )

    def write(self, file: str, content: str) -> None:
        (self.folder / file).write_text(content.replace("NAME", self.name))

    def migration(self, message: str) -> str:
        """``dealpay plugin migration``: what it prints."""
        site = self.folder.parent / "site.ini"
        lines = [f"{name} = {value}".replace("%", "%%") for name, value in self.ini.items()]
        site.write_text("\n".join(["[app:main]", "use = egg:dealpay", *lines]))
        asked = ["plugin", "migration", self.name, message, "--ini", str(site)]
        return CliRunner().invoke(dealpay, asked).output

    def upgrade(self) -> None:
        migrate(self.ini, read_settings(self.ini))

    def loaded(self) -> Plugin:
        """As a new process has it."""
        wsgi = main({}, **self.ini)
        wsgi.registry.app.db.engine.dispose()
        plugin = wsgi.registry.plugins.plugin(self.name)
        wsgi.registry.plugins.close()
        assert plugin
        return plugin


@pytest.fixture
def author(ini: dict[str, str], tmp_path: Path) -> Iterator[Author]:
    before = list(plugins.__path__)
    author = Author(tmp_path / "plugins", ini)
    yield author
    plugins.__path__[:] = before
    engine = create_engine(ini["dealpay.database_url"].replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:  # the database is the next test's too
        for table in ("points", "version"):
            connection.execute(text(f"drop table if exists {author.name}_{table}"))
    engine.dispose()


@pytest.fixture
def counting(author: Author) -> Author:
    """The plugin with its tables made."""
    assert "0001_count_points.py is written" in author.migration("count points")
    author.upgrade()
    return author


class TestInUse:
    """The app with the plugin in it."""

    @pytest.fixture
    def wsgi(self, counting: Author, clock: Clock) -> Iterator[Any]:
        made = main({}, **counting.ini)
        made.registry.app = replace(made.registry.app, clock=clock)
        made.registry.app.jobs.clock = clock
        yield made
        made.registry.app.db.engine.dispose()
        made.registry.plugins.close()

    def test_it_writes_and_shows_rows_of_the_workspace(
        self, member: Browser, workspace: Workspace, counting: Author, stranger: Member, wsgi: Any
    ) -> None:
        link_id = workspace.open_link()
        workspace.pay(link_id)
        workspace.deliver()
        workspace.work()
        path = f"/x/{counting.name}/points"
        assert member.get(path).json == ["link.created", "payment.succeeded", "link.paid"]
        theirs = Browser(wsgi)
        theirs.sign_in(stranger.email, PASSWORD)
        assert theirs.get(path).json == []


def test_without_its_tables_it_stands_aside_and_says_why(author: Author) -> None:
    author.migration("count points")
    plugin = author.loaded()
    assert (plugin.state, plugin.stage) == ("failed", "migrated")
    assert plugin.reason == "its tables wait for their migrations: run `dealpay upgrade`"
    author.upgrade()
    assert author.loaded().state == "active"


def test_a_later_migration_is_drafted_from_the_difference_and_run(counting: Author) -> None:
    with_note = MODELS.replace("    at: Mapped", "    note: Mapped[str | None]\n    at: Mapped")
    counting.write("models.py", with_note)
    # In a process of its own, as the models of this one are those from before.
    command = [sys.executable, "-c", "from core.cli.commands import main; main()"]
    site = str(counting.folder.parent / "site.ini")
    asked = ["plugin", "migration", counting.name, "add a note", "--ini", site]
    ran = subprocess.run([*command, *asked], capture_output=True, text=True, check=False)
    assert "0002_add_a_note.py is written" in ran.stdout, ran.stdout + ran.stderr
    drafted = (counting.folder / "migrations" / "0002_add_a_note.py").read_text()
    assert "note" in drafted
    assert "payment_links" not in drafted
    assert counting.loaded().stage == "migrated"
    counting.upgrade()
    assert counting.loaded().state == "active"


def test_tables_of_a_newer_version_are_left_alone(counting: Author) -> None:
    (counting.folder / "migrations" / "0001_count_points.py").unlink()
    plugin = counting.loaded()
    assert plugin.reason == "its tables are of a newer version: install that version of the plugin"


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        (MODELS.replace("NAME_points", "points"), "the table points isn't named after the plugin"),
        (
            MODELS.replace("(PluginRow, Base)", "(Base)").replace(
                '    id_prefix = "pnt"\n', "    id: Mapped[str] = mapped_column(primary_key=True)\n"
            ),
            "belong to no workspace: derive Point from core.api.tables.PluginRow",
        ),
        ("Base = None", "has no such DeclarativeBase"),
    ],
)
def test_tables_that_would_get_in_the_way_of_others_are_refused(
    author: Author, models: str, reason: str
) -> None:
    author.write("models.py", models)
    assert reason in author.loaded().reason
    assert reason in author.migration("count points")

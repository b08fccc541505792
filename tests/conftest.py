"""Fixtures: the whole app on SQLite and on PostgreSQL, its mails, and somebody who uses it."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from core.app import App
from core.db.engine import make_engine
from core.db.sealing import make_key_file
from core.db.session import ALL_TENANTS, Database
from core.people import passwords
from core.people import service as people
from core.people.roles import Role
from core.people.service import Member
from core.sandbox.mailbox import Mailbox, listen
from core.tenants import service as tenants
from core.testing.store import Store
from tests.support import (
    ORIGIN,
    Apps,
    Browser,
    Clock,
    Databases,
    Post,
    SqliteFiles,
    free_port,
    postgres_database,
)

PASSWORD = "correct horse battery"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where a test runs with each database and with each engine: the queue has no SQLite."""
    items[:] = [item for item in items if not {"sqlite", "procrastinate"} <= _parameters(item)]


def pytest_collection_finish() -> None:
    """What is there by now stays; looking for garbage in it takes an eighth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _shared(folders: pytest.TempPathFactory) -> Path:
    """The folder of the whole run: each process that pytest-xdist runs has one of its own in it."""
    own = folders.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _parameters(item: pytest.Item) -> set[object]:
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return {one for one in given if isinstance(one, str)}


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Whatever uses the app runs on both."""
    if request.param == "sqlite":
        yield SqliteFiles(tmp_path_factory.mktemp("sqlite"))
        return
    with postgres_database(f"dealpay_test_{os.getpid()}") as database:
        yield database


@pytest.fixture(scope="session")
def smtp() -> Iterator[tuple[Mailbox, str]]:
    """A mail server and its URL."""
    mailbox = Mailbox(Store(namespace="mail"))
    server = listen(mailbox, "127.0.0.1", free_port())
    yield mailbox, f"smtp://127.0.0.1:{server.port}"
    server.stop()
    mailbox.close()


@pytest.fixture
def db(databases: Databases) -> Iterator[Database]:
    """A database with the tables and nothing in them, without an app around it."""
    database = Database(make_engine(databases.fresh()))
    yield database
    database.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """What delivers jobs. Tests of what must happen run with both: ``each_engine`` marks them."""
    return getattr(request, "param", "local")


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys that secrets are sealed with."""
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    make_key_file(file)
    return file


@pytest.fixture
def ini(
    databases: Databases,
    key_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    smtp: tuple[Mailbox, str],
    engine: str,
) -> dict[str, str]:
    """The settings of the app; a test may change them before it asks for ``wsgi``."""
    smtp[0].clear()
    return {
        "dealpay.database_url": databases.fresh(),
        "dealpay.secret_keys": str(key_file),
        "dealpay.public_url": ORIGIN,
        "dealpay.mail_url": smtp[1],
        "dealpay.jobs": engine,
        # Some tests have an app of their own; its templates needn't be compiled each time, nor those of
        # each process of the run.
        "jinja2.bytecode_caching": "true",
        "jinja2.bytecode_caching_directory": str(_shared(tmp_path_factory)),
    }


@pytest.fixture(scope="session")
def apps() -> Iterator[Apps]:
    """The apps that were made so far."""
    apps = Apps()
    yield apps
    apps.close()


@pytest.fixture
def wsgi(
    ini: dict[str, str], apps: Apps, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """The WSGI app; its clock stands still, and its password hashes are quick."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
    made = apps.get(ini, clock)
    db = made.registry.app.db
    yield made
    db.engine.dispose()


@pytest.fixture
def app(wsgi: Any) -> App:
    app: App = wsgi.registry.app
    return app


@pytest.fixture
def browser(wsgi: Any) -> Browser:
    return Browser(wsgi)


@pytest.fixture
def post(app: App, smtp: tuple[Mailbox, str]) -> Post:
    return Post(app, smtp[0])


@pytest.fixture
def owner(app: App) -> Member:
    """The owner of a workspace."""
    return add_workspace(app, "Northwind", "owner@example.com")


@pytest.fixture
def stranger(app: App) -> Member:
    """The owner of another workspace."""
    return add_workspace(app, "Contoso", "stranger@example.com")


@pytest.fixture
def owners_browser(browser: Browser, owner: Member) -> Browser:
    """A browser that the owner is signed in with."""
    browser.enter(owner.email, PASSWORD)
    return browser


def add_workspace(app: App, name: str, email: str) -> Member:
    """A workspace and its owner, whose password is PASSWORD."""
    with app.db.unit_of_work(ALL_TENANTS) as session:
        tenant = tenants.create_workspace(app, session, name)
        people.add_member(
            session, tenant.id, email=email, name="Asha Rao", password=PASSWORD, role=Role.OWNER
        )
    member = people.member_by_email(app, email)
    assert member
    return member

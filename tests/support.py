"""What the tests stand on: databases, a clock that they turn, and a browser without a screen."""

import asyncio
import json
import os
import re
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from requests.cookies import create_cookie
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from webob import Response
from webtest import TestApp, TestResponse

from core import main
from core.app import App
from core.db.engine import make_engine
from core.db.migrate import upgrade
from core.jobs import queue
from core.jobs.backlog import Backlog
from core.jobs.local import run_due
from core.locale import Languages
from core.models import metadata
from core.people import service as people
from core.people.web_sessions import WebSessionRows
from core.sandbox.mailbox import Mailbox
from core.web.sessions import COOKIE, BrowserSession

ORIGIN = "https://app.example.com"

#: A mark for tests that run with each engine, for each database that the engine has.
each_engine = pytest.mark.parametrize("engine", ["local", "procrastinate"], indirect=True)


class Clock:
    """Stands still until a test turns it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class Databases(Protocol):
    """Gives each test a database with the tables and nothing in them, always at the same URL."""

    url: str

    def fresh(self) -> str:
        """The URL, of a database that is empty now."""

    def keep(self) -> None:
        """What it holds now is what ``restore`` brings back."""

    def restore(self) -> None: ...


class SqliteFiles(Databases):
    """The migrations run once; each test gets a copy of the file, under the same name."""

    def __init__(self, folder: Path):
        self.template, self.file = folder / "template.sqlite", folder / "dealpay.sqlite"
        self.kept, self.url = folder / "kept.sqlite", f"sqlite:///{self.file}"
        engine = make_engine(f"sqlite:///{self.template}")
        upgrade(engine)
        engine.dispose()  # the last connection leaves everything in the one file

    def fresh(self) -> str:
        for old in self.file.parent.glob(f"{self.file.name}*"):
            old.unlink()
        shutil.copy(self.template, self.file)
        return self.url

    def keep(self) -> None:
        self._copy(self.file, self.kept)

    def restore(self) -> None:
        self._copy(self.kept, self.file)

    def _copy(self, source: Path, target: Path) -> None:
        """Also while somebody is connected."""
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
            read.backup(written)


class PostgresDatabase(Databases):
    """One database, migrated once; each test finds its tables empty."""

    def __init__(self, url: str):
        self.url = url
        self.engine = make_engine(url)
        upgrade(self.engine)
        queue.prepare(self.engine)
        self._tables = [table.name for table in metadata.sorted_tables]
        # Of a few rows quicker than truncate, and all at once than one by one.
        emptied = [*reversed(self._tables), "procrastinate_jobs"]
        self._empty = "; ".join(f"delete from {name}" for name in emptied)
        self._fill = ""

    def fresh(self) -> str:
        self._run(self._empty)
        return self.url

    def keep(self) -> None:
        copies = "; ".join(f"create table kept.{name} as table {name}" for name in self._tables)
        self._run(f"drop schema if exists kept cascade; create schema kept; {copies}")
        any_row = "select exists (select from kept.{})"
        with self.engine.connect() as connection:
            filled = [one for one in self._tables if connection.scalar(text(any_row.format(one)))]
        self._fill = "; ".join(f"insert into {name} table kept.{name}" for name in filled)

    def restore(self) -> None:
        self._run(f"{self._empty}; {self._fill}")

    def _run(self, statements: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statements)


@contextmanager
def postgres_database(name: str) -> Iterator[PostgresDatabase]:
    """A database called ``name`` with the tables, for as long as it lasts; see ``empty_postgres``."""
    with empty_postgres(name) as url:
        database = PostgresDatabase(url)
        try:
            yield database
        finally:
            database.engine.dispose()


@contextmanager
def empty_postgres(name: str) -> Iterator[str]:
    """The URL of an empty database on the server of ``DEALPAY_TEST_POSTGRES``, dropped at the end.

    Without a server the test is skipped; in CI it fails.
    """
    given = os.environ.get("DEALPAY_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
    server: URL = make_url(given)
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        connection = admin.connect()
    except OperationalError as error:
        why = (
            f"PostgreSQL doesn't answer at {server.host}:{server.port} (DEALPAY_TEST_POSTGRES): {error}"
        )
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        connection.execute(text(f'create database "{name}"'))
        connection.execute(text(f'alter database "{name}" set synchronous_commit = off'))
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f'drop database "{name}" with (force)'))
            connection.close()
            admin.dispose()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_queue(app: App) -> int:
    """Run what is due with a worker of the queue, until nothing is; how many rows ran."""
    run, ran = app.jobs.run, []
    app.jobs.run = lambda *row: ran.append(run(*row))  # type: ignore[method-assign]
    try:
        while _has_due(app):
            # In a thread of its own: tests of the browser have left a loop running in this one.
            with ThreadPoolExecutor(1) as pool:
                pool.submit(asyncio.run, _run_what_is_there(app)).result()
    finally:
        app.jobs.run = run  # type: ignore[method-assign]
    return sum(state is not None for state in ran)


def _has_due(app: App) -> bool:
    """Whether a job waits to be fetched. The queue goes by the database's clock; put it to ours."""
    due = " union all ".join(
        f"select id from {table} where job_state = 'pending' and due_at <= :now"
        for table in app.jobs.kinds
    )
    wake = (
        "update procrastinate_jobs set scheduled_at = null "
        f"where status = 'todo' and args ->> 'row_id' in ({due})"
    )
    ready = "select 1 from procrastinate_jobs where status = 'todo' and scheduled_at is null limit 1"
    with app.db.engine.begin() as connection:
        connection.execute(text(wake), {"now": app.clock()})
        return connection.scalar(text(ready)) is not None


async def _run_what_is_there(app: App) -> None:
    library = queue.library(app)
    async with library.open_async():
        await library.run_worker_async(
            wait=False, concurrency=4, delete_jobs="successful", install_signal_handlers=False
        )


class Apps:
    """The app of a test, made once for the same settings: that takes longer than most tests.

    What an app remembers in memory is forgotten between two tests.
    """

    _MOST = 3

    def __init__(self) -> None:
        self._made: dict[str, tuple[Any, App]] = {}

    def get(self, ini: dict[str, str], clock: Clock) -> Any:
        key = json.dumps(ini, sort_keys=True)
        if key not in self._made:
            while len(self._made) >= self._MOST:
                self._end(next(iter(self._made)))
            wsgi = main({}, **ini)
            self._made[key] = wsgi, wsgi.registry.app
        wsgi, app = self._made[key]
        registry, jobs = wsgi.registry, app.jobs
        registry.app = replace(
            app, clock=clock, remembered={}, languages=Languages(app.languages.folders)
        )
        jobs.clock, jobs.backlog = clock, Backlog(app.db)
        registry.plugins.trace._waiting.clear()
        return wsgi

    def __contains__(self, wsgi: Any) -> bool:
        return any(made is wsgi for made, _ in self._made.values())

    def close(self) -> None:
        for key in list(self._made):
            self._end(key)

    def _end(self, key: str) -> None:
        wsgi, app = self._made.pop(key)
        app.db.engine.dispose()
        wsgi.registry.plugins.close()


class Browser(TestApp):
    """A browser that keeps cookies and says which page it comes from."""

    def __init__(self, wsgi: Any, **environ: str):
        super().__init__(
            wsgi,
            extra_environ={
                "wsgi.url_scheme": "https",
                "HTTP_HOST": ORIGIN.removeprefix("https://"),
                "HTTP_ORIGIN": ORIGIN,
                "HTTP_ACCEPT": "text/html",
                "REMOTE_ADDR": "192.0.2.1",
                **environ,
            },
        )

    def fill_in(self, path: str, *, status: int | None = None, **fields: str) -> TestResponse:
        """Open a page, fill in its form and send it."""
        form = self.get(path).form
        for name, value in fields.items():
            form[name] = value
        return form.submit(status=status)

    def sign_in(self, email: str, password: str, **more: Any) -> TestResponse:
        return self.fill_in("/login", email=email, password=password, **more)

    def enter(self, email: str, password: str) -> None:
        """Be signed in, as ``sign_in`` leaves it, without its pages: they take most of its time."""
        app: App = self.app.registry.app
        ip, agent = self.extra_environ["REMOTE_ADDR"], self.extra_environ.get("HTTP_USER_AGENT")
        session, response = BrowserSession(None, None), Response()
        session.sign_in(people.sign_in(app, email=email, password=password, ip=ip, agent=agent))
        idle = timedelta(days=app.settings.session_days)
        session.finish(WebSessionRows(app.db), response, app.clock(), idle, agent)
        cookie = response.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        domain = self.extra_environ["HTTP_HOST"]
        self.cookiejar.set_cookie(create_cookie(COOKIE, cookie, domain=domain, secure=True))


class Post:
    """The mails that an app sends, as their readers get them."""

    def __init__(self, app: App, mailbox: Mailbox):
        self._app, self._mailbox = app, mailbox

    def fetch(self) -> list[dict[str, Any]]:
        """Let the jobs run, then read everything that has arrived, newest first."""
        run_due(self._app)
        return self._mailbox.all()

    def link(self, recipient: str) -> str:
        """The path of the link in the newest mail to ``recipient``."""
        mail = next(mail for mail in self.fetch() if mail["to"] == [recipient])
        found = re.search(rf"{ORIGIN}(/\S+)", mail["text"])
        assert found, mail["text"]
        return found[1]

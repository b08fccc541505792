"""Where a bench works: databases, an ini file and a connected workspace, all made and dropped by it."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from core import main
from core.app import App
from core.cli.prepare import migrate
from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.connections.vault import signing_secrets
from core.db.sealing import make_key_file
from core.people import service as people
from core.people.service import Member
from core.sandbox import demo
from core.settings import read_settings

#: Both by default; a machine without PostgreSQL can leave it out.
DATABASES = tuple(os.environ.get("BENCH_DATABASES", "postgresql sqlite").split())
SERVER = os.environ.get("DEALPAY_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
ORIGIN = "https://app.example.com"
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="dealpay-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def database(kind: str, place: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of ``kind``, as durable as in production."""
    with ExitStack() as opened:
        url = f"sqlite:///{place}/dealpay.sqlite"
        if kind == "postgresql":
            url = opened.enter_context(_postgres(f"dealpay_bench_{secrets.token_hex(4)}"))
        given = settings(url, place)
        migrate(given, read_settings(given))
        yield url


@contextmanager
def _postgres(name: str) -> Iterator[str]:
    server = make_url(SERVER)
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'create database "{name}"'))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'drop database "{name}" with (force)'))
        admin.dispose()


def settings(url: str, place: Path) -> dict[str, str]:
    """Settings as in production, whose vendors nobody has to reach."""
    keys = place / "keys.json"
    if not keys.exists():
        make_key_file(keys)
    return {
        "dealpay.database_url": url,
        "dealpay.secret_keys": str(keys),
        "dealpay.public_url": ORIGIN,
        "dealpay.mail_url": "smtp://127.0.0.1:9",
        "dealpay.log_format": "json",
    }


def ini_file(settings: dict[str, str], path: Path) -> Path:
    """The settings as a file, for processes of their own."""
    lines = ["[app:main]", "use = egg:dealpay", *(f"{key} = {value}" for key, value in settings.items())]
    path.write_text("\n".join(lines) + "\n")
    return path


@contextmanager
def running(settings: dict[str, str]) -> Iterator[Any]:
    """The WSGI app of ``settings``; the app itself is ``wsgi.registry.app``."""
    wsgi = main({}, **settings)
    try:
        yield wsgi
    finally:
        wsgi.registry.app.db.engine.dispose()
        wsgi.registry.plugins.close()


@contextmanager
def simulators() -> Iterator[dict[str, str]]:
    """Both vendors, answering over HTTP; the settings that lead there. Webhooks stay with them."""
    command = [sys.executable, "-m", "benchmarks.vendors"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stdout
        try:
            yield json.loads(child.stdout.readline())
        finally:
            child.stdin.close()


@dataclass(frozen=True)
class Workspace:
    """The workspace of core.sandbox.demo, as benches need to know it."""

    owner: Member
    account: PaymentAccount
    secret: str

    @property
    def tenant_id(self) -> str:
        return self.owner.tenant_id

    @property
    def webhook_path(self) -> str:
        return f"/webhooks/{self.account.provider}/{self.account.webhook_token}"


def connected(app: App) -> Workspace:
    """Build the workspace; the simulators have to answer."""
    demo.build(app)
    owner = people.member_by_email(app, demo.OWNER)
    assert owner
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        (account,) = connections.list_accounts(session)
    return Workspace(owner, account, signing_secrets(app, account)[0])


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

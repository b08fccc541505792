"""The app as it runs in production: gunicorn with several processes, and `dealpay worker`."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db.engine import make_engine
from core.db.sealing import make_key_file
from core.db.session import ALL_TENANTS, Database
from core.people.models import User
from core.tenants.models import Tenant
from tests.support import free_port

ROOT = Path(__file__).parents[1]
DEALPAY = Path(sys.executable).with_name("dealpay")
OWNER = "owner@example.com"
TOKEN = "a-token-of-the-monitoring"
_START = 30.0  # seconds


@dataclass
class Host:
    """A folder with what a host has: an ini file, keys, an environment."""

    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    dealpay: Path = DEALPAY

    def __post_init__(self) -> None:
        text = (ROOT / "production.ini").read_text()
        if self.database_url.startswith("sqlite"):
            text = text.replace("dealpay.jobs = procrastinate", "dealpay.jobs = local")
        (self.folder / "production.ini").write_text(text)
        if not (self.folder / "keys.json").exists():
            make_key_file(self.folder / "keys.json")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DEALPAY_")}
        return clean | {
            "DEALPAY_PUBLIC_URL": "https://pay.example.com",
            "DEALPAY_DATABASE_URL": self.database_url,
            "DEALPAY_SECRET_KEYS": str(self.folder / "keys.json"),
            "DEALPAY_MAIL_URL": "smtp://127.0.0.1:1",
            "DEALPAY_HOST": "127.0.0.1",
            "DEALPAY_PORT": str(self.port),
            "DEALPAY_METRICS_TOKEN": TOKEN,
            **self.more,
        }

    def log(self, command: str) -> str:
        """What a command has written so far."""
        return (self.folder / f"{command}.log").read_text()

    @contextmanager
    def running(self, command: str = "serve") -> "Iterator[subprocess.Popen[bytes]]":
        """``dealpay serve`` or ``dealpay worker``, until it is stopped as a supervisor does."""
        with (self.folder / f"{command}.log").open("a") as log:
            process = subprocess.Popen(
                [self.dealpay, command, "production.ini"],
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            if command == "serve":
                wait_for(lambda: self.answers() or process.poll() is not None)
                assert process.poll() is None, self.log(command)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(timeout=45)
        assert ended == 0, self.log(command)
        assert "Traceback" not in self.log(command), self.log(command)

    def say(self, *command: str) -> str:
        """What a command of `dealpay` has to say."""
        done = subprocess.run(
            [self.dealpay, *command, "production.ini"],
            cwd=self.folder,
            env=self.environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.stdout

    def answers(self) -> bool:
        """Whether a web process is up."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=10).ok
        except requests.RequestException:
            return False

    def metrics(self) -> dict[str, float]:
        """Each figure by its name and labels."""
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        text = requests.get(f"{self.url}/metrics", headers=bearer, timeout=30).text
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in lines}

    @contextmanager
    def refused_sign_ins(self) -> Iterator[list[str | None]]:
        """The addresses from which somebody tried to sign in as the owner meanwhile, and couldn't."""
        found: list[str | None] = []
        db = Database(make_engine(self.database_url))
        with db.unit_of_work(ALL_TENANTS) as session:
            tenant = Tenant(name="Northwind")
            session.add(tenant)
            session.flush()
            session.add(User(tenant_id=tenant.id, email=OWNER, name="Asha Rao", role="owner"))
        yield found
        with db.unit_of_work(tenant.id, read_only=True) as session:
            found += session.scalars(select(AuditEntry.ip).order_by(AuditEntry.id))
        db.engine.dispose()


def sign_in(url: str, session: requests.Session, headers: dict[str, str]) -> None:
    """Try it as the owner, with a wrong password."""
    site = {"Host": "pay.example.com", "Origin": "https://pay.example.com", "Accept": "text/html"}
    session.cookies.clear()
    page = session.get(f"{url}/login", headers=site | headers, timeout=10)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    assert token
    answer = session.post(
        f"{url}/login",
        data={"csrf_token": token[1], "email": OWNER, "password": "wrong"},
        # By hand: the cookie is for https, which may end in a proxy.
        headers=site | headers | {"Cookie": page.headers["Set-Cookie"].partition(";")[0]},
        timeout=10,
    )
    assert "Sign in" in answer.text


def wait_for(happened: Callable[[], object], seconds: float = _START) -> None:
    """Until ``happened()``; it fails when that takes too long."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

"""A PostgreSQL server of the tests' own, to be stopped and crowded."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.fault.databases import PostgresCopy
from tests.support import free_port

CONNECTIONS = 30

_SETTINGS = f"""
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = {CONNECTIONS}
superuser_reserved_connections = 0
"""


@dataclass(frozen=True)
class Cluster:
    """``url`` is that of its first database."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def database(self, name: str) -> PostgresCopy:
        """A new database with the tables of the app."""
        made = PostgresCopy(make_url(self.url).set(database=name).render_as_string(), durable=True)
        made.create()
        return made

    def start(self) -> None:
        self._ctl("start", "--wait", "--log", str(self.folder / "log"), "-o", f"-p {self.port}")

    def stop(self, mode: str) -> None:
        """``fast`` as an operator does it; ``immediate`` is a crash of the server."""
        self._ctl("stop", "--wait", "--mode", mode)

    def _ctl(self, command: str, *options: str) -> None:
        _run(self.programs / "pg_ctl", command, "--pgdata", str(self.folder / "data"), *options)


@contextmanager
def running() -> Iterator[Cluster]:
    """A new server on a free port. Skipped without PostgreSQL's programs; in CI that is a failure."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        why = "there is no initdb in /usr/lib/postgresql/*/bin"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="dealpay-postgres-"))
    cluster = Cluster(programs[-1].parent, folder, free_port())
    try:
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
        data = folder / "data"
        _run(programs[-1], "--pgdata", str(data), "--auth=trust", "--username=postgres", "--no-sync")
        with (data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS)
        cluster.start()
        yield cluster
        cluster.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _run(program: Path, *arguments: str) -> None:
    user = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None
    done = subprocess.run(
        [program, *arguments],
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout

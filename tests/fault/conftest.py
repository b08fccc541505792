"""The app in processes of its own, on each engine and database."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.fault.child import Host
from tests.fault.cluster import Cluster, running
from tests.fault.databases import Kept, SqliteFile, kept_postgres
from tests.fault.house import House, built
from tests.fault.job import Job
from tests.fault.processes import Supervised

#: What delivers the jobs, and where: the first two in the process that serves the pages.
ENGINES = ("sqlite", "postgresql", "procrastinate")


class Start(Protocol):
    def __call__(
        self, act: Any = None, *, web: Host = Host(), workers: Sequence[Host] = (Host(),)
    ) -> AbstractContextManager[Job]:
        """Start the app; in the end stop it, and put everything back to the start.

        ``act`` is what each of its processes does at fault points; ``workers`` run beside the web
        process, where the engine has such.
        """


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., House]]:
    """``houses(engine, cluster)``: each is built when it is first asked for, and kept."""
    with ExitStack() as stack:

        @cache
        def house(engine: str, cluster: Cluster | None = None) -> House:
            folder = tmp_path_factory.mktemp(engine)
            name = f"dealpay_fault_{engine}_{os.getpid()}"
            database: Kept
            if engine == "sqlite":
                database = SqliteFile(folder)
            elif cluster:
                database = cluster.database(name)
            else:
                database = stack.enter_context(kept_postgres(name))
            return stack.enter_context(built(engine, folder, database))

        yield house


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that is nobody else's."""
    with running() as cluster:
        yield cluster


@pytest.fixture
def house(request: pytest.FixtureRequest, houses: Callable[..., House]) -> House:
    """A connected workspace; its engine is the parameter."""
    return houses(request.param)


@pytest.fixture
def start(house: House, tmp_path: Path) -> Start:
    numbers = count(1)

    def run(command: str, host: Host, act: Any) -> Supervised:
        log = tmp_path / f"{next(numbers)}-{command}.log"
        return Supervised([command, str(house.ini(host.settings))], log, act, host)

    @contextmanager
    def begin(
        act: Any = None, *, web: Host = Host(), workers: Sequence[Host] = (Host(),)
    ) -> Iterator[Job]:
        processes = [run("serve", web, act)]
        if house.engine == "procrastinate":
            processes += [run("worker", host, act) for host in workers]
        try:
            yield Job(house, processes)
        finally:
            for process in processes:
                process.stop()
            house.restore()
        assert [process.problem for process in processes if process.problem] == []

    return begin

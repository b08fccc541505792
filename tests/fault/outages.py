"""Ways in which a database takes nothing for a while."""

import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from tests.fault.cluster import CONNECTIONS, Cluster

_END_OTHERS = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and application_name <> 'crowd'"""


@contextmanager
def full_disk(pid: int, file: Path) -> Iterator[None]:
    """No file of the process ``pid`` may grow beyond the length that ``file`` has."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (file.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """The server is taken down by its operator."""
    cluster.stop("fast")
    try:
        yield
    finally:
        cluster.start()


@contextmanager
def crowded(cluster: Cluster) -> Iterator[None]:
    """Others hold every connection that the server has."""
    with ExitStack() as crowd:
        held = 0
        while held < CONNECTIONS:
            try:
                connecting = psycopg.connect(cluster.url, autocommit=True, application_name="crowd")
                one = crowd.enter_context(connecting)
                held += 1
            except psycopg.OperationalError:
                pass  # the app was quicker: its connections are ended, and their places taken
            one.execute(_END_OTHERS)
        yield

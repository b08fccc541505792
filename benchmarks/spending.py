"""What a step of work uses up: statements, commits, log written by PostgreSQL, CPU, requests to vendors.

The server's log and CPU are counted whoever caused them: it should have nothing else to do.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from core.db.ready import Ready

_TICKS = os.sysconf("SC_CLK_TCK")
#: A commit that nobody waits for is on the disk within three of the log writer's rounds.
_WRITTEN_WITHIN = 1.0  # seconds
_LOG = """
select coalesce(sum(count) filter (where "resource_manager/record_type" = 'Transaction/COMMIT'), 0)
    as commits, sum(record_size) as records, sum(fpi_size) as pages
from pg_get_wal_stats(:since, pg_current_wal_flush_lsn(), true)
"""


@dataclass
class Cost:
    """``log`` is bytes without whole pages; those that were written for being touched first after a
    checkpoint are ``pages``, in bytes too. CPU is seconds."""

    statements: int = 0
    commits: int = 0
    log: int = 0
    pages: int = 0
    app_cpu: float = 0.0
    server_cpu: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)


class Meter:
    """Measures on one database. ``others`` says how much CPU of this process isn't to be counted,
    and ``asked`` counts the requests to vendors."""

    def __init__(self, engine: Engine, others: Callable[[], float], asked: Counter[str]):
        self._engine, self._others, self._asked = engine, others, asked
        self._statements = 0
        event.listen(engine, "after_cursor_execute", self._count)
        self._count_ready()
        with engine.begin() as connection:
            connection.execute(text("create extension if not exists pg_walinspect"))

    @contextmanager
    def measured(self) -> Iterator[Cost]:
        """What the block uses up, filled in at its end."""
        cost = Cost()
        with self._engine.connect() as connection:
            since = connection.scalar(text("select pg_current_wal_insert_lsn()"))
            server = _server_cpu(connection)
        statements, asked, app = self._statements, Counter(self._asked), self._app_cpu()
        yield cost
        cost.app_cpu = self._app_cpu() - app
        cost.statements = self._statements - statements
        cost.asked = self._asked - asked
        time.sleep(_WRITTEN_WITHIN)
        with self._engine.connect() as connection:
            cost.server_cpu = _server_cpu(connection) - server
            log = connection.execute(text(_LOG), {"since": since}).one()
        cost.commits, cost.log, cost.pages = int(log.commits), int(log.records), int(log.pages)

    def _app_cpu(self) -> float:
        return time.process_time() - self._others()

    def _count(self, *_: Any) -> None:
        self._statements += 1

    def _count_ready(self) -> None:
        """Count what goes past SQLAlchemy, too."""
        values = Ready.values

        def counted(statement: Ready, given: Mapping[str, Any]) -> Any:
            self._count()
            return values(statement, given)

        Ready.values = counted  # type: ignore[method-assign]


def _server_cpu(connection: Any) -> float:
    """Seconds that the server has used, all its processes; 0 where it runs on another machine."""
    backend = Path(f"/proc/{connection.scalar(text('select pg_backend_pid()'))}")
    try:
        mine = _stat(backend)
        children = [
            stat
            for process in Path("/proc").glob("[0-9]*")
            if (stat := _stat(process)) and stat[1] == mine[1]
        ]
        server = _stat(Path(f"/proc/{mine[1]}"))
    except FileNotFoundError:
        return 0.0
    ended = int(server[11]) + int(server[12]) + int(server[13]) + int(server[14])
    return (ended + sum(int(stat[11]) + int(stat[12]) for stat in children)) / _TICKS


def _stat(process: Path) -> list[str]:
    """The state of a process, its parent, and more; see proc(5). Its CPU times are 11 to 14."""
    try:
        return (process / "stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []

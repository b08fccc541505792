"""Bring a database to the schema of this version of the code."""

import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData
from sqlalchemy.exc import OperationalError

from core.db.engine import make_engine

#: PostgreSQL's lock_not_available and deadlock_detected.
_LOCKED = ("55P03", "40P01")
_TRIES = 50


_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class History:
    """A folder of migrations, and the table that says how far they were run."""

    versions: Path
    table: str


CORE = History(_MIGRATIONS / "versions", "alembic_version")


def _config(engine: Engine | None = None, history: History = CORE) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(history.versions).replace("%", "%%"))
    config.attributes["engine"] = engine
    config.attributes["version_table"] = history.table
    return config


def upgrade(engine: Engine, history: History = CORE) -> None:
    """Run every migration that hasn't run yet; each in a transaction of its own.

    The app may be running meanwhile: a migration that meets its locks is undone and tried again.
    Raises OperationalError where that didn't help for long.
    """
    for left in range(_TRIES, 0, -1):
        try:
            command.upgrade(_config(engine, history), "head")
            return
        except OperationalError as error:
            if left == 1 or getattr(error.orig, "sqlstate", None) not in _LOCKED:
                raise
        time.sleep(random.uniform(0.1, 0.5))  # noqa: S311  out of step with whoever was in the way


def draft(metadata: MetaData, message: str, history: History = CORE) -> None:
    """Write a migration from what the migrations make of an empty database to ``metadata``."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/draft.sqlite")
        history.versions.mkdir(exist_ok=True)
        upgrade(engine, history)
        config = _config(engine, history)
        config.attributes["metadata"] = metadata
        number = len(list(history.versions.glob("[0-9]*.py"))) + 1
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()

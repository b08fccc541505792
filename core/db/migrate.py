"""Bring a database to the schema of this version of the code."""

import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData

from core.db.engine import make_engine


def _config(engine: Engine | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Run every migration that hasn't run yet; each in a transaction of its own."""
    command.upgrade(_config(engine), "head")


def draft(metadata: MetaData, message: str) -> None:
    """Write a migration from what the migrations make of an empty database to ``metadata``."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/draft.sqlite")
        upgrade(engine)
        config = _config(engine)
        config.attributes["metadata"] = metadata
        number = len(list((Path(__file__).parent / "migrations/versions").glob("*.py"))) + 1
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()

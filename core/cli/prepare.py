"""What an installation needs before it can start."""

import click

from core.db.engine import make_engine
from core.db.migrate import upgrade
from core.db.sealing import make_key_file
from core.settings import AppSettings


def prepare(settings: AppSettings) -> None:
    """Make the key file where there is none, and bring the database up to date."""
    if not settings.secret_keys.exists():
        make_key_file(settings.secret_keys)
        click.echo(f"Made {settings.secret_keys}: keep it safe, without it no stored secret opens.")
    migrate(settings)


def migrate(settings: AppSettings) -> None:
    """Bring the database up to date."""
    engine = make_engine(settings.database_url)
    upgrade(engine)
    engine.dispose()

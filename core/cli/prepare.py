"""What an installation needs before it can start."""

from collections.abc import Mapping

import click
from sqlalchemy import Connection, Engine

from core.db.engine import make_engine
from core.db.sealing import make_key_file
from core.db.version import ahead, behind
from core.jobs import queue
from core.settings import AppSettings, SettingsError


def prepare(raw: Mapping[str, str], settings: AppSettings) -> None:
    """Bring the database up to date, and make the key file where there is none."""
    migrate(raw, settings)
    if not settings.secret_keys.exists():
        make_key_file(settings.secret_keys)
        click.echo(f"Made {settings.secret_keys}: keep it safe, without it no stored secret opens.")


def migrate(raw: Mapping[str, str], settings: AppSettings) -> None:
    """Bring the database up to date, the core's tables and then the plugins' own. Raises SettingsError
    for one of a newer version."""
    engine = make_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            _refuse_newer(connection)
        if needs_migration(settings):
            # It takes a quarter of a second to import, and most starts have nothing for it to do.
            from core.db.migrate import upgrade

            upgrade(engine)
            queue.prepare(engine)
        _migrate_plugins({**raw, **settings.as_ini()}, engine)
    finally:
        engine.dispose()


def _migrate_plugins(raw: Mapping[str, str], engine: Engine) -> None:
    # Here, because it brings the library that counts: see core.plugin_host.
    from core.plugin_host.loading import with_tables
    from core.plugin_host.tables import migrations_of, version_table

    for plugin in with_tables(raw):
        folder = migrations_of(plugin)
        assert folder
        history = (folder, version_table(plugin.id))
        with engine.connect() as connection:
            waits = behind(connection, *history)
        if waits:
            from core.db.migrate import History, upgrade

            upgrade(engine, History(*history))
            click.echo(f"{plugin.id}: its tables are up to date.")


def _refuse_newer(connection: Connection) -> None:
    if ahead(connection):
        raise SettingsError(
            "The database was written by a newer version of Dealpay. Nothing was changed: "
            "install that version, or restore a copy from before."
        )


def require_migrated(ini: str, settings: AppSettings) -> None:
    """Raises SettingsError where the database lacks tables of this version."""
    if needs_migration(settings):
        raise SettingsError(f"The database waits for its migrations: run `dealpay upgrade {ini}`.")


def needs_migration(settings: AppSettings) -> bool:
    """Whether the database lacks tables of this version."""
    engine = make_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            return behind(connection) or queue.is_missing(engine)
    finally:
        engine.dispose()

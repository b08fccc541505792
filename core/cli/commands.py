"""The commands of ``dealpay``. Each takes the ini file it works with."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pyramid.paster import get_appsettings

from core.db.engine import make_engine
from core.db.migrate import upgrade as run_migrations
from core.db.sealing import make_key_file
from core.settings import AppSettings, SettingsError, read_settings

_INI = click.argument("ini", default="development.ini", type=click.Path(exists=True, dir_okay=False))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Dealpay: payment links inside a CRM."""


def command(function: Callable[..., None]) -> click.Command:
    """A command that says what is wrong with the settings in one line."""

    def run(**arguments: Any) -> None:
        try:
            function(**arguments)
        except SettingsError as error:
            sys.exit(f"dealpay: {error}")

    run.__doc__ = function.__doc__
    return main.command(name=function.__name__.rstrip("_"))(_INI(run))


def _read(ini: str) -> tuple[dict[str, str], AppSettings]:
    raw = get_appsettings(ini)
    return raw, read_settings(raw)


def prepare(settings: AppSettings) -> None:
    """Make the key file where there is none, and bring the database up to date."""
    if not settings.secret_keys.exists():
        make_key_file(settings.secret_keys)
        click.echo(f"Made {settings.secret_keys}: keep it safe, without it no stored secret opens.")
    engine = make_engine(settings.database_url)
    run_migrations(engine)
    engine.dispose()


@command
def init(ini: str) -> None:
    """Make the key file and the database."""
    prepare(_read(ini)[1])
    click.echo("The database is ready.")


@command
def upgrade(ini: str) -> None:
    """Bring the database to this version."""
    engine = make_engine(_read(ini)[1].database_url)
    run_migrations(engine)
    engine.dispose()
    click.echo("The database is up to date.")


@command
def serve(ini: str) -> None:
    """Serve the app; with the sandbox on, the sandbox beside it."""
    from core.cli.serve import serve as run  # the web stack is needed by this command only

    raw, settings = _read(ini)
    run(ini, raw, settings)


@command
def demo(ini: str) -> None:
    """Put the sandbox back to its start state."""
    from core.cli.serve import reset_demo

    raw, settings = _read(ini)
    prepare(settings)
    reset_demo(raw, settings, Path(ini).resolve().parent / "var")
    click.echo("The demo is back at its start.")


@command
def plugins(ini: str) -> None:
    """List the plugins: their state, and where and why one failed."""
    from core.cli.plugins import show

    sys.exit(show(_read(ini)[0]))

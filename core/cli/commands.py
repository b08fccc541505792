"""The commands of ``dealpay``. Each takes the ini file it works with."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pyramid.exceptions import ConfigurationError
from pyramid.paster import get_appsettings
from sqlalchemy.exc import OperationalError

from core.cli.collector import collector_off
from core.cli.prepare import migrate, prepare
from core.plugin_host.kinds import Kind
from core.settings import AppSettings, SettingsError, read_settings

_INI = click.argument("ini", default="development.ini", type=click.Path(exists=True, dir_okay=False))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Dealpay: payment links inside a CRM."""


def command(function: Callable[..., None]) -> click.Command:
    """A command that says in one line what the operator has to change."""

    def run(**arguments: Any) -> None:
        try:
            function(**arguments)
        except (SettingsError, ConfigurationError) as error:
            # An error at commit comes wrapped in the place it was found.
            sys.exit(f"dealpay: {getattr(error, 'evalue', error)}")
        except OperationalError as error:
            reason = " ".join(str(error.orig).split())
            sys.exit(f"dealpay: the database of dealpay.database_url can't be used: {reason}")
        except OSError as error:
            sys.exit(f"dealpay: {error.filename or 'the system'}: {error.strerror or error}")

    run.__doc__ = function.__doc__
    # Where click keeps the options that stand above the function.
    run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    return main.command(name=function.__name__.rstrip("_").replace("_", "-"))(_INI(run))


def _read(ini: str) -> tuple[dict[str, str], AppSettings]:
    raw = get_appsettings(ini)
    return raw, read_settings(raw)


@command
def init(ini: str) -> None:
    """Make the key file and the database."""
    prepare(*_read(ini))
    click.echo("The database is ready.")


@command
def upgrade(ini: str) -> None:
    """Bring the database to this version."""
    migrate(*_read(ini))
    click.echo("The database is up to date.")


@command
def serve(ini: str) -> None:
    """Serve the app; with the sandbox on, the sandbox beside it."""
    raw, settings = _read(ini)
    # The web stack is needed by this command only.
    with collector_off():
        if settings.web_processes:
            from core.cli.processes import serve as run
        else:
            from core.cli.serve import serve as run
    run(ini, raw, settings)


@command
def worker(ini: str) -> None:
    """Run jobs, beside web processes that don't."""
    with collector_off():
        from core.cli.worker import work

    raw, settings = _read(ini)
    work(ini, raw, settings)


@command
@click.option("--days", default=30, type=click.IntRange(1, 30), help="How many days of events to read.")
@click.option("--tenant", metavar="ID", help="Only this workspace.")
def reconcile(ini: str, days: int, tenant: str | None) -> None:
    """Ask the providers what happened, and mend what is missing here."""
    from core.cli.reconcile import reconcile as run

    raw, settings = _read(ini)
    sys.exit(run(ini, raw, settings, days=days, tenant=tenant))


@command
@click.option("--email", required=True, help="The address that the member signs in with.")
def two_step_off(ini: str, email: str) -> None:
    """Let a member who has lost phone and recovery codes sign in with one step."""
    from core.cli.two_step import switch_off

    switch_off(_read(ini)[0], email)
    click.echo("Two-step sign-in is off. A mail tells them.")


@command
def demo(ini: str) -> None:
    """Put the sandbox back to its start state."""
    from core.cli.serve import reset_demo

    raw, settings = _read(ini)
    reset_demo(raw, settings, Path(ini).resolve().parent / "var")
    click.echo("The demo is back at its start.")


@command
def plugins(ini: str) -> None:
    """List the plugins: their state, and where and why one failed."""
    from core.cli.plugins import show

    sys.exit(show(_read(ini)[0]))


@command
def doctor(ini: str) -> None:
    """Look at everything that has to be right, and say what isn't."""
    from core.cli.doctor import examine

    sys.exit(examine(_read(ini)[0]))


@main.group()
def plugin() -> None:
    """For authors of plugins."""


@plugin.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--ini", type=click.Path(exists=True, dir_okay=False), help="Whose plugins are looked at.")
@click.option("--brief", is_flag=True, help="Only what failed, and the levels.")
def check(ids: tuple[str, ...], ini: str | None, brief: bool) -> None:
    """Check plugins against what their kind promises, and print their level."""
    from core.cli.conformance import check as run

    raw = get_appsettings(ini) if ini else {}
    sys.exit(run(raw, ids, brief=brief))


@plugin.command()
@click.argument("id")
@click.argument("message")
@click.option("--ini", type=click.Path(exists=True, dir_okay=False), help="Whose plugins are looked at.")
def migration(id: str, message: str, ini: str | None) -> None:
    """Write a migration for a plugin's own tables, from what its models say now."""
    from core.cli.scaffold import draft_migration

    file = draft_migration(get_appsettings(ini) if ini else {}, id, message)
    click.echo(f"{file} is written. Read it before you run it.")


@plugin.command()
@click.argument("id")
@click.argument("languages", nargs=-1, required=True, metavar="LANGUAGE...")
@click.option("--ini", type=click.Path(exists=True, dir_okay=False), help="Whose plugins are looked at.")
def texts(id: str, languages: tuple[str, ...], ini: str | None) -> None:
    """Write what a plugin says into its locale/LANGUAGE.po, to be translated there."""
    from core.cli.scaffold import renew_texts

    for file, missing in renew_texts(get_appsettings(ini) if ini else {}, id, languages):
        click.echo(f"{file}: {missing} to translate")


@plugin.command()
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("id")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="The folder to write in.")
@click.option("--distribution", is_flag=True, help="A project of its own, to be installed.")
def new(kind: str, id: str, into: Path | None, distribution: bool) -> None:
    """Write a plugin that works, with a simulator and tests, for you to change."""
    from core.cli.scaffold import write

    folder = write(
        Kind(kind), id, into or Path("." if distribution else "plugins"), distribution=distribution
    )
    click.echo(f"{folder} is written. Its README says what it does; its checks pass:")
    click.echo(f"  pip install -e {folder}" if distribution else f"  dealpay plugin check {id}")

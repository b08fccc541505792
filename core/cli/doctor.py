"""``dealpay doctor``: looks at everything that has to be right, and says of each what it found.

It changes nothing, calls no provider and no CRM, and works beside the running app.
"""

import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text
from sqlalchemy.engine import make_url

from core import main as make_app
from core.app import App
from core.connections import service as connections
from core.db.clock import DatabaseClock
from core.db.session import ALL_TENANTS
from core.home import service as home
from core.mail import service as mail
from core.people import service as people
from core.plugin_host.kinds import Kind
from core.plugin_host.plugin import State
from core.rules import service as rules

_PATIENCE = 5.0  # seconds, for each thing that is asked
_LITTLE = 1_000_000_000  # bytes
_SKEW = 30.0  # seconds
_OVERDUE = 300.0  # seconds


class Verdict(StrEnum):
    """What to think of it: ``warn`` works today, ``FAIL`` doesn't."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is, and a sentence with the cure where it isn't well."""

    verdict: Verdict
    what: str
    says: str


Findings = Iterator[Finding]


def examine(raw: Mapping[str, str]) -> int:
    """Print what each look finds; the exit code, 1 where something failed."""
    wsgi: Any = make_app({}, **raw)
    app: App = wsgi.registry.app
    figures = _figures(wsgi)
    looks: list[tuple[str, Callable[[], Findings]]] = [
        ("address", lambda: _address(app)),
        ("database", lambda: _database(app, wsgi.registry.checks)),
        ("disk", lambda: _disk(app)),
        ("secrets", lambda: _secrets(app)),
        ("plugins", lambda: _plugins(app)),
        ("accounts", lambda: _accounts(app, figures)),
        ("work", lambda: _work(app, wsgi.registry.checks, figures)),
        ("mail", lambda: _mail(app)),
        ("figures", lambda: _metrics(app)),
    ]
    try:
        found = [finding for what, look in looks for finding in _found(what, look)]
    finally:
        app.db.engine.dispose()
        app.plugins.close()
    width = max(len(finding.what) for finding in found)
    for finding in found:
        click.echo(f"{finding.verdict:<4}  {finding.what:<{width}}  {finding.says}")
    ok, warned, failed = (sum(one.verdict is verdict for one in found) for verdict in Verdict)
    click.echo(f"{ok} ok, {warned} to look at, {failed} failed.")
    return int(failed > 0)


def _found(what: str, look: Callable[[], Findings]) -> Findings:
    """Whatever else goes wrong with a look is a finding too, and the others are made."""
    try:
        yield from look()
    except Exception as error:
        yield Finding(Verdict.FAIL, what, f"It can't be looked at: {type(error).__name__}.")


def _address(app: App) -> Findings:
    url = app.settings.public_url
    if not app.settings.secure and not app.settings.sandbox:
        said = f"{url} isn't https: sign-in and live accounts don't work. Set dealpay.public_url."
        yield Finding(Verdict.FAIL, "address", said)
    if problem := home.problem_with_address(app, _PATIENCE):
        yield Finding(Verdict.WARN, "address", problem)
    else:
        yield Finding(Verdict.OK, "address", f"{url} answers.")


def _database(app: App, checks: Mapping[str, Any]) -> Findings:
    said = checks["migrations"].look(app)
    url = make_url(app.settings.database_url).render_as_string(hide_password=True)
    if said != "ok":
        yield Finding(Verdict.FAIL, "database", f"{url} {said}.")
        return
    yield Finding(Verdict.OK, "database", f"{url} answers, and has the tables of this version.")
    clock = app.db.clock
    skew = clock.offset.total_seconds() if isinstance(clock, DatabaseClock) else 0.0
    if abs(skew) > _SKEW:
        said = f"This host's clock is {skew:+.0f} seconds off the database's: set it by NTP."
        yield Finding(Verdict.WARN, "clock", said)
    if app.db.engine.dialect.name == "postgresql":
        with app.db.engine.connect() as connection:
            used, most = connection.execute(
                text(
                    "select (select count(*) from pg_stat_activity), "
                    "current_setting('max_connections')::int"
                )
            ).one()
        if used > 0.8 * most:
            said = (
                f"{used} of {most} connections are in use: raise max_connections, or run fewer threads."
            )
            yield Finding(Verdict.WARN, "database", said)


def _disk(app: App) -> Findings:
    here = app.db.engine.dialect.name == "sqlite"
    place = Path(make_url(app.settings.database_url).database or "").parent if here else Path.cwd()
    free = shutil.disk_usage(place).free
    where = "where the database is" if here else "on this host"
    verdict = Verdict.OK if free > _LITTLE else Verdict.WARN
    yield Finding(verdict, "disk", f"{free / 1e9:.1f} GB are free {where}.")


def _secrets(app: App) -> Findings:
    file = app.settings.secret_keys
    if (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
        said = f"{file} can be read by others than its owner ({mode:o}): chmod 600."
        yield Finding(Verdict.WARN, "secrets", said)
    counts = {
        "connections": connections.open_all(app),
        "rules with secrets": rules.open_all(app),
        "authenticator apps": people.open_all(app),
    }
    for what, (opened, closed) in counts.items():
        if closed:
            said = (
                f"{closed} of {opened + closed} {what} can't be opened with the keys in {file}: "
                "put the keys back that sealed them, or have them set up again."
            )
            yield Finding(Verdict.FAIL, "secrets", said)
    if not any(closed for _, closed in counts.values()):
        found = ", ".join(f"{opened} {what}" for what, (opened, _) in counts.items() if opened)
        yield Finding(Verdict.OK, "secrets", f"{file} opens what was sealed ({found or 'nothing yet'}).")


def _plugins(app: App) -> Findings:
    users = home.workspaces_using(app)
    rows = app.plugins.report()
    for row in rows:
        used = sum(users.pop((kind, id), 0) for kind in map(Kind, row.kinds) for id in row.provides)
        if row.state is State.FAILED:
            yield Finding(Verdict.FAIL, "plugins", f"{row.id} failed at {row.stage}: {row.reason}")
        elif row.state is State.DISABLED and used:
            said = f"{row.id} is in dealpay.disabled_plugins, and {used} workspaces use it."
            yield Finding(Verdict.WARN, "plugins", said)
        elif row.unmet and row.state is State.ACTIVE:
            said = f"{row.id} is of no use: nothing offers {', '.join(row.unmet)}."
            yield Finding(Verdict.WARN, "plugins", said)
    for (kind, id), count in sorted(users.items()):
        said = (
            f"{count} workspaces use the {kind.words} {id}, which no plugin provides: install it again."
        )
        yield Finding(Verdict.FAIL, "plugins", said)
    active = [row.id for row in rows if row.state is State.ACTIVE]
    yield Finding(Verdict.OK, "plugins", f"{len(active)} are active: {', '.join(active)}.")


def _accounts(app: App, figures: list[Any]) -> Findings:
    states = _samples(figures, "dealpay_accounts")
    for labels, count in states:
        if labels["health"] not in ("ok", "unknown"):
            said = (
                f"{count:.0f} accounts at {labels['provider']} are {labels['health']}: see their pages."
            )
            yield Finding(Verdict.WARN, "accounts", said)
    unsigned = connections.count_without_secret(app)
    if unsigned:
        said = (
            f"{unsigned} active accounts have no signing secret: their payments are found by asking "
            "only. Their pages say how to set the webhook up."
        )
        yield Finding(Verdict.WARN, "accounts", said)
    yield Finding(Verdict.OK, "accounts", f"{sum(count for _, count in states):.0f} are active.")


def _work(app: App, checks: Mapping[str, Any], figures: list[Any]) -> Findings:
    said = checks["workers"].look(app)
    if said == "ok":
        yield Finding(Verdict.OK, "work", "A worker runs.")
    else:
        yield Finding(Verdict.FAIL, "work", f"{said[0].upper()}{said[1:]}.")
    for labels, seconds in _samples(figures, "dealpay_work_overdue_seconds"):
        if seconds > _OVERDUE:
            said = f"The oldest of {labels['kind']} that is due waits for {seconds / 60:.0f} minutes."
            yield Finding(Verdict.WARN, "work", said)
    for labels, failed in _samples(figures, "dealpay_periodic_failed"):
        if failed:
            said = f"{labels['task']} ended with an error the last time: the log says which."
            yield Finding(Verdict.WARN, "work", said)


def _mail(app: App) -> Findings:
    shown = make_url(app.settings.mail_url).render_as_string(hide_password=True)
    if problem := mail.problem_with_server(app.settings.mail_url, _PATIENCE):
        yield Finding(Verdict.FAIL, "mail", f"{shown}: {problem}")
    else:
        yield Finding(Verdict.OK, "mail", f"{shown} lets us in.")
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        given_up = mail.count_undelivered(session, app.clock() - timedelta(days=7))
    if given_up:
        yield Finding(
            Verdict.WARN,
            "mail",
            f"{given_up} mails of the last 7 days could not be delivered: Manage users of their "
            "workspaces says which, and why.",
        )


def _metrics(app: App) -> Findings:
    if app.settings.metrics_token:
        yield Finding(Verdict.OK, "figures", "/metrics has a token.")
    elif not app.settings.sandbox:
        said = "Nobody watches: set dealpay.metrics_token, and see docs/operate.md for what to watch."
        yield Finding(Verdict.WARN, "figures", said)


def _figures(wsgi: Any) -> list[Any]:
    """What /metrics reads from the rows; nothing where the database doesn't answer."""
    return list(wsgi.registry.figures.collect())


def _samples(figures: list[Any], name: str) -> list[tuple[dict[str, str], float]]:
    return [
        (sample.labels, sample.value)
        for metric in figures
        for sample in metric.samples
        if sample.name == name
    ]

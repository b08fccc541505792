"""``dealpay reconcile``: asks the providers what happened, mends what is missing here, and says so.

It works beside the running app: a delivery is run by one of the two, and a link's ledger is written by
one at a time. What follows a payment (notes, stages) is left to the workers, in order as ever.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import click
from sqlalchemy import func, select

from core import main as make_app
from core.api.errors import DealpayError, Rejected
from core.app import App
from core.cli.prepare import needs_migration
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.db.session import ALL_TENANTS
from core.inbox import service as inbox
from core.jobs.figures import silence_allowed
from core.jobs.models import JobWorker, is_state
from core.links import service as links
from core.settings import AppSettings, SettingsError
from core.tenants import service as tenants

_THREADS = 4
#: Pages of a reading: it ends with the last one, however many there are.
_PAGES = 100_000
#: So many links in a row without an answer, and the rest of the account is not asked about.
_DOWN = 5


class Report:
    """What is printed, and whether all could be checked."""

    def __init__(self) -> None:
        self.problems = self.mended = 0

    def say(self, line: str, level: int = 0) -> None:
        click.echo("  " * level + line)

    def news(self, line: str) -> None:
        self.mended += 1
        self.say(line, 3)

    def problem(self, line: str) -> None:
        self.problems += 1
        self.say(line, 3)


def reconcile(
    ini: str, raw: Mapping[str, str], settings: AppSettings, *, days: int, tenant: str | None
) -> int:
    """Read ``days`` of events and ask about every link that waits; the exit code.

    0: all is in order, or was mended. 1: something could not be checked. Raises SettingsError for an
    unknown ``tenant``.
    """
    if needs_migration(settings):
        raise SettingsError(f"The database waits for its migrations: run `dealpay upgrade {ini}`.")
    wsgi: Any = make_app({}, **raw)
    app: App = wsgi.registry.app
    try:
        return _reconcile(app, days, tenant)
    finally:
        app.db.engine.dispose()
        app.plugins.close()


def _reconcile(app: App, days: int, tenant: str | None) -> int:
    workspaces = [one for one in tenants.workspaces(app) if tenant in (None, one[0])]
    if tenant and not workspaces:
        raise SettingsError(f"There is no workspace with the id {tenant}.")
    report = Report()
    for tenant_id, name in workspaces:
        report.say(f"{name} ({tenant_id})")
        with app.db.unit_of_work(tenant_id, read_only=True) as session:
            accounts = connections.list_accounts(session)
        if not accounts:
            report.say("no connected account", 1)
        for account in accounts:
            _account(app, account, days, report)
    _sum_up(app, report)
    return int(report.problems > 0)


def _account(app: App, account: PaymentAccount, days: int, report: Report) -> None:
    report.say(f"{account.label} ({account.id}, {account.provider}, {account.mode})", 1)
    _links(app, account, report)
    _events(app, account, days, report)


def _events(app: App, account: PaymentAccount, days: int, report: Report) -> None:
    """Read them, store what is new, and apply all that waits, so that the answer is here at once."""
    began = app.clock()
    back_to = began - timedelta(days=days)
    entry = app.plugins.payment_providers.get(account.provider)
    problem = None
    try:
        if entry is None or "list_events" not in entry.capabilities:
            told = "the provider tells no past events"
        else:
            read = inbox.sweep_account(app, account.tenant_id, account.id, back_to=back_to, pages=_PAGES)
            told = f"{read.seen} seen, {read.new} new"
    except DealpayError as error:
        told, problem = "not read to the end", connections.reason_of(error)
    applied = inbox.apply_found(app, account.tenant_id, account.id)
    report.say(f"events: {told}, {applied.done} applied", 2)
    if problem:
        report.problem(f"events could not be read: {problem}")
    for delivery_id, reason in applied.problems:
        report.problem(f"{delivery_id} is not applied: {reason}")
    for link_id, state, sentences in links.news_since(app, account.tenant_id, account.id, began):
        report.news(f"{link_id} {state}: {sentences}")


def _links(app: App, account: PaymentAccount, report: Report) -> None:
    """Ask about each that waits; what changed, with its state before and after."""
    ids = links.waiting(app, account.tenant_id, account.id)
    silent: list[str] = []

    def ask(link_id: str) -> links.Checked | str | None:
        if len(silent) >= _DOWN:
            return None
        try:
            checked = links.recheck(app, account.tenant_id, link_id)
        except Rejected as error:
            return error.user_message
        except DealpayError as error:
            silent.append(link_id)
            return str(error)
        silent.clear()
        return checked

    with ThreadPoolExecutor(_THREADS) as pool:
        answers = dict(zip(ids, pool.map(ask, ids), strict=True))
    found = [one for one in answers.values() if isinstance(one, links.Checked)]
    changed = [one for one in found if one.changed]
    report.say(f"links: {len(ids)} waited, {len(found)} checked, {len(changed)} changed", 2)
    for one in changed:
        report.news(f"{one.link_id} {one.before} -> {one.after}: {links.in_words(one.news)}")
    for link_id, answer in answers.items():
        if isinstance(answer, str):
            report.problem(f"{link_id} could not be checked: {answer}")
    if left := sum(answer is None for answer in answers.values()):
        report.problem(f"{left} more were not asked about: the provider doesn't answer")


def _sum_up(app: App, report: Report) -> None:
    result = f"{report.mended} mended" if report.mended else "in order"
    if report.problems:
        result = f"{result if report.mended else 'nothing to mend'}, "
        result += f"{report.problems} could not be checked"
    report.say(f"Result: {result}.")
    waits, workers = _work(app)
    if waits:
        who = f"{workers} running" if workers else "none runs: start one, or the app"
        report.say(f"Work that follows from it and waits for a worker: {waits} (workers: {who}).")


def _work(app: App) -> tuple[int, int]:
    """How many rows are due, and how many workers have shown themselves lately."""
    now = app.clock()
    seen = select(func.count(JobWorker.id)).where(JobWorker.seen_at > now - silence_allowed(app))
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        waits = [
            session.scalar(
                select(func.count(kind.model.id)).where(
                    is_state(kind.model, "pending"), kind.model.due_at <= now
                )
            )
            for kind in app.jobs.kinds.values()
        ]
        return sum(one or 0 for one in waits), session.scalar(seen) or 0

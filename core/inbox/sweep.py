"""Asking providers for events that no webhook brought, and storing them as if one had.

Each account has its own time at which it is due: an hour after the last reading while its webhooks
work, five minutes after one that found something new. With 10,000 accounts that is 2.8 readings a
second, or 833 in each run; at a quarter of a second a reading, four threads need 52 of the 60 seconds
that a run has, each 300 seconds. After an outage all are due at once: the run goes on where it was,
and each has been read within an hour.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.api.errors import CredentialsError, DealpayError, NotSent, Rejected
from core.api.text import _
from core.app import App
from core.connections import service as connections
from core.connections.service import AccountRef, PaymentAccount
from core.inbox.found import store_found

EVERY = 300.0  # seconds
_SECONDS = 60.0
_PAGES = 50

#: Providers remember their events for so long (Stripe: 30 days).
BACK = timedelta(days=30)
#: An event may be told later than it happened, and the provider's clock may differ from ours.
OVERLAP = timedelta(hours=1)

_WORKING, _SOMETHING_LOST, _INACTIVE = timedelta(hours=1), timedelta(minutes=5), timedelta(hours=6)
_SILENT, _REFUSED = timedelta(minutes=15), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many events an account told, and how many of them no webhook had brought."""

    account_id: str
    seen: int
    new: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reading is: it began at ``until`` and goes back to ``since``, page by page."""

    since: datetime
    until: datetime
    page: str | None = None

    def dump(self) -> dict[str, Any]:
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "page": self.page}

    @classmethod
    def load(cls, rest: dict[str, Any]) -> "Place":
        since, until = (datetime.fromisoformat(rest[name]) for name in ("since", "until"))
        return cls(since, until, rest["page"])


def sweep(app: App) -> str | None:
    """Read the events of the accounts that are due; what came of it, None where none was due."""
    due = connections.accounts_to_sweep(app)
    found = connections.go_round(due, lambda account, _: _visit(app, account), _SECONDS)
    read = [one for one in found.results if one]
    if not read and not found.failed:
        return None
    seen, new = sum(one.seen for one in read), sum(one.new for one in read)
    return f"Read {seen} events of {len(read)} accounts, of which {new} were new.{found.failures}"


def _visit(app: App, account: AccountRef) -> Swept | None:
    if not connections.begin_sweep(app, account.tenant_id, account.id):
        return None
    return sweep_account(app, account.tenant_id, account.id)


def sweep_account(
    app: App,
    tenant_id: str,
    account_id: str,
    *,
    back_to: datetime | None = None,
    pages: int = _PAGES,
) -> Swept:
    """Store the events of an account that aren't stored yet, from where the last reading ended.

    ``back_to`` goes further back than that. What ``pages`` cut short goes on next time; only when
    all have been read, the account remembers that they were. Raises a DealpayError, which the
    account remembers too. Calls out.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        account = connections.get_account(session, account_id)
    if account is None:
        raise connections.NotConnected(_("This payment account isn't connected any more."))
    at, seen, new = _whence(app, account, back_to), 0, 0
    try:
        port = connections.payment_port(app, tenant_id, account_id)
        for _page in range(pages):
            page = port.list_events(at.since, at.page)
            new += store_found(app, tenant_id, account_id, page.items)
            seen += len(page.items)
            at = replace(at, page=page.next)
            if page.next is None:
                break
    except DealpayError as error:
        # Not the account's health: a key that may not read events makes links all the same.
        # A place that the provider doesn't know any more is of no use.
        rest = at.dump() if at.page and not isinstance(error, Rejected) else None
        later = app.clock() + _wait(error)
        problem = connections.reason_of(error)
        connections.sweep_cut_short(
            app, tenant_id, account_id, rest=rest, next_at=later, problem=problem
        )
        raise
    if at.page:
        connections.sweep_cut_short(app, tenant_id, account_id, rest=at.dump(), next_at=app.clock())
    else:
        later = app.clock() + _interval(account, new)
        connections.swept(app, tenant_id, account_id, at.until, later)
    return Swept(account_id, seen, new, complete=at.page is None)


def _whence(app: App, account: PaymentAccount, back_to: datetime | None) -> Place:
    now = app.clock()
    if account.sweep_rest and back_to is None:
        return Place.load(account.sweep_rest)
    since = (account.swept_to or account.created_at) - OVERLAP
    return Place(max(min(since, back_to or since), now - BACK), now)


def _interval(account: PaymentAccount, new: int) -> timedelta:
    every = _INACTIVE if not account.active else _SOMETHING_LOST if new else _WORKING
    # Not all of those that were connected or read at the same moment, once more at the same moment.
    return every * (1 + secrets.randbelow(100) / 1000)


def _wait(error: DealpayError) -> timedelta:
    if isinstance(error, NotSent):
        return max(_SILENT, timedelta(seconds=error.retry_after or 0))
    return _REFUSED if isinstance(error, (Rejected, CredentialsError)) else _SILENT

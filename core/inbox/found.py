"""Events that were found by asking for them: stored as if a webhook had brought them, and applied."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.api.payments import ProviderEvent
from core.app import App
from core.connections import service as connections
from core.inbox import arrivals
from core.inbox.models import WebhookDelivery
from core.jobs.models import is_state

#: Seconds that a worker may take over an event that it has in hand.
_PATIENCE = 20.0


def store_found(app: App, tenant_id: str, account_id: str, events: Iterable[ProviderEvent]) -> int:
    """Store what the provider tells on being asked, as far as it isn't stored yet; how many were new.

    One page of ``events`` at a time: they are written in one transaction.
    """
    page = list({event.event_id: event for event in events}.values())
    try:
        return _store_new(app, tenant_id, account_id, page)
    except IntegrityError:
        # One of them was delivered in between; now it is known.
        return _store_new(app, tenant_id, account_id, page)


def _store_new(app: App, tenant_id: str, account_id: str, events: list[ProviderEvent]) -> int:
    ids = [event.event_id for event in events]
    with app.db.unit_of_work(tenant_id) as session:
        if connections.get_account(session, account_id) is None:
            return 0
        known = set(
            session.scalars(
                select(WebhookDelivery.event_id).where(
                    WebhookDelivery.account_id == account_id, WebhookDelivery.event_id.in_(ids)
                )
            )
        )
        # Oldest first: that is the order in which they are applied.
        new = [event for event in reversed(events) if event.event_id not in known]
        for event in new:
            row = arrivals.values(app, tenant_id, account_id, event, "")
            app.jobs.submit(session, WebhookDelivery(**row, source="sweep"))
    return len(new)


@dataclass(frozen=True, slots=True)
class Applied:
    """How many deliveries were applied or found to be none of ours, what was not, and why not."""

    done: int
    problems: tuple[tuple[str, str], ...]


def apply_found(app: App, tenant_id: str, account_id: str) -> Applied:
    """Apply now whatever of an account waits, oldest first, rather than leave it to a worker.

    A worker may be at it too: a row is one's or the other's. Calls out.
    """
    mine = WebhookDelivery.account_id == account_id
    waits = select(WebhookDelivery.id).where(mine, is_state(WebhookDelivery, "pending"))
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        ids = list(session.scalars(waits.order_by(WebhookDelivery.id)))
    done, problems = 0, []
    for delivery_id in ids:
        row = _applied(app, tenant_id, delivery_id)
        if row.job_state in ("done", "skipped"):
            done += 1
        elif row.job_state == "running":
            problems.append((row.id, "A worker is applying it."))
        else:
            problems.append((row.id, row.result or row.last_error or "It waits for its turn."))
    return Applied(done, tuple(problems))


def _applied(app: App, tenant_id: str, delivery_id: str) -> WebhookDelivery:
    """The delivery once it was tried, here or by a worker that has it or the one before it."""
    until = time.monotonic() + _PATIENCE
    while True:
        tried = app.jobs.run(app, WebhookDelivery.__tablename__, delivery_id, now=True)
        with app.db.unit_of_work(tenant_id, read_only=True) as session:
            row = session.get_one(WebhookDelivery, delivery_id)
        elsewhere = tried is None and row.job_state in ("pending", "running")
        if not elsewhere or time.monotonic() > until:
            return row
        time.sleep(0.2)

"""Finding deliveries again: the page of all, those of an account, and one with its log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from core.app import App
from core.inbox.models import DeliveryEntry, WebhookDelivery
from core.jobs.models import is_state

#: As people are told it. ``waiting`` is for its next try, ``received`` is in line for its first.
DeliveryState = Literal["received", "running", "waiting", "processed", "ignored", "failed"]

#: More than these aren't counted: a page says "more than".
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What a list of deliveries is narrowed to; ``type`` is how the event's type begins."""

    state: DeliveryState | None = None
    account_id: str | None = None
    type: str = ""
    link_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of deliveries, newest first; ``next`` is the cursor of the page after it."""

    deliveries: list[WebhookDelivery]
    next: str | None


def state_of(delivery: WebhookDelivery, now: datetime) -> DeliveryState:
    """How far a delivery is."""
    match delivery.job_state:
        case "pending":
            return "waiting" if delivery.due_at > now else "received"
        case "done":
            return "processed"
        case "skipped":
            return "ignored"
        case state:
            return state


def in_state(state: DeliveryState, now: datetime) -> ColumnElement[bool]:
    """The same as a condition."""
    match state:
        case "received":
            return is_state(WebhookDelivery, "pending") & (WebhookDelivery.due_at <= now)
        case "waiting":
            return is_state(WebhookDelivery, "pending") & (WebhookDelivery.due_at > now)
        case "processed":
            return is_state(WebhookDelivery, "done")
        case "ignored":
            return is_state(WebhookDelivery, "skipped")
        case other:
            return is_state(WebhookDelivery, other)


def stuck(narrow: DeliveryFilter, now: datetime) -> ColumnElement[bool]:
    """What another turn may help: given up, or waiting for its next try. Any state in ``narrow``."""
    return and_(or_(in_state("failed", now), in_state("waiting", now)), *_narrowed(narrow))


def list_deliveries(
    session: Session,
    narrow: DeliveryFilter,
    now: datetime,
    *,
    before: str | None = None,
    size: int = 50,
) -> DeliveryPage:
    """The workspace's deliveries without their bodies, newest first, from ``before`` on."""
    query = _newest().where(*_narrowed(narrow)).limit(size + 1)
    if before:
        query = query.where(WebhookDelivery.id < before)
    if narrow.state:
        query = query.where(in_state(narrow.state, now))
    found = list(session.scalars(query))
    more = len(found) > size
    return DeliveryPage(found[:size], found[size - 1].id if more else None)


def count_stuck(session: Session, narrow: DeliveryFilter, now: datetime) -> int:
    """How many of ``stuck`` there are; beyond MOST_COUNTED one more than that."""
    some = select(WebhookDelivery.id).where(stuck(narrow, now)).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def get_delivery(session: Session, delivery_id: str) -> WebhookDelivery | None:
    """One delivery of the workspace, with its body."""
    return session.get(WebhookDelivery, delivery_id)


def entries_of(session: Session, delivery_id: str) -> list[DeliveryEntry]:
    """What was done about a delivery, newest first."""
    query = select(DeliveryEntry).where(DeliveryEntry.delivery_id == delivery_id)
    return list(session.scalars(query.order_by(DeliveryEntry.id.desc())))


def deliveries(app: App, tenant_id: str, account_id: str, limit: int = 5) -> list[WebhookDelivery]:
    """The newest deliveries of an account, without their bodies."""
    query = _newest().where(WebhookDelivery.account_id == account_id).limit(limit)
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        return list(session.scalars(query))


def _newest() -> Any:
    return (
        select(WebhookDelivery).options(defer(WebhookDelivery.body)).order_by(WebhookDelivery.id.desc())
    )


def _narrowed(narrow: DeliveryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if narrow.account_id:
        conditions.append(WebhookDelivery.account_id == narrow.account_id)
    if narrow.type:
        conditions.append(WebhookDelivery.type.startswith(narrow.type, autoescape=True))
    if narrow.link_id:
        conditions.append(WebhookDelivery.link_id == narrow.link_id)
    return conditions

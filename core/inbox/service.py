"""Receiving webhooks: signature first, stored once, decided later. The one door for other domains."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.api.errors import InvalidSignature, Unsupported
from core.api.payments import Delivery, ProviderEvent
from core.app import App
from core.connections import service as connections
from core.db.faultpoints import reached
from core.inbox.models import WebhookDelivery
from core.inbox.queries import (
    MOST_COUNTED,
    DeliveryFilter,
    DeliveryPage,
    DeliveryState,
    count_stuck,
    deliveries,
    entries_of,
    get_delivery,
    list_deliveries,
    state_of,
)
from core.inbox.reprocess import (
    MOST_AT_ONCE,
    is_reprocessable,
    reprocess,
    reprocess_stuck,
    take_up,
)
from core.inbox.silence import refused_lately, silent
from core.jobs.models import RECORD_KEY

EVENT = TypeAdapter(ProviderEvent)

Answer = Literal["stored", "refused", "unknown", "later"]


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a delivery: ``unknown`` is a 404, ``refused`` a 400, ``stored`` a 200.

    ``later`` is a 503: nobody here can verify it now, and the provider is to send it again.
    """

    answer: Answer
    events: int = 0


def receive(app: App, provider: str, token: str, body: bytes, headers: Mapping[str, str]) -> Received:
    """Verify a delivery and store each event it brings, once; a job applies them.

    What isn't verified leaves a counter and its reason on the account, and nothing else. An inactive
    account's events are stored and applied all the same: the money has moved.
    """
    reached("event.arrived")
    account = connections.account_of_webhook(app, provider, token)
    if account is None:
        return Received("unknown")
    try:
        port, secrets = connections.webhook_port(app, account)
    except Unsupported:
        return Received("later")  # the provider's plugin is switched off or failed
    delivery = Delivery(
        body=body,
        headers={name.lower(): value for name, value in headers.items()},
        secrets=secrets,
        received_at=app.clock(),
    )
    try:
        if not secrets:
            raise InvalidSignature("the account has no signing secret yet")
        events = port.parse_webhook(delivery)
    except InvalidSignature as error:
        connections.count_refused(app, account, str(error))
        return Received("refused")
    reached("event.verified")
    for event in events:
        _store(app, account.tenant_id, account.id, event, body)
    return Received("stored", len(events))


def _store(app: App, tenant_id: str, account_id: str, event: ProviderEvent, body: bytes) -> None:
    row = _row(app, tenant_id, account_id, event, body.decode("utf-8", "replace"))
    try:
        with app.db.unit_of_work(tenant_id) as session:
            connections.saw_event(session, account_id, app)
            app.jobs.submit(session, row)
            reached("event.written")
    except IntegrityError:
        # Delivered before: it is stored, and applied or in line for it.
        return
    reached("event.stored")


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
            row = _row(app, tenant_id, account_id, event, "")
            row.source = "sweep"
            app.jobs.submit(session, row)
    return len(new)


def _row(app: App, tenant_id: str, account_id: str, event: ProviderEvent, body: str) -> WebhookDelivery:
    # Events about one link or payment are applied one after the other; others needn't wait for each
    # other, and never for another account's: two workspaces may have connected the same one.
    about = event.link_ref or event.intent_ref or event.event_id
    row = WebhookDelivery(
        tenant_id=tenant_id,
        record_key=f"{account_id} {about}"[:RECORD_KEY],
        account_id=account_id,
        event_id=event.event_id,
        type=event.type,
        event=EVENT.dump_python(event, mode="json"),
        body=body.replace("\0", "\N{REPLACEMENT CHARACTER}"),  # which PostgreSQL can't store
    )
    if event.ignored:
        row.job_state, row.result, row.finished_at = "skipped", event.ignored, app.clock()
    return row


__all__ = [
    "EVENT",
    "MOST_AT_ONCE",
    "MOST_COUNTED",
    "DeliveryFilter",
    "DeliveryPage",
    "DeliveryState",
    "Received",
    "count_stuck",
    "deliveries",
    "entries_of",
    "get_delivery",
    "is_reprocessable",
    "list_deliveries",
    "receive",
    "refused_lately",
    "reprocess",
    "reprocess_stuck",
    "silent",
    "state_of",
    "store_found",
    "take_up",
]

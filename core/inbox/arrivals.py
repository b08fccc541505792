"""Verified events on their way into the table of deliveries: each is written once, and quickly."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from core.api.payments import ProviderEvent
from core.app import App
from core.connections import service as connections
from core.connections.service import Receiver
from core.db.base import new_id
from core.db.faultpoints import reached
from core.inbox.models import WebhookDelivery
from core.jobs.models import RECORD_KEY

EVENT = TypeAdapter(ProviderEvent)

_KEY = ("account_id", "event_id")


def store(app: App, receiver: Receiver, events: Sequence[ProviderEvent], body: bytes) -> None:
    """Write the events of a delivery, as far as they aren't there yet.

    The account is known by its token and the rows are bound to its tenant here, so this needs no
    session; a provider sends more deliveries than people open pages.
    """
    text = body.decode("utf-8", "replace")
    for event in events:
        row = values(app, receiver.tenant_id, receiver.account_id, event, text)
        app.jobs.submit_once(WebhookDelivery, _KEY, row)
        reached("event.written")
    reached("event.stored")
    connections.saw_event(app, receiver.tenant_id, receiver.account_id)


def values(app: App, tenant_id: str, account_id: str, event: ProviderEvent, body: str) -> dict[str, Any]:
    """The columns of an event's row."""
    # Events about one link or payment are applied one after the other; others needn't wait for each
    # other, and never for another account's: two workspaces may have connected the same one.
    about = event.link_ref or event.intent_ref or event.event_id
    row = {
        "id": new_id(WebhookDelivery.id_prefix),
        "tenant_id": tenant_id,
        "record_key": f"{account_id} {about}"[:RECORD_KEY],
        "account_id": account_id,
        "event_id": event.event_id,
        "type": event.type,
        "event": EVENT.dump_python(event, mode="json"),
        "body": body.replace("\0", "\N{REPLACEMENT CHARACTER}"),  # which PostgreSQL can't store
    }
    if event.ignored:
        row |= {"job_state": "skipped", "result": event.ignored, "finished_at": app.clock()}
    return row

"""Deliveries as tests make them: of paid links, refused ones, and while the provider is down."""

from typing import Any

from core.inbox.models import WebhookDelivery
from tests.workspace import Workspace


def paid(workspace: Workspace, *args: Any) -> str:
    """The id of the delivery about a link that was just paid; it isn't applied yet."""
    workspace.pay(workspace.open_link(*args))
    workspace.deliver()
    return str(workspace.deliveries()[-1].id)


def delivery(workspace: Workspace, delivery_id: str) -> WebhookDelivery:
    (found,) = workspace.rows(WebhookDelivery, WebhookDelivery.id == delivery_id)
    assert isinstance(found, WebhookDelivery)
    return found


def copied(one: WebhookDelivery, id: str) -> WebhookDelivery:
    columns = {c.key: getattr(one, c.key) for c in WebhookDelivery.__mapper__.column_attrs}
    return WebhookDelivery(**{**columns, "id": id, "event_id": id, "record_key": id})


def down(workspace: Workspace) -> None:
    workspace.sims.stripe.faults.add("unavailable", times=None)


def up(workspace: Workspace) -> None:
    workspace.sims.stripe.faults.clear()


def refuse(workspace: Workspace) -> None:
    assert workspace.send(b"{}", {"Stripe-Signature": "t=1,v1=" + "0" * 64}) == 400

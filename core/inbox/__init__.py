"""Webhook deliveries from payment providers."""

from typing import Any

from core.inbox.models import WebhookDelivery
from core.inbox.tasks import apply_delivery


def includeme(config: Any) -> None:
    """The route that providers deliver to, and what is done with a delivery."""
    config.add_route("webhook", "/webhooks/{provider}/{token}")
    config.registry.app.jobs.register(WebhookDelivery, apply_delivery)
    config.scan("core.inbox.views")

"""Webhook deliveries from payment providers."""

from typing import Any

from core.inbox import figures
from core.inbox.models import WebhookDelivery
from core.inbox.reprocess import take_up
from core.inbox.sweep import EVERY
from core.inbox.sweep import sweep as read_events
from core.inbox.tasks import apply_delivery, clean_up


def includeme(config: Any) -> None:
    """The route that providers deliver to, what is done with a delivery, and the pages about them."""
    config.add_route("webhook", "/webhooks/{provider}/{token}")
    config.add_route("deliveries", "/deliveries")
    config.add_route("deliveries_reprocess", "/deliveries/reprocess")
    config.add_route("delivery", "/deliveries/{id}")
    config.add_route("delivery_reprocess", "/deliveries/{id}/reprocess")
    config.registry.app.jobs.register(WebhookDelivery, apply_delivery)
    config.registry.app.jobs.periodic("inbox.sweep", EVERY, read_events)
    config.registry.app.jobs.periodic("inbox.clean_up", 3600, clean_up)
    config.registry.app.key_replaced.append(take_up)
    config.add_figures(figures.figures)
    config.scan("core.inbox.views")

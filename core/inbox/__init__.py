"""Webhook deliveries from payment providers."""

from typing import Any

from core.inbox.figures import figures
from core.inbox.models import WebhookDelivery
from core.inbox.sweep import EVERY, sweep
from core.inbox.tasks import apply_delivery


def includeme(config: Any) -> None:
    """Where providers deliver to, what is done with a delivery, and the search for lost ones."""
    config.add_route("webhook", "/webhooks/{provider}/{token}")
    config.registry.app.jobs.register(WebhookDelivery, apply_delivery)
    config.registry.app.jobs.periodic("inbox.sweep", EVERY, sweep)
    config.add_figures(figures)
    config.scan("core.inbox.views")

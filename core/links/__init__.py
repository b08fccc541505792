"""Payment links and their ledger."""

from typing import Any

from core.links.models import PaymentLink
from core.links.tasks import make_link


def includeme(config: Any) -> None:
    """What finishes a link whose making was cut short."""
    config.registry.app.jobs.register(PaymentLink, make_link)

"""What happened at Stripe while nobody listened; it remembers 30 days (Stripe API: List events)."""

from datetime import datetime

from core.api.payments import EventPage, Mode
from plugins.stripe_provider import webhook
from plugins.stripe_provider.client import Api

PAGE_SIZE = 100


def list_page(api: Api, mode: Mode, since: datetime, page: str | None) -> EventPage:
    """A page of the events that webhooks bring, read as those are. One request.

    What can't be read as an event is left out: nothing could be said about it.
    """
    answer = api.read(
        api.v1.events.list,
        {
            "types": list(webhook.EVENT_TYPES),
            "created": {"gte": int(since.timestamp())},
            "limit": PAGE_SIZE,
            "starting_after": page,
        },
    )
    found = [webhook.translate(event, mode) for event in answer["data"] if webhook.is_event(event)]
    return EventPage(tuple(found), answer["data"][-1]["id"] if answer["has_more"] else None)

"""Our webhook endpoint at Stripe."""

from typing import Any

from core.api.payments import WebhookInfo
from plugins.stripe_provider.client import API_VERSION, Api
from plugins.stripe_provider.webhook import EVENT_TYPES


def ensure(api: Api, url: str, idempotency_key: str | None) -> WebhookInfo:
    """The endpoint for ``url``, listening to our events; Stripe tells its secret once only.

    An endpoint that someone made by hand for our address is ours as well: with a second one, every
    event would come twice.
    """
    service = api.v1.webhook_endpoints
    for found in api.pages(service.list, {}):
        if found["url"] == url:
            _listening(api, found)
            return WebhookInfo(ref=found["id"], secret=None, created=False)
    made = api.write(
        service.create,
        {
            "url": url,
            "enabled_events": list(EVENT_TYPES),
            # Fixed for good here: without it, the shape of events would be the account's choice.
            "api_version": API_VERSION,
            "description": "Dealpay: what happens to payment links",
            "metadata": {"dealpay": "1"},
        },
        idempotency_key=idempotency_key,
    )
    return WebhookInfo(ref=made["id"], secret=made["secret"], created=True)


def _listening(api: Api, found: dict[str, Any]) -> None:
    """Switch an endpoint on and add the events that it misses."""
    events = set(found["enabled_events"])
    complete = "*" in events or events.issuperset(EVENT_TYPES)
    if complete and found["status"] == "enabled":
        return
    changes = {
        "disabled": False,
        "enabled_events": sorted(events if complete else events | {*EVENT_TYPES}),
    }
    api.write(api.v1.webhook_endpoints.update, found["id"], changes)

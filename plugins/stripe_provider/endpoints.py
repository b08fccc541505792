"""Our webhook endpoint at Stripe."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from core.api.errors import DealpayError, Rejected
from core.api.payments import WebhookEndpoint, WebhookInfo
from core.api.text import _
from plugins.stripe_provider.client import API_VERSION, Api
from plugins.stripe_provider.mapping import utc
from plugins.stripe_provider.webhook import EVENT_TYPES

MOST = 16
"""Endpoints that Stripe lets an account have in one mode (Stripe docs: Webhooks, limits)."""


def ensure(api: Api, url: str, ref: str | None, idempotency_key: str | None) -> WebhookInfo:
    """Our endpoint for ``url``, listening to our events; Stripe tells its secret once only.

    An endpoint that someone made by hand for our address is ours as well, and so is one that leads to
    where this app was reached before: with a second one, every event would come twice.
    """
    listed = list(api.pages(api.v1.webhook_endpoints.list, {}))
    if found := _ours(listed, url, ref):
        _listening(api, found[0], url)
        return WebhookInfo(ref=found[0]["id"], secret=None, created=False)
    return _make(api, url, idempotency_key, len(listed))


def renew(api: Api, url: str, ref: str | None, idempotency_key: str | None) -> WebhookInfo:
    """A new endpoint in the place of ours: Stripe's API gives an endpoint no second secret.

    The old one goes last, so that no event is lost between the two; where it can't be deleted its events
    come twice, each of them is kept once, and ``every`` shows it.
    """
    listed = list(api.pages(api.v1.webhook_endpoints.list, {}))
    made = _make(api, url, idempotency_key, len(listed))
    for old in _ours(listed, url, ref):
        if old["id"] != made.ref:
            # The secret in ``made`` is told once: nothing may get in its way.
            with suppress(DealpayError):
                api.write(api.v1.webhook_endpoints.delete, old["id"], {})
    return made


def every(api: Api) -> list[WebhookEndpoint]:
    """All endpoints of the account."""
    return [
        WebhookEndpoint(
            ref=one["id"],
            url=one["url"],
            active=one["status"] == "enabled",
            events=None if "*" in one["enabled_events"] else tuple(one["enabled_events"]),
            created_at=utc(one["created"]),
        )
        for one in api.pages(api.v1.webhook_endpoints.list, {})
    ]


def _ours(listed: list[dict[str, Any]], url: str, ref: str | None) -> list[dict[str, Any]]:
    """The endpoints that are ours, the likeliest first; nobody else can know the path of ``url``."""
    path = urlsplit(url).path
    found = [one for one in listed if one["id"] == ref or urlsplit(one["url"]).path == path]
    return sorted(found, key=lambda one: (one["id"] != ref, one["url"] != url))


def _make(api: Api, url: str, idempotency_key: str | None, there: int) -> WebhookInfo:
    try:
        made = api.write(
            api.v1.webhook_endpoints.create,
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
    except Rejected as error:
        # Stripe has no code for it, and may word it in another way tomorrow.
        if there < MOST:
            raise
        raise Rejected(
            "endpoint_limit",
            _(
                "Stripe lets an account have %(most)s webhook endpoints, and this one has %(there)s. "
                "Delete one that nobody uses in Stripe's dashboard, then try again.",
                most=MOST,
                there=there,
            ),
        ) from error
    return WebhookInfo(ref=made["id"], secret=made["secret"], created=True)


def _listening(api: Api, found: dict[str, Any], url: str) -> None:
    """Lead an endpoint to ``url``, switch it on, and add the events that it misses."""
    events = set(found["enabled_events"])
    complete = "*" in events or events.issuperset(EVENT_TYPES)
    if complete and found["status"] == "enabled" and found["url"] == url:
        return
    changes = {
        "url": url,
        "disabled": False,
        "enabled_events": sorted(events if complete else events | {*EVENT_TYPES}),
    }
    api.write(api.v1.webhook_endpoints.update, found["id"], changes)

"""Signed deliveries of events to webhook endpoints.

Stripe docs: every attempt has a fresh timestamp and signature; anything but a 2xx is tried again
(in a sandbox three times over a few hours: here three times within a minute).
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence

from core.testing.deliveries import Deliveries, Outgoing
from plugins.stripe_provider.simulator.account import API_VERSION, Account, Doc, new_id

RETRY_DELAYS = (2.0, 10.0, 30.0)
_KIND = "webhook_endpoint"


def signed(event: Doc, secret: str, timestamp: int | None = None) -> tuple[bytes, dict[str, str]]:
    """The body and headers of one delivery of ``event``, signed at ``timestamp`` (default: now)."""
    body = json.dumps(event, indent=2, ensure_ascii=False).encode()
    return body, signature(body, secret, int(time.time()) if timestamp is None else timestamp)


def signature(body: bytes, secret: str, timestamp: int) -> dict[str, str]:
    """The headers of a delivery (Stripe docs: Verify webhook signatures manually)."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": f"t={timestamp},v1={mac}",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }


class Webhooks:
    """Sends every event to each endpoint that wants it, and keeps a log of the attempts."""

    def __init__(self, deliveries: Deliveries, retry_delays: Sequence[float] = RETRY_DELAYS):
        self.deliveries = deliveries
        self.retry_delays = retry_delays

    def announce(self, account: Account, event: Doc) -> None:
        def wants(endpoint: Doc) -> bool:
            wanted = {"*", event["type"]}.intersection(endpoint["enabled_events"])
            return bool(wanted) and endpoint["status"] == "enabled"

        wanting = account.all(_KIND, wants)
        event = account.put(event | {"pending_webhooks": len(wanting)})
        for endpoint in wanting:
            self.send(account, event, endpoint)

    def send(self, account: Account, event: Doc, endpoint: Doc) -> None:
        """One delivery, with its retries."""
        delivery = {
            "id": new_id("whd_1", 23),
            "event": event["id"],
            "type": event["type"],
            "endpoint": endpoint["id"],
            "url": endpoint["url"],
            "attempts": [],
        }
        account.put(delivery, "delivery")
        rendered = event | {"api_version": endpoint["api_version"] or API_VERSION}
        body = json.dumps(rendered, indent=2, ensure_ascii=False).encode()
        secret = account.get("webhook_secret", endpoint["id"])["secret"]

        def headers() -> Mapping[str, str]:
            return signature(body, secret, account.now())

        def done(status: int) -> None:
            attempts = self._log(account, delivery["id"], status)
            again = attempts <= len(self.retry_delays) and account.find(_KIND, endpoint["id"])
            if again and not accepted(status):
                self.deliveries.send(outgoing, after=self.retry_delays[attempts - 1])

        outgoing = Outgoing(endpoint["url"], body, headers, done)
        self.deliveries.send(outgoing)

    def resend(self, account: Account, delivery_id: str) -> None:
        """Send the event of a delivery once more, as the dashboard's button does."""
        delivery = account.get("delivery", delivery_id)
        endpoint = account.get(_KIND, delivery["endpoint"])
        self.send(account, account.get("event", delivery["event"]), endpoint)

    def _log(self, account: Account, id: str, status: int) -> int:
        with account.store.lock:
            if (delivery := account.find("delivery", id)) is None:
                return len(self.retry_delays) + 1
            delivery["attempts"].append({"at": account.now(), "status": status})
            account.put(delivery, "delivery")
            event = account.find("event", delivery["event"])
            if event and accepted(status):
                account.put(event | {"pending_webhooks": max(0, event["pending_webhooks"] - 1)})
        return len(delivery["attempts"])


def delivered(account: Account, event: Doc) -> bool:
    """Whether every delivery of an event was accepted in the end."""
    return all(
        one["attempts"] and accepted(one["attempts"][-1]["status"])
        for one in account.walk("delivery", event=event["id"])
    )


def accepted(status: int) -> bool:
    """Whether an endpoint took a delivery: 2xx; a redirect is a failure as well."""
    return 200 <= status < 300

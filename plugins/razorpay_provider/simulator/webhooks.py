"""Signed deliveries of events to the webhooks that were added in the dashboard.

Razorpay docs: Webhooks, best practices. Anything but a 2xx is tried again for 24 hours: here three
times within a minute.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from core.testing.deliveries import Deliveries, Outgoing
from core.testing.store import Doc
from plugins.razorpay_provider.simulator.account import Account, new_id
from plugins.razorpay_provider.simulator.errors import Refusal

RETRY_DELAYS = (2.0, 10.0, 30.0)
EVENT_TYPES = (
    "payment_link.paid",
    "payment_link.partially_paid",
    "payment_link.expired",
    "payment_link.cancelled",
    "payment.failed",
    "refund.created",
    "refund.processed",
    "refund.failed",
    "payment.dispute.created",
    "payment.dispute.under_review",
    "payment.dispute.action_required",
    "payment.dispute.won",
    "payment.dispute.lost",
    "payment.dispute.closed",
)


def signed(body: Doc, secret: str, event_id: str = "EvtSandbox0001") -> tuple[bytes, dict[str, str]]:
    """The bytes and headers of one delivery."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return content, signature(content, secret) | {"X-Razorpay-Event-Id": event_id}


def signature(body: bytes, secret: str) -> dict[str, str]:
    """The headers that every delivery of ``body`` has (Razorpay docs: Validate and test webhooks)."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Razorpay-Webhook/v1",
        "X-Razorpay-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


class Webhooks:
    """Sends every event to each webhook that wants it, and keeps a log of the attempts."""

    def __init__(self, deliveries: Deliveries, retry_delays: Sequence[float] = RETRY_DELAYS):
        self.deliveries = deliveries
        self.retry_delays = retry_delays

    def add(self, account: Account, url: str, secret: str, events: Sequence[str]) -> Doc:
        """Raises Refusal for an address or events that Razorpay would not take."""
        if not url.startswith(("https://", "http://")):
            raise Refusal("The URL isn't one. Nothing was added.")
        if not events or not set(events) <= set(EVENT_TYPES):
            raise Refusal("Choose at least one event. Nothing was added.")
        return account.put(
            "webhook", {"id": new_id(), "url": url, "secret": secret, "events": list(events)}
        )

    def announce(self, account: Account, event: Doc) -> None:
        for webhook in account.all("webhook", lambda one: event["body"]["event"] in one["events"]):
            self.send(account, event, webhook)

    def send(self, account: Account, event: Doc, webhook: Doc) -> None:
        """One delivery, with its retries."""
        delivery = {
            "id": new_id(),
            "event": event["id"],
            "type": event["body"]["event"],
            "webhook": webhook["id"],
            "url": webhook["url"],
            "attempts": [],
        }
        account.put("delivery", delivery)
        body, headers = signed(event["body"], webhook["secret"], event["id"])

        def headers_of_try() -> Mapping[str, str]:
            return headers

        def done(status: int) -> None:
            attempts = self._log(account, delivery["id"], status)
            if not 200 <= status < 300 and attempts <= len(self.retry_delays):
                self.deliveries.send(outgoing, after=self.retry_delays[attempts - 1])

        outgoing = Outgoing(webhook["url"], body, headers_of_try, done)
        self.deliveries.send(outgoing)

    def resend(self, account: Account, delivery_id: str) -> None:
        """Send the event of a delivery once more."""
        delivery = account.get("delivery", delivery_id)
        webhook = account.get("webhook", delivery["webhook"])
        self.send(account, account.get("event", delivery["event"]), webhook)

    def _log(self, account: Account, id: str, status: int) -> int:
        with account.store.lock:
            if (delivery := account.find("delivery", id)) is None:
                return len(self.retry_delays) + 1
            delivery["attempts"].append({"at": account.now(), "status": status})
            account.put("delivery", delivery)
        return len(delivery["attempts"])

"""Receiving webhooks: signature first, stored once, decided later. The one door for other domains."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from core.api.errors import InvalidSignature, Unsupported
from core.api.payments import Delivery, ProviderEvent
from core.api.text import N_
from core.app import App
from core.connections import service as connections
from core.connections.service import Receiver
from core.db.faultpoints import reached
from core.inbox import arrivals
from core.inbox.found import Applied, apply_found, store_found
from core.inbox.queries import (
    MOST_COUNTED,
    DeliveryFilter,
    DeliveryPage,
    DeliveryState,
    count_stuck,
    deliveries,
    entries_of,
    get_delivery,
    list_deliveries,
    state_of,
)
from core.inbox.reprocess import (
    MOST_AT_ONCE,
    is_reprocessable,
    reprocess,
    reprocess_stuck,
    take_up,
)
from core.inbox.silence import refused_lately, silent
from core.inbox.sweep import Swept, sweep_account

Answer = Literal["stored", "refused", "unknown", "later"]


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a delivery: ``unknown`` is a 404, ``refused`` a 400, ``stored`` a 200.

    ``later`` is a 503: nobody here can verify it now, and the provider is to send it again.
    """

    answer: Answer
    events: int = 0


def receive(app: App, provider: str, token: str, body: bytes, headers: Mapping[str, str]) -> Received:
    """Verify a delivery and store each event it brings, once; a job applies them.

    What isn't verified leaves a counter and its reason on the account, and nothing else. An inactive
    account's events are stored and applied all the same: the money has moved. The names of
    ``headers`` are in lower case.
    """
    reached("event.arrived")
    delivery = Delivery(body, headers, secrets=(), received_at=app.clock())
    return _receive(app, provider, token, delivery)


def _receive(
    app: App, provider: str, token: str, delivery: Delivery, *, fresh: bool = False
) -> Received:
    try:
        receiver = connections.receiver(app, provider, token, fresh=fresh)
        if receiver is None:
            return Received("unknown")
        events = _verified(receiver, delivery)
    except Unsupported:
        return Received("later")  # the provider's plugin is switched off or failed
    except InvalidSignature as error:
        if not fresh:
            # What is remembered of the account may be seconds old, and its secret just rolled.
            return _receive(app, provider, token, delivery, fresh=True)
        connections.count_refused(app, provider, token, str(error))
        return Received("refused")
    reached("event.verified")
    arrivals.store(app, receiver, events, delivery.body)
    return Received("stored", len(events))


def _verified(receiver: Receiver, delivery: Delivery) -> list[ProviderEvent]:
    if not receiver.secrets:
        raise InvalidSignature(N_("the account has no signing secret yet"))
    return receiver.port.parse_webhook(replace(delivery, secrets=receiver.secrets))


__all__ = [
    "MOST_AT_ONCE",
    "MOST_COUNTED",
    "Applied",
    "DeliveryFilter",
    "DeliveryPage",
    "DeliveryState",
    "Received",
    "Swept",
    "apply_found",
    "count_stuck",
    "deliveries",
    "entries_of",
    "get_delivery",
    "is_reprocessable",
    "list_deliveries",
    "receive",
    "refused_lately",
    "reprocess",
    "reprocess_stuck",
    "silent",
    "state_of",
    "store_found",
    "sweep_account",
    "take_up",
]

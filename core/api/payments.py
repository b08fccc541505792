"""Payment links and payments as the core sees them, whichever provider makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from core.api.money import Money

Mode = Literal["test", "live"]

#: A way in which a provider writes to a payer.
Channel = Literal["mail", "sms"]


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a set of credentials opens.

    ``missing_permissions`` are words of the provider, for a restricted key to be widened: those of
    the provider's ``permissions``, as ``Permission.words`` says them. ``can_charge`` is false while the
    provider takes no payments for the account, because something there isn't set up yet.
    """

    external_id: str
    name: str
    mode: Mode
    currency: str
    country: str | None = None
    missing_permissions: tuple[str, ...] = ()
    can_charge: bool = True


@dataclass(frozen=True, slots=True)
class Product:
    """Something that can be charged: a product at one price. ``ref`` is what create_link takes.

    ``unit`` is true for the unit product: price 1 in the account's currency.
    """

    ref: str
    name: str
    price: Money
    description: str | None = None
    unit: bool = False


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A page of products; ``next`` is the page to ask for next, None on the last one."""

    items: tuple[Product, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long the links of a provider can be told to be open, from the moment they are asked for.

    ``earliest`` and ``latest`` are the provider's own limits, with some room for the way there.
    """

    earliest: timedelta
    latest: timedelta


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """What a provider can be asked to do with a link by itself: the class attribute ``link_options``.

    What isn't declared is neither offered to a user nor asked for. ``expiry``: it lets a link expire
    at ``LinkRequest.expires_at``; where it is None and the provider has ``deactivate_link``, the host
    closes the link at that time. ``parts``: it takes a link's money in parts, the first of at least
    ``LinkRequest.first_part``. ``notify``: how it sends the link to ``LinkRequest.payer``.
    """

    expiry: Expiry | None = None
    parts: bool = False
    notify: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom the provider is to write to. ``phone`` is a ``+`` and digits, or digits only."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What to make a link for. The amount to be paid is ``unit_price * quantity``.

    ``link_id`` is our id; a provider puts it into the metadata of the link and of the payment,
    so that either leads back to us. ``metadata`` goes along, as strings.
    ``return_url`` is where the payer is sent after paying; the provider adds its id of the payment
    as the query parameter ``payment``. None leaves the payer on the provider's own page.

    The rest is asked of a provider that declares it in ``link_options`` only. ``expires_at``, aware
    UTC, is when the link takes no payment any more; None leaves it open. ``first_part`` lets the payer
    pay in parts, of at least this much first; None asks for the whole in one. ``notify`` are the ways
    in which the provider sends the link to ``payer``, once, when it is made; without one it writes
    to nobody, of its own accord neither.
    """

    link_id: str
    product_ref: str
    unit_price: Money
    quantity: int
    metadata: Mapping[str, str] = field(default_factory=dict)
    return_url: str | None = None
    expires_at: datetime | None = None
    first_part: Money | None = None
    payer: Payer | None = None
    notify: frozenset[Channel] = frozenset()

    @property
    def total(self) -> Money:
        """What the customer pays."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Link:
    """A link that exists at the provider."""

    ref: str
    url: str


class ProviderLinkState(StrEnum):
    """Whether the provider would still take a payment on a link.

    ``INACTIVE``: it was taken back, or is paid. ``EXPIRED``: its time was over before it was paid.
    """

    OPEN = "open"
    INACTIVE = "inactive"
    EXPIRED = "expired"


class PaymentState(StrEnum):
    """How far a payment has come."""

    STARTED = "started"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundState(StrEnum):
    """How far a refund has come. Only one that succeeded has given money back."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundStatus:
    """One refund of a payment; a payment may have several. ``ref`` identifies it for good."""

    ref: str
    state: RefundState
    money: Money
    reason: str | None = None
    at: datetime | None = None


class DisputeState(StrEnum):
    """Whether the money that a payer's bank took back is still argued about."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeStatus:
    """One dispute of a payment. ``due_by`` is when an answer has to be in, aware UTC."""

    ref: str
    state: DisputeState
    money: Money
    reason: str | None = None
    due_by: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """One payment on a link, as the provider tells it now, with all its refunds and disputes.

    ``ref`` identifies the payment for good: the same payment has the same ref in every answer.
    ``money`` is what was asked for in the link's currency, before any refund; refunding changes
    neither it nor ``state``. ``intent_ref`` is what events about refunds and disputes name it by.
    Times are aware UTC. ``last4`` are the last digits of the card or account that it was paid with, by
    which a payer knows it: four at most, and nothing more of its number.

    ``reason`` is why it failed, and may be read out to the payer: ``generic_decline``,
    ``insufficient_funds``, ``expired_card``, ``incorrect_number``, ``incorrect_cvc``,
    ``authentication_required``, ``card_velocity_exceeded``, ``processing_error``, ``payment_cancelled``,
    ``payment_timed_out``; or else a word of the provider's own with underlines between, which is shown
    as it is.

    An attempt that the payer's bank refuses is a payment that has failed, with a ref of its own, where
    the payer can try again.
    """

    ref: str
    state: PaymentState
    money: Money
    intent_ref: str | None = None
    payer_name: str | None = None
    payer_email: str | None = None
    method: str | None = None
    at: datetime | None = None
    refunds: tuple[RefundStatus, ...] = ()
    disputes: tuple[DisputeStatus, ...] = ()
    last4: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The truth about a link: where it is, what the provider would do with it, and its payments.

    ``opened_at`` is when somebody opened its page first, aware UTC, as far as the provider knows; None
    where nobody has, or it doesn't tell.
    """

    ref: str
    url: str
    state: ProviderLinkState
    payments: tuple[PaymentStatus, ...] = ()
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook delivery as it came in: the raw bytes, and the headers with lower-case names.

    ``secrets`` are all signing secrets that may have signed it: two while one is being rolled.
    """

    body: bytes
    headers: Mapping[str, str]
    secrets: tuple[str, ...]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One verified fact from the provider.

    ``event_id`` is the same in every delivery of the event. ``link_ref`` and ``link_id`` say
    which link it is about, or ``intent_ref`` which payment, for what names no link (a refund, a
    dispute); an event about no link of ours has ``ignored`` filled with the reason.
    """

    event_id: str
    type: str
    link_ref: str | None = None
    link_id: str | None = None
    intent_ref: str | None = None
    ignored: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of past events, newest first; ``next`` is the page to ask for next, None on the last."""

    items: tuple[ProviderEvent, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """Our webhook endpoint at the provider. ``secret`` is None where it can't be read again."""

    ref: str
    secret: str | None
    created: bool


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """An address to which the account's events are sent, ours or anybody's.

    ``events`` are the types that it gets, None where it gets all of them. ``active`` is false where it
    is switched off there. ``created_at`` is aware UTC.
    """

    ref: str
    url: str
    active: bool = True
    events: tuple[str, ...] | None = None
    created_at: datetime | None = None

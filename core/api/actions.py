"""What post-payment actions are given, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.api.money import Money
from core.api.records import RecordRef
from core.api.text import N_, show

#: The names of all events that a rule may begin with, for the ``triggers`` of an action that any may.
EVENTS = (
    "payment.succeeded",
    "link.paid",
    "link.part_paid",
    "payment.pending",
    "payment.failed",
    "link.created",
    "link.opened",
    "link.expired",
    "payment.refunded",
    "dispute.opened",
    "dispute.closed",
)

# The kinds of record that most CRMs have: as a label, in a sentence, and several of them.
_KINDS = {
    "lead": (N_("Lead"), N_("lead"), N_("leads")),
    "deal": (N_("Deal"), N_("deal"), N_("deals")),
    "contact": (N_("Contact"), N_("contact"), N_("contacts")),
    "company": (N_("Company"), N_("company"), N_("companies")),
}


def kind_label(kind: str) -> str:
    """A kind of record as a label, in the reader's language."""
    return show(_KINDS[kind][0]) if kind in _KINDS else kind.capitalize()


def kind_word(kind: str) -> str:
    """A kind of record in a sentence, in the reader's language."""
    return show(_KINDS[kind][1]) if kind in _KINDS else kind


def kind_words(kind: str) -> str:
    """Several records of a kind in a sentence, in the reader's language."""
    return show(_KINDS[kind][2]) if kind in _KINDS else f"{kind}s"


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What an action may know of the payment link; the times are aware UTC.

    ``left`` is what is there of all that was paid on it, after refunds and lost disputes; None in
    what was written down before this was known. ``due`` is what is still to be paid, None where
    ``left`` is. ``expires_at`` is when the link takes no payment any more, None where it stays open.
    ``account_id`` is our id of the account, None in what was written down before, too.
    """

    id: str
    url: str
    amount: Money
    product: str
    quantity: int
    mode: str
    account: str
    created_at: datetime
    created_by: str
    left: Money | None = None
    due: Money | None = None
    expires_at: datetime | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What an action may know of one payment on the link; ``reason`` is why it failed, in the
    provider's words with underlines between."""

    id: str
    amount: Money
    payer_name: str | None = None
    payer_email: str | None = None
    method: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """What an action may know of one refund of the payment, which may be of a part of it."""

    id: str
    amount: Money
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """What an action may know of one dispute of the payment.

    ``state`` is ``open``, ``won`` or ``lost``; ``due_by`` is when an answer has to be in.
    """

    id: str
    amount: Money
    state: str
    reason: str | None = None
    due_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Something happened: ``name`` is ``link.created``, ``link.paid``, ``payment.failed`` …

    ``subject_id`` is our own row the event is about: the link's, the payment's, the refund's or the
    dispute's. ``payment`` is the one that was refunded or is disputed.
    """

    name: str
    subject_id: str
    at: datetime
    record: RecordRef
    record_title: str
    link: LinkFacts
    payment: PaymentFacts | None = None
    refund: RefundFacts | None = None
    dispute: DisputeFacts | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The effect is there. ``summary`` is one sentence for the timeline."""

    summary: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing was to be done, and ``reason`` says why in a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet: come again after ``after`` seconds."""

    after: float
    reason: str = ""


Outcome = Done | Skipped | Later


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that an action would write: ``what`` is a sentence that names the record and what it
    changes from and to; ``text`` is what would be written where that is longer, a note for example,
    exactly as it would be and without secrets."""

    what: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a field whose options come from outside; ``group`` heads its section."""

    value: str
    label: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a configuration can't work, said to the user; ``field`` is the one to mark."""

    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class DefaultRule:
    """A rule that every new workspace starts with, switched on."""

    name: str
    event: str
    config: Mapping[str, Any] = field(default_factory=dict)

"""Payment links, and the ledger of what was paid on them."""

from datetime import datetime
from enum import IntFlag
from typing import Any, Literal, get_args

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.api.money import Money
from core.api.payments import Channel, Payer
from core.api.records import RecordRef
from core.db.base import Base, TenantRow, WithId, utc_now
from core.db.types import FlagSet, Shortened, money_columns
from core.jobs.models import Work, work_indexes
from core.links.terms import Terms

CHANNELS: tuple[Channel, ...] = get_args(Channel)

LinkState = Literal["draft", "open", "part_paid", "paid", "expired", "deactivated"]

#: States of links that take payments.
PAYABLE = ("open", "part_paid")


class Flag(IntFlag):
    """What is odd about a link, beside its state. Derived from facts: see flags.

    Stored as a number: a value keeps its meaning for good.
    """

    PENDING_PAYMENT = 1
    OVERPAID = 2
    PAID_LATE = 4
    REFUNDED_PART = 8
    REFUNDED_FULL = 16
    DISPUTED = 32
    NEEDS_ATTENTION = 64


#: A list of these links is narrowed in these very words, written out: a partial index is used for
#: the condition that it was made with.
NEEDS_ATTENTION = text(f"(flags & {Flag.NEEDS_ATTENTION:d}) <> 0")
IN_TEST_MODE = text("mode = 'test'")


def _partial(column: str, where: str, name: str = "", of: str | None = None) -> Index:
    """An index for a list in the order of ``column``, of those links only that fit ``where``: for each
    value of the column ``of``, where one is named."""
    return Index(
        f"ix_payment_links_{name or column}",
        "tenant_id",
        *((of,) if of else ()),
        column,
        "id",
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


#: Links that take payments are counted by account in these words, for the same reason.
IS_PAYABLE = text("state in ('open', 'part_paid')")


class PaymentLink(Work, Base):
    """A payment link on a CRM record.

    It is written as ``draft`` with its idempotency key and the exact request before the provider is
    asked. As work (see Work) it is the making of the link: pending while nobody knows whether the
    provider made it. ``form_key`` stands for one sending of the form: sent twice, it is one link.
    ``payer_token`` is in the address of the page that the payer comes back to, and nobody can guess
    it. ``record_owner_id`` is the user of the CRM whose record it was then. ``checked_at`` is when the
    provider last said what is true of the link, ``check_at`` when it is asked again, if ever;
    ``payer_asked_at`` is when it was last asked for the payer's page. ``opened_at`` is when the link
    was there to be paid, ``seen_at`` when somebody first looked at it, where the provider tells.

    ``created_by`` made it, which stays so. ``handed_to`` is who looks after it since somebody handed it
    over; None while its maker does.

    ``expires_at`` is when it is to take no payment any more. ``expiry_at`` is when the job looks whether
    that has come true, if ever. ``first_part_minor`` is the least of the first part, in minor units of
    the amount's currency; None for a link that is paid in one. ``send_by`` are the channels by which the
    provider was asked to send it, with blanks between; only for these the payer's contact is kept.
    """

    __tablename__ = "payment_links"
    __table_args__ = (
        *work_indexes("payment_links"),
        UniqueConstraint("tenant_id", "form_key"),
        UniqueConstraint("account_id", "provider_ref"),
        Index(None, "tenant_id", "record_id", "crm", "record_kind", "id"),
        # The logs: in each order that they offer, and newest first by whatever leaves many links.
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "state", "created_at", "id"),
        Index(None, "tenant_id", "account_id", "created_at", "id"),
        Index(None, "tenant_id", "created_by", "created_at", "id"),
        Index(None, "tenant_id", "amount_currency", "amount_minor", "id"),
        _partial("paid_at", "paid_at is not null"),
        _partial("expires_at", "expires_at is not null"),
        _partial("created_at", IN_TEST_MODE.text, name="test"),
        # Whoever a link is handed over by has it in their logs no more: see narrowing.
        _partial("created_at", "handed_to is null", name="with_maker", of="created_by"),
        _partial("created_at", "handed_to is null", name="with_record_owner", of="record_owner_id"),
        _partial("created_at", "handed_to is not null", name="handed_to", of="handed_to"),
        Index(
            "ix_payment_links_check_at",
            "account_id",
            "check_at",
            sqlite_where=text("check_at is not null"),
            postgresql_where=text("check_at is not null"),
        ),
        Index(
            "ix_payment_links_expiry_at",
            "account_id",
            "expiry_at",
            sqlite_where=text("expiry_at is not null"),
            postgresql_where=text("expiry_at is not null"),
        ),
        Index(None, "payer_token", unique=True),
        Index(
            "ix_payment_links_payable",
            "account_id",
            "id",
            sqlite_where=IS_PAYABLE,
            postgresql_where=IS_PAYABLE,
        ),
        _partial("created_at", NEEDS_ATTENTION.text, name="attention"),
    )
    id_prefix = "lnk"

    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    crm: Mapped[str]
    record_kind: Mapped[str]
    record_id: Mapped[str]
    record_title: Mapped[str]
    record_url: Mapped[str]
    record_owner_id: Mapped[str | None]
    created_by: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    handed_to: Mapped[str | None] = mapped_column(String(40), ForeignKey("users.id"))
    form_key: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(80))
    product_ref: Mapped[str]
    product_name: Mapped[str]
    unit_price: Mapped[Money] = money_columns("unit_price")
    quantity: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Money] = money_columns("amount")
    mode: Mapped[Literal["test", "live"]] = mapped_column(String(8))
    state: Mapped[LinkState] = mapped_column(String(16), default="draft")
    provider_ref: Mapped[str | None]
    url: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    check_at: Mapped[datetime | None] = mapped_column(server_default="1970-01-01 00:00:00")
    payer_asked_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    flags: Mapped[Flag] = mapped_column(FlagSet(Flag), default=Flag(0), server_default="0")
    payer_token: Mapped[str | None] = mapped_column(String(40))
    expires_at: Mapped[datetime | None]
    expiry_at: Mapped[datetime | None]
    first_part_minor: Mapped[int | None] = mapped_column(BigInteger)
    payer_name: Mapped[str | None]
    payer_email: Mapped[str | None]
    payer_phone: Mapped[str | None] = mapped_column(String(40))
    send_by: Mapped[str] = mapped_column(String(40), default="", server_default="")

    @property
    def record_ref(self) -> RecordRef:
        return RecordRef(self.record_kind, self.record_id)

    @property
    def holder_id(self) -> str:
        """The member who looks after it."""
        return self.handed_to or self.created_by

    @property
    def payable(self) -> bool:
        """Whether it takes payments, as far as is known."""
        return self.state in PAYABLE

    @property
    def terms(self) -> Terms:
        """What it was asked for beside its amount."""
        minor, currency = self.first_part_minor, self.amount.currency
        return Terms(
            expires_at=self.expires_at,
            first_part=None if minor is None else Money(minor, currency),
            payer=Payer(self.payer_name, self.payer_email, self.payer_phone) if self.send_by else None,
            notify=frozenset(channel for channel in CHANNELS if channel in self.send_by.split()),
        )


class LinkText(TenantRow, Base):
    """What the words of a search are looked for in: see texts.

    A table of its own, whose numbers stay what they are: an index over the text is kept by them.
    """

    __tablename__ = "link_texts"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    link_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("payment_links.id", ondelete="CASCADE"), unique=True
    )
    text: Mapped[str] = mapped_column(Text)


class Payment(WithId, TenantRow, Base):
    """A payment on a link, as the provider last told it; ``provider_ref`` is its id there, for good.

    ``late``: it was begun when the link had been closed already. ``reason``: why it failed, if it did.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("account_id", "provider_ref"),
        Index(None, "account_id", "intent_ref"),
        Index(None, "link_id"),
    )
    id_prefix = "pay"

    link_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_links.id"))
    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    provider_ref: Mapped[str]
    intent_ref: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Money] = money_columns("amount")
    payer_name: Mapped[str | None] = mapped_column(Shortened)
    payer_email: Mapped[str | None] = mapped_column(Shortened)
    method: Mapped[str | None] = mapped_column(Shortened)
    last4: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(Shortened)
    problem: Mapped[str | None] = mapped_column(Text)
    late: Mapped[bool] = mapped_column(default=False, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class PaymentSequel(WithId, TenantRow):
    """The columns of what may come after a payment: a refund, a dispute.

    ``provider_ref`` is its id at the provider, for good; ``at`` is when it began there.
    """

    link_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_links.id"), index=True)
    payment_id: Mapped[str] = mapped_column(String(40), ForeignKey("payments.id"))
    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    provider_ref: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Shortened)
    at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class Refund(PaymentSequel, Base):
    """Money given back, or on its way back. A payment may have several refunds, of a part each."""

    __tablename__ = "refunds"
    __table_args__ = (UniqueConstraint("account_id", "provider_ref"),)
    id_prefix = "rfd"

    amount: Mapped[Money] = money_columns("amount")


class Dispute(PaymentSequel, Base):
    """Money that the payer's bank has taken back, for as long as it is argued about and after.

    ``due_by`` is when the seller's answer has to be in.
    """

    __tablename__ = "disputes"
    __table_args__ = (UniqueConstraint("account_id", "provider_ref"),)
    id_prefix = "dsp"

    amount: Mapped[Money] = money_columns("amount")
    due_by: Mapped[datetime | None]


class LinkEvent(WithId, TenantRow, Base):
    """One line of a link's history: what happened, when, by whom or by what."""

    __tablename__ = "link_events"
    __table_args__ = (Index(None, "link_id", "id"),)
    id_prefix = "evt"

    link_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_links.id"))
    name: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(default=utc_now)

    @property
    def happened_at(self) -> datetime:
        """When it happened, where the provider has said so: it may have been asked long after."""
        return datetime.fromisoformat(self.detail["at"]) if "at" in self.detail else self.at


class LinkClosing(Work, Base):
    """The work of taking a link back at its provider, since ``asked_by`` has closed its account here or
    has chosen it in the logs.

    There is one for each link, however often it is asked for.
    """

    __tablename__ = "link_closings"
    __table_args__ = (
        *work_indexes("link_closings"),
        UniqueConstraint("link_id"),
        Index(None, "account_id", "job_state"),
    )
    id_prefix = "lcl"

    link_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_links.id"))
    account_id: Mapped[str] = mapped_column(String(40), ForeignKey("payment_accounts.id"))
    asked_by: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))

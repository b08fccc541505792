"""One link's page in the ledger: its rows, open for writing in one transaction, and its history."""

from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.app import App
from core.links.facts import domain_event
from core.links.flags import Balance, balance, flags_of
from core.links.models import PAYABLE, Dispute, LinkEvent, Payment, PaymentLink, Refund
from core.rules import service as rules


class Book:
    """The page of a link. Whoever opens it is alone with the link until the transaction ends."""

    def __init__(self, app: App, session: Session, link_id: str):
        self.app, self.session = app, session
        # On PostgreSQL two deliveries of one payment meet here; on SQLite the writer is alone anyway.
        mine = select(PaymentLink).where(PaymentLink.id == link_id).with_for_update()
        self.link = session.scalars(mine).one()

    @cached_property
    def payments(self) -> dict[str, Payment]:
        """By the provider's id, as the refunds and disputes are."""
        return self._rows(Payment)

    @cached_property
    def refunds(self) -> dict[str, Refund]:
        return self._rows(Refund) if self.payments else {}

    @cached_property
    def disputes(self) -> dict[str, Dispute]:
        return self._rows(Dispute) if self.payments else {}

    def _rows(self, model: type[Any]) -> dict[str, Any]:
        mine = select(model).where(model.link_id == self.link.id)
        return {row.provider_ref: row for row in self.session.scalars(mine)}

    def add(self, row: Payment | Refund | Dispute) -> None:
        """A row that was first heard of now."""
        pages: dict[type[Any], dict[str, Any]] = {
            Payment: self.payments,
            Refund: self.refunds,
            Dispute: self.disputes,
        }
        pages[type(row)][row.provider_ref] = row
        self.session.add(row)

    def balance(self) -> Balance:
        """What is there of the money, in the link's currency."""
        return balance(
            self.link.amount.currency,
            self.payments.values(),
            self.refunds.values(),
            self.disputes.values(),
        )

    def close(self) -> None:
        """The provider has told all: derive the flags anew."""
        self.link.checked_at = self.app.clock()
        if self.link.state not in ("draft", *PAYABLE):
            self.link.expiry_at = None
        self.link.flags = flags_of(
            self.link,
            list(self.payments.values()),
            list(self.refunds.values()),
            list(self.disputes.values()),
        )

    def write(self, name: str, subject_id: str, **detail: Any) -> LinkEvent:
        """A line of history; see timeline for its sentence. ``at`` in it is when it happened, as an ISO
        8601 string in UTC, where that wasn't now."""
        line = LinkEvent(
            link_id=self.link.id, name=name, subject_id=subject_id, detail=detail, at=self.app.clock()
        )
        self.session.add(line)
        return line

    def report(
        self,
        name: str,
        subject: PaymentLink | Payment | Refund | Dispute,
        payment: Payment | None = None,
        **detail: Any,
    ) -> None:
        """A line of history that rules may follow. The caller reports each change once."""
        line = self.write(name, subject.id, **detail)
        self.session.flush()
        event = domain_event(
            self.app,
            self.session,
            self.link,
            name,
            subject,
            payment,
            self.balance(),
            at=line.happened_at,
        )
        rules.emit(self.session, self.app, self.link.crm, event)

"""The ledger: what is true of a link and its payments, and the events that follow from it.

Everything here is told the provider's own answer (a LinkStatus), never a webhook's content, and may
be told it any number of times and in any order: a state only moves forward, and each event is
written with the change that it reports, once.
"""

from collections.abc import Iterable
from typing import Any

from core.api.payments import Link, LinkStatus, PaymentState, PaymentStatus, ProviderLinkState
from core.app import App
from core.connections import service as connections
from core.db.faultpoints import reached
from core.links import sequels
from core.links.book import Book
from core.links.models import Payment, PaymentLink

_FORWARD = {
    None: {PaymentState.PENDING, PaymentState.SUCCEEDED, PaymentState.FAILED},
    PaymentState.PENDING: {PaymentState.SUCCEEDED, PaymentState.FAILED},
    # A payment that failed may be told as succeeded by a provider that lets the payer try again.
    PaymentState.FAILED: {PaymentState.SUCCEEDED},
    PaymentState.SUCCEEDED: set[PaymentState](),
}
_CLOSED = ("expired", "deactivated")


def opened(app: App, tenant_id: str, link_id: str, made: Link) -> None:
    """The provider has made the link: it is open, and ``link.created`` has happened."""
    with app.db.unit_of_work(tenant_id) as session:
        _open(Book(app, session, link_id), made.ref, made.url)
        reached("link.open_written")
    reached("link.opened")


def refresh(app: App, tenant_id: str, link_id: str, ref: str | None = None, **more: Any) -> bool:
    """Ask the provider for the truth about a link and write it down. Calls out.

    ``ref`` is the provider's id of the link, where an event told it before the answer that made the
    link did. False where neither knows it. ``more`` goes into the provider's context.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link_id)
    ref = link.provider_ref or ref
    if ref is None:
        return False
    with connections.watched_account(app, tenant_id, link.account_id, **more) as port:
        status = port.fetch_status(ref)
    reached("status.told")
    write_down(app, tenant_id, link_id, status)
    return True


def write_down(app: App, tenant_id: str, link_id: str, status: LinkStatus) -> None:
    """Bring the ledger to what the provider says, and report what changed."""
    with app.db.unit_of_work(tenant_id) as session:
        book = Book(app, session, link_id)
        _open(book, status.ref, status.url)
        for payment in _by_time(app, status.payments):
            _advance(book, payment)
            reached("payment.written")
        sequels.follow(book, status.payments)
        if status.state is ProviderLinkState.INACTIVE and book.link.state == "open":
            book.link.state = "deactivated"
            book.report("link.deactivated", book.link)
        book.close()
        reached("ledger.written")
    reached("ledger.kept")


def _by_time(app: App, told: Iterable[PaymentStatus]) -> list[PaymentStatus]:
    return sorted(told, key=lambda one: one.at or app.clock())


def _open(book: Book, ref: str, url: str) -> None:
    link = book.link
    if link.state != "draft":
        return
    link.provider_ref, link.url = ref, url
    link.state, link.opened_at = "open", book.app.clock()
    book.report("link.created", link)


def _advance(book: Book, told: PaymentStatus) -> None:
    link, row, now = book.link, book.payments.get(told.ref), book.app.clock()
    if told.state not in _FORWARD[PaymentState(row.state) if row else None]:
        return
    if row is None:
        row = Payment(
            link_id=link.id,
            account_id=link.account_id,
            provider_ref=told.ref,
            amount=told.money,
            # What there was when the link was closed came with the answer that closed it.
            late=link.state in _CLOSED,
            created_at=now,
        )
        book.add(row)
    row.state, row.intent_ref, row.updated_at = told.state, told.intent_ref, now
    row.payer_name, row.payer_email, row.method = told.payer_name, told.payer_email, told.method
    row.problem = _problem(link, told)
    if row.problem:
        # Written down and shown, but nothing follows from it by itself.
        book.write("payment.mismatch", row.id, problem=row.problem)
        return
    detail = {"amount": [row.amount.minor, row.amount.currency], "payer": row.payer_name}
    if row.late and told.state is PaymentState.SUCCEEDED:
        book.write("payment.late", row.id, **detail)
    book.report(f"payment.{told.state}", row, row, **detail)
    if told.state is PaymentState.SUCCEEDED:
        link.state, link.paid_at = "paid", told.at or now
        book.report("link.paid", link, row, **detail)


def _problem(link: PaymentLink, told: PaymentStatus) -> str | None:
    """Why a payment isn't the one that the link asks for."""
    if told.money != link.amount:
        return f"{told.money} was paid where {link.amount} was asked."
    if told.state is PaymentState.SUCCEEDED and link.state == "paid":
        # Two customers can have its page open at once, or one of them twice.
        return f"{told.money} was paid once more: the link was paid already."
    return None

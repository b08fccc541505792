"""The ledger: what is true of a link and its payments, and the events that follow from it.

Everything here is told the provider's own answer (a LinkStatus), never a webhook's content, and may
be told it any number of times and in any order: a state only moves forward, and each event is
written with the change that it reports, once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from core.api.money import Money
from core.api.payments import (
    Channel,
    Link,
    LinkStatus,
    PaymentState,
    PaymentStatus,
    ProviderLinkState,
)
from core.app import App
from core.connections import service as connections
from core.db.faultpoints import reached
from core.links import odd, sequels, texts
from core.links.book import Book
from core.links.models import Payment, PaymentLink
from core.plugin_host.entries import ProviderEntry

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


def write_down(
    app: App, tenant_id: str, link_id: str, status: LinkStatus, *, by: str | None = None
) -> None:
    """Bring the ledger to what the provider says, and report what changed.

    ``by`` is the member who has closed the link, where one has.
    """
    with app.db.unit_of_work(tenant_id) as session:
        book = Book(app, session, link_id)
        _open(book, status.ref, status.url)
        _look(book, status)
        for payment in _by_time(app, status.payments):
            _advance(book, payment)
            reached("payment.written")
        sequels.follow(book, status.payments)
        if status.state is not ProviderLinkState.OPEN and book.link.payable:
            _end(book, status.state, by)
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
    for channel in sorted(link.terms.notify):
        sent(book, channel)


def _look(book: Book, status: LinkStatus) -> None:
    """Somebody has looked at the link for the first time.

    Money that came along says more: then it is a line of history only, and nothing follows from it.
    """
    link = book.link
    if link.seen_at is not None or status.opened_at is None:
        return
    link.seen_at = max(status.opened_at, link.created_at)  # by two clocks
    at = link.seen_at.isoformat()
    if any(one.state in (PaymentState.PENDING, PaymentState.SUCCEEDED) for one in status.payments):
        book.write("link.opened", link.id, at=at)
    else:
        book.report("link.opened", link, at=at)


def sent(book: Book, channel: Channel, *, known: bool = True) -> None:
    """The provider was asked to send the link to its payer, and has said yes; or nobody knows."""
    link, entry = book.link, _provider(book)
    to = link.payer_email if channel == "mail" else link.payer_phone
    name = "link.sent" if known else "link.send_unknown"
    book.write(name, link.id, channel=channel, to=to, by=entry.name if entry else None)


def _end(book: Book, told: ProviderLinkState, by: str | None) -> None:
    """A link takes no payments any more. Of one that the host has closed when its time was over, the
    provider only knows that it was closed."""
    link = book.link
    over = link.expires_at is not None and link.expires_at <= book.app.clock()
    entry = _provider(book)
    tells = entry is not None and entry.link_options.expiry is not None
    if told is ProviderLinkState.EXPIRED or (over and not tells):
        link.state = "expired"
        due = book.balance().due_of(link.amount)
        book.report("link.expired", link, due=[due.minor, due.currency])
    else:
        link.state = "deactivated"
        book.report("link.deactivated", link, user=by)


def _provider(book: Book) -> ProviderEntry | None:
    account = connections.get_account(book.session, book.link.account_id)
    return book.app.plugins.payment_providers.get(account.provider) if account else None


def _advance(book: Book, told: PaymentStatus) -> None:
    link, row, now = book.link, book.payments.get(told.ref), book.app.clock()
    if told.state not in _FORWARD[PaymentState(row.state) if row else None]:
        return
    due = book.balance().due_of(link.amount)
    if row is None:
        row = Payment(
            link_id=link.id,
            account_id=link.account_id,
            provider_ref=told.ref,
            amount=told.money,
            late=_is_late(link, told),
            created_at=now,
        )
        book.add(row)
    row.state, row.intent_ref, row.updated_at = told.state, told.intent_ref, now
    row.payer_name, row.payer_email, row.method = told.payer_name, told.payer_email, told.method
    row.last4 = told.last4[-4:] if told.last4 else None
    row.reason = told.reason if told.state is PaymentState.FAILED else None
    texts.keep(book.session, link, book.payments.values())
    row.problem = odd.problem(link, told, due)
    if row.problem:
        # Written down and shown, but nothing follows from it by itself.
        book.write("payment.mismatch", row.id, problem=row.problem)
        return
    detail = {"amount": [row.amount.minor, row.amount.currency], "payer": row.payer_name}
    if row.late and told.state is PaymentState.SUCCEEDED:
        book.write("payment.late", row.id, **detail)
    means = {"method": row.method, "last4": row.last4}
    book.report(f"payment.{told.state}", row, row, **detail, **means, reason=row.reason)
    if told.state is PaymentState.SUCCEEDED:
        _paid(book, row, told, due - told.money, detail)


def _paid(book: Book, row: Payment, told: PaymentStatus, due: Money, detail: Mapping[str, Any]) -> None:
    """The whole of it is there, or a part, after which ``due`` is still to be paid.

    Each part is reported once, by its payment. A link that was closed is no more open for a late part.
    """
    link = book.link
    if due.minor <= 0:
        link.state, link.paid_at = "paid", told.at or book.app.clock()
        book.report("link.paid", link, row, **detail)
        return
    if link.payable:
        link.state = "part_paid"
    book.report("link.part_paid", row, row, due=[due.minor, due.currency])


def _is_late(link: PaymentLink, told: PaymentStatus) -> bool:
    """Whether a payment that is new was begun when the link was closed, or was to be.

    What there was when the link was closed came with the answer that closed it.
    """
    over = link.expires_at is not None and told.at is not None and told.at > link.expires_at
    return over or link.state in _CLOSED

"""Payment links as CSV: as many as there are, in flat memory."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from core.api.money import Money
from core.app import App
from core.connections import service as connections
from core.links.models import PaymentLink
from core.links.queries import LinkFilter, list_links
from core.links.sums import paid_of
from core.people import service as people

_AT_ONCE = 500
HEADER = (
    "created_at", "id", "record_kind", "record_id", "record", "product", "quantity", "amount",
    "currency", "paid", "status", "expires_at", "mode", "account", "creator", "url",
)  # fmt: skip
#: What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection; ASVS 5.0, 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(app: App, tenant_id: str, narrow: LinkFilter) -> Iterator[bytes]:
    """The lines, newest first, some hundred at a time; times are UTC, amounts in major units.

    Each part is read in a transaction of its own: links that are made meanwhile are not in it, and
    nobody waits for the one who downloads.
    """
    yield b"\xef\xbb\xbf" + _line(HEADER)  # so that Excel takes it for UTF-8
    before = None
    while True:
        with app.db.unit_of_work(tenant_id, read_only=True) as session:
            found = list_links(session, narrow, before=before, size=_AT_ONCE)
            paid = paid_of(session, found.links)
            accounts = {one.id: one.label for one in connections.list_accounts(session)}
            names = people.names_of(session, [link.created_by for link in found.links])
        yield b"".join(_line(_cells(link, paid.get(link.id), accounts, names)) for link in found.links)
        before = found.next
        if before is None:
            return


def _cells(
    link: PaymentLink, paid: Money | None, accounts: dict[str, str], names: dict[str, str]
) -> tuple[str, ...]:
    nothing = Money(0, link.amount.currency)
    return (
        _time(link.created_at),
        link.id,
        link.record_kind,
        link.record_id,
        link.record_title,
        link.product_name,
        str(link.quantity),
        str(link.amount.amount),
        link.amount.currency,
        str((paid or nothing).amount),
        link.state,
        _time(link.expires_at) if link.expires_at else "",
        link.mode,
        accounts.get(link.account_id, ""),
        names.get(link.created_by, ""),
        link.url or "",
    )


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return text.getvalue().encode()


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"

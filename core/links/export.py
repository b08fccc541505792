"""Payment links as CSV: as many as there are, in flat memory."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.api.money import Money
from core.api.text import _, show
from core.app import App
from core.connections import service as connections
from core.links.handing import holders
from core.links.log_query import COLUMNS, LogQuery
from core.links.models import PaymentLink
from core.links.payers import payers_of
from core.links.sums import paid_of
from core.links.walking import list_links
from core.links.words import KINDS, STATES
from core.people import service as people

_AT_ONCE = 500
#: What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection; ASVS 5.0, 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class _Row:
    """A link, and what is known of it beside."""

    link: PaymentLink
    paid: Money | None
    payer: str
    account: str
    creator: str
    holder: str


#: The cells of each column of the logs; a name and a currency that stand in one there are apart here.
_CELLS: Mapping[str, Mapping[str, Callable[[_Row], str]]] = {
    "created": {
        "created": lambda row: _time(row.link.created_at),
        "id": lambda row: row.link.id,
    },
    "record": {
        "kind": lambda row: row.link.record_kind,
        "record_id": lambda row: row.link.record_id,
        "record": lambda row: row.link.record_title,
    },
    "product": {
        "product": lambda row: row.link.product_name,
        "quantity": lambda row: str(row.link.quantity),
    },
    "payer": {"payer": lambda row: row.payer},
    "amount": {
        "amount": lambda row: str(row.link.amount.amount),
        "currency": lambda row: row.link.amount.currency,
    },
    "paid": {
        "paid": lambda row: str((row.paid or Money(0, row.link.amount.currency)).amount),
        "paid_at": lambda row: _time(row.link.paid_at),
    },
    "status": {
        "status": lambda row: row.link.state,
        "mode": lambda row: row.link.mode,
    },
    "expiry": {"expiry": lambda row: _time(row.link.expires_at)},
    "creator": {"creator": lambda row: row.creator, "holder": lambda row: row.holder},
    "account": {"account": lambda row: row.account, "url": lambda row: row.link.url or ""},
}


def lines(app: App, tenant_id: str, query: LogQuery) -> Iterator[bytes]:
    """The lines, some hundred at a time; times are ISO in UTC, amounts in major units.

    Each part is read in a transaction of its own: links that are made meanwhile are not in it, and
    nobody waits for the one who downloads. Who stops downloading stops the reading.
    """
    cells = {name: cell for column in query.columns for name, cell in _CELLS[column].items()}
    # Looked up now: while the file is sent, nobody reads a page in any language.
    header, words = tuple(_heads()[name] for name in cells), _words()
    return _lines(app, tenant_id, query, header, words, tuple(cells.items()))


def _lines(
    app: App,
    tenant_id: str,
    query: LogQuery,
    header: tuple[str, ...],
    words: Mapping[str, Mapping[str, str]],
    cells: tuple[tuple[str, Callable[[_Row], str]], ...],
) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _line(header)  # so that Excel takes it for UTF-8
    after = None
    while True:
        with app.db.unit_of_work(tenant_id, read_only=True) as session:
            found = list_links(session, query.narrow, order=query.order, after=after, size=_AT_ONCE)
            paid, payers = paid_of(session, found.links), payers_of(session, found.links)
            accounts = {one.id: one.label for one in connections.list_accounts(session)}
            names = people.names_of(session, holders(found.links))
        rows = (
            _Row(
                link,
                paid.get(link.id),
                payers.get(link.id, ""),
                accounts.get(link.account_id, ""),
                names.get(link.created_by, ""),
                names.get(link.holder_id, ""),
            )
            for link in found.links
        )
        yield b"".join(
            _line(tuple(words.get(name, {}).get(cell(row), cell(row)) for name, cell in cells))
            for row in rows
        )
        after = found.next
        if after is None:
            return


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return text.getvalue().encode("utf-8", "replace")


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _heads() -> Mapping[str, str]:
    return {name: show(label) for name, label in COLUMNS.items()} | {
        "id": _("Link id"),
        "kind": _("Kind of record"),
        "record_id": _("Record id"),
        "quantity": _("Quantity"),
        "currency": _("Currency"),
        "paid_at": _("Paid at"),
        "mode": _("Mode"),
        "holder": _("Looked after by"),
        "url": _("Address"),
    }


def _words() -> Mapping[str, Mapping[str, str]]:
    return {
        "status": {name: show(word) for name, word in STATES.items()},
        "kind": {name: show(word) for name, word in KINDS.items()},
        "mode": {"test": _("Test"), "live": _("Live")},
    }

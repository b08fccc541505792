"""Lists of links, a page at a time, in about the same time however many links there are.

No index knows every filter in every order. So a page walks along an index that leaves the list's order
as it is (see narrowing) and picks out what fits, through WINDOW links at most; where that wasn't enough
for a full page, it says how far it came, and the next page goes on from there. Words that few links have
are found by the databases' own index first, so that the list is known whole.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.links.models import PaymentLink
from core.links.narrowing import LinkFilter, Walk, never_made, walks
from core.links.paging import NEWEST_FIRST, Key, Order
from core.links.texts import can_find, few_with, named, on_record, words_of

#: Links that one page looks at, at most.
WINDOW = 2000
#: Of a frequent word these are mostly enough to fill a page.
_GLANCE = 1000


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page of links; ``next`` is the cursor of the page after it.

    ``looked_to`` is there where the page isn't full though there may be more: it has looked at links
    as far as that (what they are ordered by), and the next page looks further.
    """

    links: list[PaymentLink]
    next: str | None
    looked_to: datetime | int | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """What was found on one walk; it is all there is before and at ``known_to``, or in all."""

    links: Sequence[PaymentLink]
    known_to: Key | None


def list_links(
    session: Session,
    narrow: LinkFilter,
    *,
    order: Order = NEWEST_FIRST,
    after: str | None = None,
    size: int = 50,
) -> LinkPage:
    """The workspace's links that were made or may yet be, in ``order``, from the cursor ``after`` on.

    Raises BadCursor.
    """
    start = order.read(after) if after else None
    list_ = _List(session, order, start, size)
    if narrow.record and not narrow.text and (of_it := on_record(session, narrow.record)):
        by_id = walks(replace(narrow, record=""), order.by)  # it is a record's id, and no word
        return list_.page(list_.among(of_it, way) for way in by_id)
    ways = walks(narrow, order.by)
    words = (*narrow.words, *words_of(narrow.record))
    if not words:
        return list_.page(list_.walk(way, WINDOW) for way in ways)
    if ids := named(session, narrow.text):
        by_id = walks(replace(narrow, text=""), order.by)  # it stands in no text
        return list_.page(list_.among(ids, way) for way in by_id)
    page = list_.page(list_.walk(way, _GLANCE) for way in ways)
    if page.looked_to is None:
        return page
    if not can_find(session, words):
        return list_.page(list_.walk(way, WINDOW) for way in ways)
    few = few_with(session, words)
    # A frequent word that the newest links lack is looked for further down only if somebody wants it.
    return page if few is None else list_.page(list_.among(few, way) for way in ways)


class _List:
    """One page's worth of one list."""

    def __init__(self, session: Session, order: Order, start: Key | None, size: int):
        self._session, self._order, self._size = session, order, size
        self._from = (order.after(start),) if start else ()

    def walk(self, way: Walk, window: int) -> _Part:
        """What fits among the next ``window`` links along the way."""
        end = self._end(way, window) if way.rest else None
        limit = (self._order.up_to(end),) if end else ()
        links = self._read(*way.along, *limit, *way.rest)
        return self._part(links, end)

    def among(self, ids: Collection[str], way: Walk) -> _Part:
        """What fits of these links, which are few."""
        if not ids:
            return _Part((), None)
        fits = (PaymentLink.id.in_(list(ids)), *way.along, *way.rest, *self._from, ~never_made())
        # In no order: for one, a database may go through the whole list.
        found = self._session.execute(select(self._order.column, PaymentLink.id).where(*fits))
        places = sorted((tuple(row) for row in found), reverse=self._order.descending)
        first = [id for _value, id in places[: self._size + 1]]
        links = self._session.scalars(select(PaymentLink).where(PaymentLink.id.in_(first))).all()
        return self._part(sorted(links, key=lambda link: first.index(link.id)), None)

    def page(self, parts: Iterable[_Part]) -> LinkPage:
        """The parts as one list, as far as all of them are known."""
        parts = list(parts)
        order, cut = self._order, None
        for one in parts:
            if one.known_to and (cut is None or order.precedes(one.known_to, cut)):
                cut = one.known_to
        by_id = {link.id: link for one in parts for link in one.links}
        found = sorted(
            by_id.values(),
            key=lambda link: (order.key(link).value, link.id),
            reverse=order.descending,
        )
        if cut:
            found = [link for link in found if not order.precedes(cut, order.key(link))]
        if len(found) > self._size:
            return LinkPage(found[: self._size], order.sign(order.key(found[self._size - 1])))
        if cut:
            return LinkPage(found, order.sign(cut), cut.value)
        return LinkPage(found, None)

    def _part(self, links: Sequence[PaymentLink], end: Key | None) -> _Part:
        full = len(links) > self._size
        return _Part(links, self._order.key(links[-1]) if full else end)

    def _read(self, *conditions: Any) -> Sequence[PaymentLink]:
        query = select(PaymentLink).where(*conditions, *self._from, ~never_made())
        return self._session.scalars(query.order_by(*self._order.clauses).limit(self._size + 1)).all()

    def _end(self, way: Walk, window: int) -> Key | None:
        """Where the window ends; None where the list does so before."""
        ahead = select(self._order.column, PaymentLink.id).where(*way.along, *self._from)
        last = ahead.order_by(*self._order.clauses).offset(window - 1).limit(1)
        row = self._session.execute(last).first()
        return Key(row[0], row[1]) if row else None

"""The words of links, and which links have them.

A link's text is what people know it by: its record, its product, whoever was asked or has paid. It is
kept normalised, so that ``é`` is found however it was typed. The databases' own indexes over it (FTS5
with trigrams, pg_trgm) find some links among a million; for a word that many have, and for one too
short for such an index, a list is walked in its order instead: see walking.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable

from sqlalchemy import ScalarSelect, and_, column, select, table, text
from sqlalchemy.orm import Session

from core.connections.service import PaymentAccount
from core.links.models import LinkText, Payment, PaymentLink

#: What is looked for at most: whole words more are left out.
MOST_WORDS = 8
#: Of an index that knows three letters in a row.
_SHORTEST = 3
#: With more links than these, a word is taken for a frequent one.
FEW = 500
_LONGEST = 2000
_ID = re.compile(r"[A-Za-z]{2,}_\w{6,}", re.ASCII)
SQLITE_INDEX, POSTGRES_INDEX = "link_search", "ix_link_texts_trigrams"

_search = table(SQLITE_INDEX, column("rowid"))
_has_index: dict[str, bool] = {}
_IS_THERE = {
    "sqlite": text("select 1 from sqlite_master where name = 'link_search'"),
    "postgresql": text("select 1 from pg_indexes where indexname = 'ix_link_texts_trigrams'"),
}


def normalised(said: str) -> str:
    """Letters as they are compared: composed alike and without their case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", said).casefold())


def words_of(said: str) -> tuple[str, ...]:
    """What is looked for: each word has to be there, wherever."""
    return tuple(dict.fromkeys(normalised(said.replace("\0", " ")).split()))[:MOST_WORDS]


def text_of(link: PaymentLink, payments: Iterable[Payment] = ()) -> str:
    """The text of a link with these payments."""
    said = [link.record_title, link.product_name, link.record_id, link.payer_name, link.payer_email]
    said += [part for one in payments for part in (one.payer_name, one.payer_email)]
    return "\n".join(dict.fromkeys(normalised(part) for part in said if part))[:_LONGEST]


def keep(session: Session, link: PaymentLink, payments: Iterable[Payment]) -> None:
    """Bring the text of a link up to date, in the transaction that changes what it is made of."""
    said = text_of(link, payments)
    row = session.scalar(select(LinkText).where(LinkText.link_id == link.id))
    if row is None:
        session.add(LinkText(tenant_id=link.tenant_id, link_id=link.id, text=said))
    elif row.text != said:
        row.text = said


def having(words: Iterable[str]) -> ScalarSelect[bool]:
    """That a link has all of these words, for a list that is walked."""
    # As a value of each link that is looked at. Of an EXISTS, PostgreSQL makes a join that begins with
    # the texts, all of them where it takes few to fit: over a second with a million.
    has_all = and_(*(LinkText.text.contains(word, autoescape=True) for word in words))
    return select(has_all).where(LinkText.link_id == PaymentLink.id).scalar_subquery()


def named(session: Session, said: str) -> set[str]:
    """The links with that very id: ours, the provider's, or that of a payment."""
    one = said.strip()
    if not _ID.fullmatch(one):
        return set()
    # As values: of a query SQLite expects so many that it goes through all links of an account instead.
    accounts = session.scalars(select(PaymentAccount.id)).all()
    by_id = [
        select(PaymentLink.id).where(PaymentLink.id == one),
        select(PaymentLink.id).where(
            PaymentLink.account_id.in_(accounts), PaymentLink.provider_ref == one
        ),
        select(Payment.link_id).where(Payment.account_id.in_(accounts), Payment.intent_ref == one),
        select(Payment.link_id).where(Payment.account_id.in_(accounts), Payment.provider_ref == one),
    ]
    return {id for query in by_id for id in session.scalars(query)}


def on_record(session: Session, record_id: str) -> list[str]:
    """The links on the record with that very id, FEW at most."""
    # In no order: for one, a database may go through the whole list.
    mine = select(PaymentLink.id).where(PaymentLink.record_id == record_id)
    return list(session.scalars(mine.limit(FEW)))


def can_find(session: Session, words: Iterable[str]) -> bool:
    """Whether an index can tell which links have ``words``: one of them has to be long enough."""
    return any(len(word) >= _SHORTEST for word in words) and is_indexed(session)


def few_with(session: Session, words: Collection[str]) -> list[str] | None:
    """The links with all of ``words``, and maybe some that only look like it: what an index leaves is
    yet to be compared. None where there are more than FEW. An index has to know: see can_find.
    """
    # An address is looked for by what stands before its domain, which many share: to go through all
    # that have it takes an index longer than anything else.
    narrow = [word.partition("@")[0] if word.find("@") >= _SHORTEST else word for word in words]
    few = _few_with(session, narrow)
    return _few_with(session, words) if few is None and narrow != list(words) else few


def _few_with(session: Session, words: Collection[str]) -> list[str] | None:
    query = select(LinkText.link_id).limit(FEW + 1)
    query = query.where(*(LinkText.text.contains(word, autoescape=True) for word in words))
    if session.get_bind().dialect.name == "sqlite":
        # Each word is a string to FTS5, whatever stands in it. The newest first: as rows are kept, so
        # that it stops when there are enough.
        long = (word for word in words if len(word) >= _SHORTEST)
        asked = " ".join('"' + word.replace('"', '""') + '"' for word in long)
        query = (
            query.join(_search, _search.c.rowid == LinkText.number)
            .where(text(f"{SQLITE_INDEX} match :asked").bindparams(asked=asked))
            .order_by(_search.c.rowid.desc())
        )
    found = list(session.scalars(query))
    return None if len(found) > FEW else found


def is_indexed(session: Session) -> bool:
    """Whether this database has the index: an operator may have had to leave it out."""
    engine = session.get_bind().engine
    key = str(engine.url)
    if not _has_index.get(key):
        # One that is made later is noticed; one that is there stays.
        found = session.connection().execute(_IS_THERE[engine.dialect.name])
        _has_index[key] = found.first() is not None
    return _has_index[key]

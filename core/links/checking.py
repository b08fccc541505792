"""Asking about one link now, and saying what came to light."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select
from ulid import ULID

from core.api.money import Money
from core.app import App
from core.links import clarify, ledger
from core.links.models import LinkEvent, PaymentLink
from core.links.queries import history_of
from core.links.timeline import timeline

#: Ids begin with the time of the host that made them.
_SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Checked:
    """A link before and after the provider was asked, and what has happened meanwhile, oldest first.

    Its state is in one word: that of the link; of a draft ``draft``, ``unknown`` or ``not made``.
    """

    link_id: str
    before: str
    after: str
    news: tuple[LinkEvent, ...]

    @property
    def changed(self) -> bool:
        return bool(self.news) or self.before != self.after

    @property
    def paid(self) -> bool:
        return _is_paid(self.news)


def check(app: App, tenant_id: str, link_id: str, **more: Any) -> Checked:
    """Ask the provider for the truth about a link; of an unclear draft, whether it was made.

    ``more`` goes into the provider's context. A draft that its job is still at work on is left to
    it. Calls out.
    """
    before, known = _look(app, tenant_id, link_id)
    if before != "draft":
        clarify.clarify(app, tenant_id, link_id)
        ledger.refresh(app, tenant_id, link_id, **more)
    after, events = _look(app, tenant_id, link_id)
    news = [event for id, event in events.items() if id not in known]
    return Checked(link_id, before, after, tuple(news))


def _look(app: App, tenant_id: str, link_id: str) -> tuple[str, dict[str, LinkEvent]]:
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link_id)
        return in_a_word(link), {event.id: event for event in history_of(session, link_id)}


def in_a_word(link: PaymentLink) -> str:
    """The state of a link, or how much is known of a draft."""
    if link.state != "draft" or link.job_state in ("pending", "running"):
        return link.state
    return "unknown" if clarify.unclear(link) else "not made"


def in_words(
    events: Iterable[LinkEvent],
    money: Callable[[Money], str] = str,
    moment: Callable[[datetime], str] = str,
) -> str:
    """What has happened, in sentences. That a link was opened goes without saying where it was paid."""
    news = list(events)
    telling = [event for event in news if event.name != "link.opened" or not _is_paid(news)]
    return " ".join(timeline([event], (), money, moment)[0].sentence for event in telling)


def _is_paid(news: Iterable[LinkEvent]) -> bool:
    return any(event.name == "payment.succeeded" for event in news)


def news_since(app: App, tenant_id: str, account_id: str, at: datetime) -> list[tuple[str, str, str]]:
    """What has happened to links of an account from ``at`` on: their ids, states, and sentences."""
    first = f"{LinkEvent.id_prefix}_{str(ULID.from_datetime(at - _SKEW))[:10]}"
    query = (
        select(LinkEvent, PaymentLink.state)
        .join(PaymentLink, PaymentLink.id == LinkEvent.link_id)
        .where(LinkEvent.id >= first, LinkEvent.at >= at, PaymentLink.account_id == account_id)
        .order_by(LinkEvent.link_id, LinkEvent.id)
    )
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        rows = session.execute(query).all()
    return [
        (*key, in_words(event for event, _ in events))
        for key, events in groupby(rows, key=lambda row: (row[0].link_id, str(row[1])))
    ]

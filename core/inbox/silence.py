"""Whether webhooks come in at all: what was refused, and accounts that nothing is heard from."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session, defer

from core.connections.service import PaymentAccount
from core.inbox.models import WebhookDelivery
from core.links import service as links

#: How long a refused delivery is worth a notice.
_RECENT = timedelta(days=7)
#: How late an event may come: providers send again what wasn't taken at once.
_PATIENCE = timedelta(minutes=15)


def refused_lately(accounts: Sequence[PaymentAccount], now: datetime) -> list[PaymentAccount]:
    """The accounts in whose name something unverified came in."""
    return [one for one in accounts if one.refused_at and now - one.refused_at < _RECENT]


def silent(session: Session, accounts: Sequence[PaymentAccount]) -> list[PaymentAccount]:
    """The accounts whose webhook doesn't seem to work.

    Either nothing ever came, though payments were made; or something was found by asking the
    provider, long after a webhook would have told it, and none has come since it happened.
    """
    never = [one.id for one in accounts if one.last_event_at is None]
    paid = links.accounts_paid_on(session, never)
    found = {one.account_id: one for one in _last_found(session, [one.id for one in accounts])}
    return [
        one for one in accounts if one.id in paid or (one.id in found and _missed(one, found[one.id]))
    ]


def _last_found(session: Session, account_ids: list[str]) -> list[WebhookDelivery]:
    """Of each account the last event that was found by asking."""
    last = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.account_id == PaymentAccount.id,
            # Written out rather than bound: a partial index is used for what the planner can see.
            WebhookDelivery.source == literal_column("'sweep'"),
        )
        .order_by(WebhookDelivery.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ids = list(session.scalars(select(last).where(PaymentAccount.id.in_(account_ids))))
    query = select(WebhookDelivery).where(WebhookDelivery.id.in_(ids))
    return list(session.scalars(query.options(defer(WebhookDelivery.body))))


def _missed(account: PaymentAccount, found: WebhookDelivery) -> bool:
    happened = found.event.get("at")
    if not happened:
        return False
    at = datetime.fromisoformat(happened)
    heard_since = account.last_event_at is not None and account.last_event_at > at
    return at > account.created_at and found.created_at - at > _PATIENCE and not heard_since

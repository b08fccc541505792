"""Whether webhooks come in at all: what was refused, and accounts that nothing is heard from."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
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

    Either nothing ever came, though payments were made; or what happened last was found by asking
    the provider, long after a webhook would have told it.
    """
    never = [one.id for one in accounts if one.last_event_at is None]
    paid = links.accounts_paid_on(session, never)
    newest = {one.account_id: one for one in _newest(session, [one.id for one in accounts])}
    return [
        one for one in accounts if one.id in paid or (one.id in newest and _missed(one, newest[one.id]))
    ]


def _newest(session: Session, account_ids: list[str]) -> list[WebhookDelivery]:
    """The newest delivery of each account."""
    last = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.account_id == PaymentAccount.id)
        .order_by(WebhookDelivery.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    each = select(last).where(PaymentAccount.id.in_(account_ids))
    query = select(WebhookDelivery).where(WebhookDelivery.id.in_(each))
    return list(session.scalars(query.options(defer(WebhookDelivery.body))))


def _missed(account: PaymentAccount, found: WebhookDelivery) -> bool:
    happened = found.event.get("at")
    if found.source != "sweep" or not happened:
        return False
    at = datetime.fromisoformat(happened)
    heard_since = account.last_event_at is not None and account.last_event_at > at
    return at > account.created_at and found.created_at - at > _PATIENCE and not heard_since

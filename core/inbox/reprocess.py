"""Giving deliveries another turn. It does no harm: applying one asks the provider what is true now."""

from sqlalchemy import select
from sqlalchemy.orm import defer

from core.api.text import N_
from core.app import App
from core.audit import service as audit
from core.inbox.models import DeliveryEntry, WebhookDelivery
from core.inbox.queries import DeliveryFilter, state_of, stuck
from core.people.service import Member

#: Rows in one transaction, and in one request.
_AT_ONCE = 200
MOST_AT_ONCE = 5000


def is_reprocessable(app: App, delivery: WebhookDelivery) -> bool:
    """Whether another turn can change anything: not in line already, and about something of ours.

    What the provider's plugin ignored names no link and no payment that could be looked at.
    """
    waits = state_of(delivery, app.clock()) in ("received", "running")
    return not waits and not delivery.event.get("ignored")


def reprocess(app: App, actor: Member, delivery_id: str) -> bool:
    """Put one delivery back in line, whatever came of it; False where that is no use."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        delivery = session.get(
            WebhookDelivery,
            delivery_id,
            options=[defer(WebhookDelivery.body)],
            with_for_update=True,
        )
        if delivery is None or not is_reprocessable(app, delivery):
            return False
        session.add(
            DeliveryEntry(delivery_id=delivery.id, text=_TURN, actor_id=actor.user_id, at=app.clock())
        )
        audit.record(
            session,
            "delivery.reprocessed",
            delivery.id,
            actor_id=actor.user_id,
            event=delivery.event_id,
            was=state_of(delivery, app.clock()),
        )
        app.jobs.retry(session, delivery)
    return True


_TURN = N_("Reprocessed.")


def reprocess_stuck(app: App, actor: Member, narrow: DeliveryFilter) -> int:
    """Put back in line whatever failed or waits for its next try; how many, MOST_AT_ONCE at most."""
    return _retry(app, actor.tenant_id, narrow, _TURN, actor.user_id)


def take_up(app: App, tenant_id: str, account_id: str) -> None:
    """Apply at once what could not be applied so far: the account has a key that works again."""
    _retry(app, tenant_id, DeliveryFilter(account_id=account_id), N_("The account got a new key."))


def _retry(
    app: App, tenant_id: str, narrow: DeliveryFilter, text: str, actor_id: str | None = None
) -> int:
    """In short transactions, oldest first; what fails again meanwhile isn't met twice."""
    now, after, done = app.clock(), "", 0
    query = (
        select(WebhookDelivery)
        .options(defer(WebhookDelivery.body))
        .where(stuck(narrow, now))
        .order_by(WebhookDelivery.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    while done < MOST_AT_ONCE:
        with app.db.unit_of_work(tenant_id) as session:
            some = list(session.scalars(query.where(WebhookDelivery.id > after)))
            for delivery in some:
                session.add(DeliveryEntry(delivery_id=delivery.id, text=text, actor_id=actor_id, at=now))
                app.jobs.retry(session, delivery)
            if some and actor_id:
                target = narrow.account_id or tenant_id
                audit.record(
                    session, "deliveries.reprocessed", target, actor_id=actor_id, count=len(some)
                )
        done += len(some)
        if len(some) < _AT_ONCE:
            break
        after = some[-1].id
    return done

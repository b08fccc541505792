"""Applying a verified event: it only says where to look, the provider says what is true."""

from datetime import timedelta

import structlog
from sqlalchemy import literal_column, select, update
from sqlalchemy.orm import defer

from core.api.actions import Done, Later, Outcome, Skipped
from core.api.errors import CredentialsError, DealpayError, NotSent, Rejected, Throttled, Unsupported
from core.api.payments import ProviderEvent
from core.api.text import N_
from core.app import App
from core.connections import service as connections
from core.db.faultpoints import reached
from core.db.session import ALL_TENANTS
from core.inbox.arrivals import EVENT
from core.inbox.models import DeliveryEntry, WebhookDelivery
from core.jobs.models import is_state
from core.jobs.runner import DELAYS
from core.links import service as links

log = structlog.get_logger(__name__)

#: How long an event may have overtaken the one about its payment, and when it looks again.
_OVERTAKES = timedelta(minutes=10)
_LOOKS_AGAIN = 60.0  # seconds

_NOT_OURS = N_("It is about a payment that wasn't made on a payment link of this workspace.")
_NEVER_MADE = N_("Its payment link isn't known to have been made; that is being looked into by itself.")

#: Bodies emptied in one transaction, and in one round.
_AT_ONCE = 500
_MOST = 50_000


def apply_delivery(app: App, tenant_id: str, delivery_id: str) -> Outcome:
    """Find the link that an event is about, and bring its ledger up to date.

    The provider may say no to what the event asks about: that is final. Anything else, a refused
    key, a provider that is down, a plugin that is off, a bug of ours, says nothing about the event:
    the money may have moved, so it is tried on and on, every few hours in the end.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        delivery = session.get_one(WebhookDelivery, delivery_id, options=[defer(WebhookDelivery.body)])
    reached("event.taken_up")
    try:
        return _apply(app, delivery)
    except (Rejected, Throttled):
        raise
    except Exception as error:
        reason = _reason(error)
        _write_down(app, delivery, reason)
        if delivery.attempts > len(DELAYS):
            log.warning("delivery.still_not_applied", delivery_id=delivery_id, exc_info=True)
            return Later(DELAYS[-1], reason)
        if isinstance(error, CredentialsError | Unsupported):
            raise NotSent(reason) from error
        raise


def _apply(app: App, delivery: WebhookDelivery) -> Outcome:
    tenant_id, event = delivery.tenant_id, EVENT.validate_python(delivery.event)
    if event.ignored:
        return Skipped(event.ignored)
    link_id = links.find(
        app, tenant_id, delivery.account_id, event.link_id, event.link_ref, event.intent_ref
    )
    if link_id is None:
        return _unknown(app, delivery, event)
    with app.db.unit_of_work(tenant_id) as session:
        this = update(WebhookDelivery).where(WebhookDelivery.id == delivery.id)
        session.execute(this.values(link_id=link_id).execution_options(synchronize_session=False))
    reached("event.placed")
    if links.refresh(app, tenant_id, link_id, event.link_ref):
        return Done(N_("The link's payments were brought up to date."))
    return _wait(app, delivery, N_("Its payment link is still being made."), _NEVER_MADE)


def _unknown(app: App, delivery: WebhookDelivery, event: ProviderEvent) -> Outcome:
    if event.link_ref or not event.intent_ref:
        return Skipped(N_("It is about a payment link that this workspace didn't make."))
    return _wait(app, delivery, N_("The payment that it is about isn't known here yet."), _NOT_OURS)


def _wait(app: App, delivery: WebhookDelivery, why: str, in_vain: str) -> Outcome:
    """It may have overtaken what it is about. That is read again anyway, with all that is true of
    it, so nothing is lost by letting the event go in the end."""
    if app.clock() - delivery.created_at < _OVERTAKES:
        return Later(_LOOKS_AGAIN, why)
    return Skipped(in_vain)


def _reason(error: Exception) -> str:
    if isinstance(error, DealpayError):
        return connections.reason_of(error)
    return f"Something unexpected went wrong ({type(error).__name__}); the log says more."


def _write_down(app: App, delivery: WebhookDelivery, reason: str) -> None:
    if delivery.attempts > len(DELAYS) and reason == delivery.last_error:
        return  # the log needn't say the same every few hours
    with app.db.unit_of_work(delivery.tenant_id) as session:
        session.add(DeliveryEntry(delivery_id=delivery.id, text=reason, at=app.clock()))


def clean_up(app: App) -> str | None:
    """Empty the bodies of deliveries that were finished ``delivery_days`` ago.

    The rows stay, so that the same event sent again is known; so does what is needed to apply them
    again. What failed keeps its body.
    """
    before = app.clock() - timedelta(days=app.settings.delivery_days)
    old = (
        select(WebhookDelivery.id)
        .where(
            is_state(WebhookDelivery, "done", "skipped"),
            WebhookDelivery.body != literal_column("''"),
            WebhookDelivery.finished_at < before,
        )
        .order_by(WebhookDelivery.finished_at)
        .limit(_AT_ONCE)
    )
    emptied, some = 0, _AT_ONCE
    while some == _AT_ONCE and emptied < _MOST:
        with app.db.unit_of_work(ALL_TENANTS) as session:
            ids = list(session.scalars(old))
            session.execute(
                update(WebhookDelivery)
                .where(WebhookDelivery.id.in_(ids))
                .values(body="")
                .execution_options(synchronize_session=False)
            )
        some = len(ids)
        emptied += some
    return f"Bodies emptied: {emptied}." if emptied else None

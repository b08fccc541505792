"""Applying a verified event: it only says where to look, the provider says what is true."""

from core.api.actions import Done, Outcome, Skipped
from core.api.errors import CredentialsError, NotSent
from core.app import App
from core.db.faultpoints import reached
from core.inbox.models import WebhookDelivery
from core.inbox.service import EVENT
from core.links import service as links


def apply_delivery(app: App, tenant_id: str, delivery_id: str) -> Outcome:
    """Find the link that an event is about, and bring its ledger up to date."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        delivery = session.get_one(WebhookDelivery, delivery_id)
    reached("event.taken_up")
    event = EVENT.validate_python(delivery.event)
    link_id = links.find(app, tenant_id, delivery.account_id, event.link_id, event.link_ref)
    if link_id is None:
        return Skipped("It is about a payment link that this workspace didn't make.")
    with app.db.unit_of_work(tenant_id) as session:
        session.get_one(WebhookDelivery, delivery_id).link_id = link_id
    reached("event.placed")
    try:
        links.refresh(app, tenant_id, link_id, event.link_ref)
    except CredentialsError as error:
        # The money has moved, and only the key is wrong: that is for a person to mend, and no
        # reason to give the payment up.
        raise NotSent(str(error)) from error
    return Done("The link's payments were brought up to date.")

"""Making a link at the provider, as work that a crash doesn't lose."""

from datetime import timedelta

from core.api.actions import Done, Outcome
from core.api.errors import CredentialsError, DealpayError, OutcomeUnknown, Rejected
from core.api.payments import LinkRequest
from core.app import App
from core.connections import service as connections
from core.db.faultpoints import reached
from core.links import ledger
from core.links.models import PaymentLink

#: Providers forget idempotency keys after about a day (Stripe: 24 hours); asking again later would
#: make a second link.
KEY_LIFE = timedelta(hours=23)


def make_link(app: App, tenant_id: str, link_id: str) -> Outcome:
    """Ask the provider for the link of a draft, always under the draft's own idempotency key."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link_id)
    if link.state != "draft":
        return Done("The link is open.")
    if app.clock() - link.created_at > KEY_LIFE:
        raise _too_old(link)
    reached("link.taken_up")
    try:
        with connections.watched_account(app, tenant_id, link.account_id):
            port = connections.payment_port(
                app, tenant_id, link.account_id, idempotency_key=link.idempotency_key
            )
            made = port.create_link(request_for(link))
    except DealpayError as error:
        if link.attempts == 1:
            raise
        raise _not_known(link, error) from error
    reached("link.made")
    ledger.opened(app, tenant_id, link_id, made)
    return Done("The link is open.")


def _not_known(link: PaymentLink, error: DealpayError) -> OutcomeUnknown:
    """What to say when a further try fails: an earlier one may have made the link all the same.

    The error's own words would say of this try that nothing was done.
    """
    why = str(error) if isinstance(error, CredentialsError) else "The provider gave no clear answer yet."
    return OutcomeUnknown(f"{why} If the link was made, its metadata at the provider holds {link.id}.")


def _too_old(link: PaymentLink) -> Rejected:
    if link.attempts == 1:
        return Rejected(
            "draft_too_old",
            "This link was not made: Dealpay was stopped before it could ask for it. Make it again.",
        )
    return Rejected(
        "draft_too_old",
        "Nobody could tell for a day whether this link was made. Look for it at the provider "
        f"(its metadata holds {link.id}) before you make another one.",
    )


def request_for(link: PaymentLink) -> LinkRequest:
    """What the provider is asked for: the same for the same draft, or its key would be refused."""
    return LinkRequest(
        link_id=link.id,
        product_ref=link.product_ref,
        unit_price=link.unit_price,
        quantity=link.quantity,
        metadata={"crm": link.crm, "record": f"{link.record_kind}/{link.record_id}"},
    )

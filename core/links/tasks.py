"""Making a link at the provider, as work that a crash doesn't lose."""

from datetime import timedelta

from core.api.actions import Outcome, Skipped
from core.api.errors import (
    CredentialsError,
    DealpayError,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unsupported,
)
from core.api.payments import LinkRequest
from core.api.text import _, show
from core.app import App
from core.connections import service as connections
from core.db.faultpoints import reached
from core.links import ledger
from core.links.clarify import NOT_MADE, OPEN, SETTLED, find
from core.links.models import PaymentLink
from core.plugin_host.ports import PaymentPort

#: Providers forget idempotency keys after about a day (Stripe: 24 hours); asking again later would
#: make a second link.
KEY_LIFE = timedelta(hours=23)


def make_link(app: App, tenant_id: str, link_id: str) -> Outcome:
    """Ask the provider for the link of a draft, always under the draft's own idempotency key.

    Once the provider has forgotten the key, its list of links is searched instead.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link_id)
    if link.state != "draft":
        return OPEN
    if app.clock() - link.created_at > KEY_LIFE:
        return _too_late(app, tenant_id, link)
    reached("link.taken_up")
    try:
        with connections.watched_account(
            app, tenant_id, link.account_id, idempotency_key=link.idempotency_key
        ) as port:
            made = port.create_link(request_for(app, link, port))
    except DealpayError as error:
        if link.attempts == 1 or isinstance(error, Throttled):
            raise
        return _not_now(app, tenant_id, link, error)
    reached("link.made")
    ledger.opened(app, tenant_id, link_id, made)
    return OPEN


def _not_now(app: App, tenant_id: str, link: PaymentLink, error: DealpayError) -> Outcome:
    """What a further try that failed comes to: an earlier one may have made the link all the same.

    The error's own words would say of this try that nothing was done. A refusal will stay one, so
    that only the provider's list can tell. Raises OutcomeUnknown while nobody knows.
    """
    if not isinstance(error, Rejected):
        raise _not_known(link, error) from error
    try:
        found = find(app, tenant_id, link)
    except DealpayError as unanswered:
        raise _not_known(link, unanswered) from error
    if found:
        return OPEN
    if app.clock() - link.created_at < SETTLED:
        raise _not_known(link, error) from error
    return Skipped(f"{show(NOT_MADE)} {error.user_message}")


def _too_late(app: App, tenant_id: str, link: PaymentLink) -> Outcome:
    """What is known of a draft that can't be asked for under its key any more.

    Raises Rejected where it was never asked for, or nobody can tell.
    """
    if link.attempts == 1:
        raise Rejected(
            "draft_too_old",
            _("This link was not made: Dealpay was stopped before it could ask for it. Make it again."),
        )
    try:
        return OPEN if find(app, tenant_id, link) else Skipped(NOT_MADE)
    except Unsupported as error:
        raise Rejected(
            "draft_too_old",
            _(
                "Nobody could tell for a day whether this link was made. Look for it at the provider "
                "(its metadata holds %(id)s) before you make another one.",
                id=link.id,
            ),
        ) from error
    except Throttled:
        raise
    except DealpayError as error:
        raise _not_known(link, error) from error


def _not_known(link: PaymentLink, error: DealpayError) -> OutcomeUnknown:
    wrong_key = isinstance(error, CredentialsError)
    why = str(error) if wrong_key else _("The provider gave no clear answer yet.")
    then = _("If the link was made, its metadata at the provider holds %(id)s.", id=link.id)
    return OutcomeUnknown(f"{why} {then}")


def request_for(app: App, link: PaymentLink, port: PaymentPort) -> LinkRequest:
    """What the provider is asked for: the same for the same draft, or its key would be refused.

    Drafts from before there was a page for payers have no token, and go on without one. So do live
    links of an app that is reached over http: a provider leads nobody who has paid there.

    A provider is asked for what it declares, and for nothing else. Raises Rejected where it doesn't
    declare any more what a person has asked for, unless the host sees to that: see expiry.
    """
    options, terms = port.link_options, link.terms
    if (terms.first_part and not options.parts) or not terms.notify <= options.notify:
        raise Rejected(
            "option_gone",
            _(
                "%(provider)s doesn't offer any more what was asked for. No link was made. "
                "Make it again.",
                provider=port.provider,
            ),
        )
    token = link.payer_token if app.settings.secure or link.mode == "test" else None
    return LinkRequest(
        link_id=link.id,
        product_ref=link.product_ref,
        unit_price=link.unit_price,
        quantity=link.quantity,
        metadata={"crm": link.crm, "record": f"{link.record_kind}/{link.record_id}"},
        return_url=f"{app.settings.public_url}/p/{token}" if token else None,
        expires_at=terms.expires_at if options.expiry else None,
        first_part=terms.first_part,
        payer=terms.payer,
        notify=terms.notify,
    )

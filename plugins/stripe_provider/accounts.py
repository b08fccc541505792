"""Whose key it is, what a restricted key may not do, and where the account is in the dashboard."""

from core.api.errors import CredentialsError
from core.api.payments import Account
from core.api.records import Permission
from core.api.text import N_, _
from plugins.stripe_provider import mapping
from plugins.stripe_provider.client import Api, Call, PermissionMissing
from plugins.stripe_provider.settings import StripeSettings

DASHBOARD = "https://dashboard.stripe.com"

# In the words of Stripe's dashboard, which are English wherever it is read.
PERMISSIONS = (
    Permission("Account", ("read",), N_("Dealpay reads the account's name, country and currency.")),
    Permission("Products", ("write",), N_("Links are made for products; one of them has the price 1.")),
    Permission("Prices", ("write",), N_("A link charges a price; the price 1 is made once.")),
    Permission("Payment Links", ("write",), N_("Links are made and taken back.")),
    Permission(
        "Checkout Sessions",
        ("write",),
        N_(
            "What was paid on a link is read here, and open pages of a link that was taken back are "
            "closed."
        ),
    ),
    Permission(
        "PaymentIntents", ("read",), N_("A bank debit that failed is told from one that is on its way.")
    ),
    Permission(
        "Charges and Refunds", ("read",), N_("Refunds that you make in Stripe show on their links.")
    ),
    Permission("Disputes", ("read",), N_("A payment that its payer disputes shows on its link.")),
    Permission("Events", ("read",), N_("Events that no webhook has brought are asked for.")),
    Permission(
        "Webhook Endpoints",
        ("write",),
        N_("The webhook is set up by itself. Without it you add the endpoint by hand."),
    ),
)


def open_account(api: Api, settings: StripeSettings) -> Account:
    """The account of the key. Raises CredentialsError."""
    try:
        raw = api.read(api.v1.accounts.retrieve_current)
    except PermissionMissing as error:
        raise CredentialsError(
            _("Dealpay reads the account's name and currency. %(why)s", why=error), field="secret_key"
        ) from error
    if not raw.get("default_currency"):
        raise CredentialsError(
            _(
                "Stripe hasn't given this account a currency yet. Nothing was saved. "
                "Finish setting up the account in Stripe's dashboard, then save the key again."
            ),
            field="secret_key",
        )
    missing = missing_permissions(api) if settings.restricted else ()
    return mapping.account(raw, settings.mode, missing)


def missing_permissions(api: Api) -> tuple[str, ...]:
    """What to tick for a restricted key, in the dashboard's words.

    Only reading can be tried without doing anything; a missing write permission is named by
    Stripe when it is needed first.
    """
    v1 = api.v1
    probes: dict[str, Call] = {
        "Products": v1.products.list,
        "Prices": v1.prices.list,
        "Payment Links": v1.payment_links.list,
        "Checkout Sessions": v1.checkout.sessions.list,
        "Charges and Refunds": v1.refunds.list,
        "Disputes": v1.disputes.list,
        "Events": v1.events.list,
        "Webhook Endpoints": v1.webhook_endpoints.list,
    }
    missing = []
    for permission in PERMISSIONS:
        if probe := probes.get(permission.name):
            try:
                api.read(probe, {"limit": 1})
            except PermissionMissing:
                missing.append(permission.words)
    return tuple(missing)


def page_of(settings: StripeSettings, account: Account | None) -> str:
    """Where somebody who is signed in at Stripe sees the account, in the mode of its key."""
    owner = f"/{account.external_id}" if account else ""
    return f"{DASHBOARD}{owner}{'' if settings.mode == 'live' else '/test'}/dashboard"

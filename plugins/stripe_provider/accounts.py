"""Whose key it is, and what a restricted key may not do."""

from core.api.errors import CredentialsError
from core.api.payments import Account
from plugins.stripe_provider import mapping
from plugins.stripe_provider.client import Api, Call, PermissionMissing
from plugins.stripe_provider.settings import StripeSettings


def open_account(api: Api, settings: StripeSettings) -> Account:
    """The account of the key. Raises CredentialsError."""
    try:
        raw = api.read(api.v1.accounts.retrieve_current)
    except PermissionMissing as error:
        raise CredentialsError(
            f"Dealpay reads the account's name and currency. {error}", field="secret_key"
        ) from error
    if not raw.get("default_currency"):
        raise CredentialsError(
            "Stripe hasn't given this account a currency yet. Nothing was saved. "
            "Finish setting up the account in Stripe's dashboard, then save the key again.",
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
        "Products (write)": v1.products.list,
        "Prices (write)": v1.prices.list,
        "Payment Links (write)": v1.payment_links.list,
        "Checkout Sessions (write)": v1.checkout.sessions.list,
        "Charges and Refunds (read)": v1.refunds.list,
        "Disputes (read)": v1.disputes.list,
        "Events (read)": v1.events.list,
        "Webhook Endpoints (write)": v1.webhook_endpoints.list,
    }
    missing = []
    for permission, probe in probes.items():
        try:
            api.read(probe, {"limit": 1})
        except PermissionMissing:
            missing.append(permission)
    return tuple(missing)

"""API keys: who calls, and what a restricted key may do."""

import base64
import binascii
import re

from core.testing.store import Doc, Store
from plugins.stripe_provider.simulator.errors import Refusal

# The words of Stripe's dashboard for its permission names (a write permission includes reading).
TITLES = {
    "balance": "Balance",
    "charge": "Charges and Refunds",
    "checkout_session": "Checkout Sessions",
    "connected_account": "Account",
    "dispute": "Disputes",
    "event": "Events",
    "payment_intent": "PaymentIntents",
    "payment_links": "Payment Links",
    "plan": "Prices",
    "product": "Products",
    "webhook": "Webhook Endpoints",
}


def add_key(
    store: Store,
    secret: str,
    account: str,
    *,
    name: str = "Secret key",
    permissions: tuple[str, ...] | None = None,
    expired: bool = False,
) -> None:
    """Let ``secret`` open ``account``. ``permissions`` such as ``product_write`` restrict it."""
    store.put(
        "key",
        secret,
        {
            "secret": secret,
            "account": account,
            "name": name,
            "permissions": permissions,
            "expired": expired,
        },
    )


def masked(secret: str) -> str:
    """A key as Stripe's messages show it."""
    prefix = re.match(r"(?:[a-z]{2}_(?:test|live)_)?", secret)
    return f"{prefix[0] if prefix else ''}{'*' * 12}{secret[-4:]}"


def bearer(authorization: str | None) -> str | None:
    """The key in an Authorization header: ``Bearer key``, or Basic with the key as user name."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def authenticate(store: Store, authorization: str | None) -> Doc:
    """The key that a request is made with. Raises Refusal (401)."""
    secret = bearer(authorization)
    if secret is None:
        raise Refusal(
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if secret.startswith("pk_"):
        raise Refusal(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            status=401,
            code="secret_key_required",
        )
    if (key := store.get("key", secret)) is None:
        raise Refusal(f"Invalid API Key provided: {masked(secret)}", status=401)
    if key["expired"]:
        raise Refusal(f"Expired API Key provided: {masked(secret)}", status=401, code="api_key_expired")
    return key


def require(key: Doc, permission: str) -> None:
    """Raise Refusal (403) where a restricted key lacks ``permission``."""
    resource, _, verb = permission.rpartition("_")
    if key["permissions"] is None or permission in key["permissions"]:
        return
    if verb == "read" and f"{resource}_write" in key["permissions"]:
        return
    raise Refusal(
        f"Permission denied. The provided key '{masked(key['secret'])}' does not have the required"
        f" permissions for this endpoint on account '{key['account']}'. Enabling"
        f" \"{TITLES[resource]} {verb.title()}\" ('{permission}') permissions on this key would allow"
        " this request to continue.",
        status=403,
        code="more_permissions_required",
    )

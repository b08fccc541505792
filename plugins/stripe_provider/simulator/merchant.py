"""The account itself and its balance, as a key's owner reads them."""

from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.forms import Params


def retrieve(account: Account, params: Params) -> Doc:
    return {
        "id": account.id,
        "object": "account",
        "business_profile": {"name": account.name, "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": not account.doc.get("incomplete", False),
        "country": account.doc["country"],
        "created": account.doc["created"],
        "default_currency": account.currency,
        "details_submitted": True,
        "email": account.doc["email"],
        "metadata": {},
        "payouts_enabled": True,
        "settings": _settings(account),
        "type": "standard",
    }


def balance(account: Account, params: Params) -> Doc:
    """What was paid, less what was given back, at once: this simulator pays nothing out."""
    amounts = {account.currency: 0}
    for charge in account.all("charge", lambda one: one["paid"]):
        left = charge["amount_captured"] - charge["amount_refunded"]
        amounts[charge["currency"]] = amounts.get(charge["currency"], 0) + left
    return {
        "object": "balance",
        "available": [{"amount": amount, "currency": code} for code, amount in amounts.items()],
        "livemode": account.livemode,
        "pending": [{"amount": 0, "currency": account.currency}],
    }


def _settings(account: Account) -> Doc:
    descriptors = ("statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji")
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {"statement_descriptor_prefix": None, **dict.fromkeys(descriptors)},
        "dashboard": {"display_name": account.name, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": dict.fromkeys(
            (
                "statement_descriptor",
                "statement_descriptor_kana",
                "statement_descriptor_kanji",
            )
        ),
        "sepa_debit_payments": {},
    }

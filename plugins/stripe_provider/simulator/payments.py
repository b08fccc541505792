"""Payment intents and charges: what a session leaves behind once somebody tries to pay."""

from typing import Any

from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.cards import Card

_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
# Methods whose money comes days later; Stripe's names of them.
_DELAYED = {"aud": "au_becs_debit", "eur": "sepa_debit", "gbp": "bacs_debit", "usd": "us_bank_account"}


def delayed_method(currency: str) -> str:
    """The bank debit of a currency; where Stripe has none, the bank transfer."""
    return _DELAYED.get(currency, "customer_balance")


def intent_for(account: Account, session: Doc, data: Doc) -> Doc:
    """The session's payment intent, made at the first attempt to pay. ``data`` is the link's."""
    if session["payment_intent"]:
        return account.get("payment_intent", session["payment_intent"])
    intent = new_intent(account, session, data, new_id("pi_3", 23))
    return account.create(intent, "payment_intent.created")


def new_intent(account: Account, session: Doc, data: Doc, id: str) -> Doc:
    """An intent that nobody has paid yet; not yet written."""
    return {
        "id": id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": account.now(),
        "currency": session["currency"],
        "customer": None,
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": account.livemode,
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": session["payment_method_types"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def card_details(card: Card) -> Doc:
    return {
        "type": "card",
        "card": {
            "brand": card.brand,
            "checks": dict.fromkeys(("address_line1_check", "address_postal_code_check"))
            | {"cvc_check": "pass"},
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": f"simulated{card.number[-4:]}",
            "funding": "credit",
            "installments": None,
            "last4": card.number[-4:],
            "mandate": None,
            "network": card.brand,
            "three_d_secure": None,
            "wallet": None,
        },
    }


def bank_details(method: str) -> Doc:
    return {"type": method, method: {}}


def charge_for(account: Account, intent: Doc, details: Doc, payer: Doc, status: str) -> Doc:
    """A new charge of ``intent``: ``succeeded``, ``pending`` or ``failed``; not yet written."""
    return {
        "id": new_id("ch_3", 23),
        "object": "charge",
        "amount": intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {
            "address": dict(_ADDRESS),
            "email": payer["email"],
            "name": payer["name"],
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": account.name.upper()[:22],
        "created": account.now(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "fraud_details": {},
        "livemode": account.livemode,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm_1", 23),
        "payment_method_details": details,
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "transfer_data": None,
        "transfer_group": None,
        **charge_status(intent["amount"], status),
    }


def charge_status(amount: int, status: str, code: str | None = None, message: str | None = None) -> Doc:
    """The fields of a charge that say how it went."""
    paid = status == "succeeded"
    outcome: dict[str, Any] = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if status == "failed" else "approved_by_network",
        "reason": code,
        "seller_message": message or "Payment complete.",
        "type": "issuer_declined" if status == "failed" else "authorized",
    }
    return {
        "status": status,
        "paid": paid,
        "captured": paid,
        "amount_captured": amount if paid else 0,
        "failure_code": code,
        "failure_message": message,
        "outcome": outcome,
    }


def succeed(account: Account, intent: Doc, charge: Doc) -> Doc:
    """The money is there."""
    charge = account.put(charge | charge_status(intent["amount"], "succeeded"))
    account.emit("charge.succeeded", charge)
    changes = {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
    }
    intent = account.put(intent | changes)
    account.emit("payment_intent.succeeded", intent)
    return intent


def wait(account: Account, intent: Doc, charge: Doc) -> Doc:
    """A delayed method was accepted; the bank answers later."""
    account.create(charge, "charge.pending")
    changes = {
        "status": "processing",
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
    }
    intent = account.put(intent | changes)
    account.emit("payment_intent.processing", intent)
    return intent


def fail(account: Account, intent: Doc, charge: Doc, decline_code: str, message: str) -> Doc:
    """The bank said no; the intent waits for another method."""
    code = "card_declined" if charge["payment_method_details"]["type"] == "card" else decline_code
    charge = account.put(charge | charge_status(intent["amount"], "failed", code, message))
    account.emit("charge.failed", charge)
    error = {
        "charge": charge["id"],
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "type": "card_error",
    }
    changes = {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "latest_charge": charge["id"],
        "payment_method": None,
    }
    intent = account.put(intent | changes)
    account.emit("payment_intent.payment_failed", intent)
    return intent

"""Disputes: the payer's bank takes the money back until somebody decides.

Stripe docs: Disputes. Nobody opens one through the API; here a person or a test is the bank.
"""

from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import RANGE, Params
from plugins.stripe_provider.simulator.listing import LISTING, stored_page

LIST: Params = LISTING | {"charge": str, "created": RANGE, "payment_intent": str}
_TIME_TO_ANSWER = 9 * 24 * 60 * 60


def open(
    account: Account, intent_id: str, *, amount: int | None = None, reason: str = "fraudulent"
) -> Doc:
    """The payer denies a payment, or ``amount`` wire units of it. Raises Refusal."""
    intent = account.get("payment_intent", intent_id)
    charge = account.find("charge", intent["latest_charge"] or "")
    if charge is None or not charge["paid"]:
        raise Refusal("Only a payment that succeeded can be disputed.")
    if is_open(account, charge["id"]):
        raise Refusal("This payment is disputed already.")
    dispute = {
        "id": new_id("du_1", 23),
        "object": "dispute",
        "amount": charge["amount"] if amount is None else amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": account.now() + _TIME_TO_ANSWER,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": account.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
        **_method(charge),
    }
    account.update(charge, {"disputed": True})
    account.create(dispute, "charge.dispute.created")
    account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(account: Account, id: str, *, won: bool) -> Doc:
    """What the payer's bank decides. A closed dispute stays as it is."""
    dispute = account.get("dispute", id)
    if dispute["status"] != "needs_response":
        return dispute
    changes = {"status": "won" if won else "lost", "is_charge_refundable": won}
    dispute = account.update(dispute, changes, "charge.dispute.closed")
    if won:
        account.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def is_open(account: Account, charge_id: str) -> bool:
    """Whether a dispute of a charge waits for its decision."""
    disputes = account.walk("dispute", charge=charge_id)
    return any(one["status"] == "needs_response" for one in disputes)


def list_disputes(account: Account, params: Params) -> Doc:
    return stored_page(account, "dispute", "/v1/disputes", params, "charge", "payment_intent")


def _method(charge: Doc) -> Doc:
    details = charge["payment_method_details"]
    if details["type"] != "card":
        return {}
    brand = details["card"]["brand"]
    case = {
        "brand": brand,
        "case_type": "chargeback",
        "network": brand,
        "network_reason_code": "10.4",
    }
    return {"payment_method_details": {"type": "card", "card": case}}

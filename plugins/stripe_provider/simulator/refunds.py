"""Refunds: the whole of a payment or a part of it, as long as something is left.

Stripe docs: Refunds. A card gets its money back at once. A bank debit, and the test card that is
made for it, waits for the bank first; a refund may fail even after it has succeeded.
"""

from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.cards import REFUNDED_LATER
from plugins.stripe_provider.simulator.currencies import check_amount, shown
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import METADATA, RANGE, Params, merged
from plugins.stripe_provider.simulator.listing import EXPAND, LISTING, stored_page

CREATE: Params = {
    "amount": int,
    "charge": str,
    "metadata": METADATA,
    "payment_intent": str,
    "reason": {"duplicate", "fraudulent", "requested_by_customer"},
    **EXPAND,
}
LIST: Params = LISTING | {"charge": str, "created": RANGE, "payment_intent": str}


def create(account: Account, params: Params) -> Doc:
    """Give back ``amount`` of a charge, or all that is left. Raises Refusal."""
    charge = _charge_of(account, params)
    amount = params.get("amount", charge["amount"] - charge["amount_refunded"])
    _check(account, charge, amount)
    method = charge["payment_method_details"]["type"]
    waits = method != "card" or charge["payment_method_details"]["card"]["last4"] == REFUNDED_LATER
    refund = {
        "id": new_id("re_3", 23),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "destination_details": {
            "type": method,
            method: {"type": "refund"} if method == "card" else {},
        },
        "metadata": merged({}, params.get("metadata", {})),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if waits else "succeeded",
        "transfer_reversal": None,
        **({"pending_reason": "processing"} if waits else {}),
    }
    account.create(refund, "refund.created")
    _count(account, charge, amount, "charge.refunded")
    return refund


def settle(account: Account, id: str, *, succeeded: bool) -> Doc:
    """What the payer's bank says later. One that has failed stays as it is."""
    refund = account.get("refund", id)
    if refund["status"] == "failed" or (succeeded and refund["status"] == "succeeded"):
        return refund
    refund.pop("pending_reason", None)
    if succeeded:
        return account.update(refund, {"status": "succeeded"}, "refund.updated")
    _count(account, account.get("charge", refund["charge"]), -refund["amount"])
    changes = {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    return account.update(refund, changes, "refund.failed")


def list_refunds(account: Account, params: Params) -> Doc:
    return stored_page(account, "refund", "/v1/refunds", params, "charge", "payment_intent")


def _charge_of(account: Account, params: Params) -> Doc:
    if ("charge" in params) == ("payment_intent" in params):
        raise Refusal(
            "You must specify exactly one of: charge, payment_intent.",
            code="parameter_missing",
            param="charge",
        )
    if "charge" in params:
        return account.get("charge", params["charge"], "charge")
    intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
    charge = account.find("charge", intent["latest_charge"] or "")
    if charge is None or not charge["paid"]:
        raise Refusal(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
    return charge


def _check(account: Account, charge: Doc, amount: int) -> None:
    if not charge["paid"]:
        raise Refusal(f"Charge {charge['id']} is not paid and cannot be refunded.", param="charge")
    if any(not one["is_charge_refundable"] for one in account.walk("dispute", charge=charge["id"])):
        raise Refusal(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise Refusal(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        most, asked = shown(left, charge["currency"]), shown(amount, charge["currency"])
        raise Refusal(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({most})",
            param="amount",
        )
    check_amount(amount, charge["currency"], "amount")


def _count(account: Account, charge: Doc, amount: int, event: str | None = None) -> None:
    """Stripe counts a refund when it is made, and takes it off again when it fails."""
    refunded = charge["amount_refunded"] + amount
    changes = {"amount_refunded": refunded, "refunded": refunded == charge["amount"]}
    account.update(charge, changes, event)

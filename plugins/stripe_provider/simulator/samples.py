"""Sample events become state, so that the API tells the same truth as the event."""

from plugins.stripe_provider.simulator import payments
from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.cards import CARDS

_PAYER = {"name": None, "email": None}


def adopt(account: Account, event: Doc) -> Doc:
    """Write an event and what it is about, without sending it; answers with the object.

    A session brings its payment intent and charge along where they aren't there yet. Refunds and
    disputes change the charge of a session that was adopted before, where they name its intent.
    """
    obj: Doc = event["data"]["object"]
    account.put(event)
    account.put(obj)
    if obj["object"] in ("charge", "refund", "dispute"):
        _adopt_charge(account, obj)
    if obj["object"] == "checkout.session" and obj["payment_intent"]:
        _adopt_intent(account, obj, failed=event["type"].endswith(".async_payment_failed"))
    return obj


def _adopt_charge(account: Account, obj: Doc) -> None:
    intent = account.find("payment_intent", obj["payment_intent"] or "")
    if intent is None:
        return
    id = obj["id"] if obj["object"] == "charge" else obj["charge"]
    charge = account.find("charge", id) or account.get("charge", intent["latest_charge"])
    refunds = [one for one in account.walk("refund", charge=id) if one["status"] != "failed"]
    unseen = charge["amount_refunded"] - sum(one["amount"] for one in refunds)
    if unseen > 0 and obj["object"] == "charge":
        refunds.append(account.put(_refund_of(charge, unseen)))
    refunded = sum(one["amount"] for one in refunds)
    changes = {
        "id": id,
        "amount_refunded": refunded,
        "refunded": refunded == charge["amount"],
        "disputed": any(account.walk("dispute", charge=id)),
    }
    account.put(charge | changes)
    account.put(intent | {"latest_charge": id})


def _refund_of(charge: Doc, amount: int) -> Doc:
    """The refund that a sample charge counts, and no other sample tells of."""
    return {
        "id": new_id("re_3", 23),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": charge["created"],
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _adopt_intent(account: Account, session: Doc, *, failed: bool) -> None:
    known = account.find("payment_intent", session["payment_intent"])
    intent = known or payments.new_intent(
        account, session, {"metadata": session["metadata"]}, session["payment_intent"]
    )
    paid = session["payment_status"] == "paid"
    status = "succeeded" if paid else "failed" if failed else "pending"
    charge = account.find("charge", intent["latest_charge"] or "") or payments.charge_for(
        account,
        intent,
        payments.card_details(CARDS[0])
        if paid
        else payments.bank_details(payments.delayed_method(session["currency"])),
        session["customer_details"] or _PAYER,
        status,
    )
    account.put(charge | payments.charge_status(intent["amount"], status))
    states = {"succeeded": "succeeded", "failed": "requires_payment_method", "pending": "processing"}
    account.put(
        intent
        | {
            "status": states[status],
            "latest_charge": charge["id"],
            "amount_received": intent["amount"] if paid else 0,
        }
    )

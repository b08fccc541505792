"""Sample events become state, so that the API tells the same truth as the event."""

from plugins.stripe_provider.simulator import payments
from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.cards import CARDS

_PAYER = {"name": None, "email": None}


def adopt(account: Account, event: Doc) -> Doc:
    """Write an event and what it is about, without sending it; answers with the object.

    A session brings its payment intent and charge along where they aren't there yet.
    """
    obj: Doc = event["data"]["object"]
    account.put(event)
    account.put(obj)
    if obj["object"] == "checkout.session" and obj["payment_intent"]:
        _adopt_intent(account, obj, failed=event["type"].endswith(".async_payment_failed"))
    return obj


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

"""What the dashboard shows of a payment: how it stands, what was given back, what is disputed."""

from plugins.stripe_provider.simulator import checkout, disputes
from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.currencies import typed

_DISPUTES = {"needs_response": "Needs response", "won": "Won", "lost": "Lost"}


def row(account: Account, session: Doc) -> Doc:
    """A session with its ``state``, ``error``, ``refunds`` and ``disputes``.

    ``left`` is what can still be given back, as a person types it; None where nothing can.
    """
    intent = account.find("payment_intent", session["payment_intent"] or "")
    charge = account.find("charge", (intent or {}).get("latest_charge") or "")
    error = intent and intent["last_payment_error"]
    found = session | {
        "state": _state(account, session, charge),
        "error": error["message"] if error else None,
        "left": None,
        "disputable": False,
        "refunds": [],
        "disputes": [],
    }
    return found | _taken_back(account, charge) if charge and charge["paid"] else found


def _taken_back(account: Account, charge: Doc) -> Doc:
    disputed = disputes.is_open(account, charge["id"])
    left = charge["amount"] - charge["amount_refunded"]
    refundable = left and all(
        one["is_charge_refundable"] for one in account.walk("dispute", charge=charge["id"])
    )
    return {
        "left": typed(left, charge["currency"]) if refundable else None,
        "disputable": not disputed,
        "refunds": list(account.walk("refund", charge=charge["id"])),
        "disputes": [
            one | {"state": _DISPUTES[one["status"]]}
            for one in account.walk("dispute", charge=charge["id"])
        ],
    }


def _state(account: Account, session: Doc, charge: Doc | None) -> str:
    if session["status"] != "complete":
        return "Expired" if session["status"] == "expired" else "Open"
    if checkout.waits(account, session):
        return "Pending"
    if session["payment_status"] == "unpaid":
        return "Failed"
    if charge and disputes.is_open(account, charge["id"]):
        return "Disputed"
    if charge and charge["amount_refunded"]:
        return "Refunded" if charge["refunded"] else "Partly refunded"
    return "Paid"

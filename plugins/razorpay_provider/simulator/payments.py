"""What happens to the money of a link: paid, given back, disputed."""

from core.testing.store import Doc
from plugins.razorpay_provider.simulator import links
from plugins.razorpay_provider.simulator.account import Account, new_id
from plugins.razorpay_provider.simulator.errors import Refusal
from plugins.razorpay_provider.simulator.money import check_amount

METHODS = ("card", "upi", "netbanking", "wallet")
ANSWER_IN = 7 * 24 * 60 * 60


def pay(account: Account, link_id: str, amount: int, payer: Doc, method: str) -> tuple[Doc, Doc]:
    """The payment and the link after it. Raises Refusal where the link doesn't take ``amount``."""
    link = links.current(account, link_id)
    due = link["amount"] - link["amount_paid"]
    if link["status"] not in ("created", "partially_paid"):
        raise Refusal("This payment link takes no payments any more.")
    if amount != due and not link["accept_partial"]:
        raise Refusal("This payment link has to be paid in one.")
    if not max(1, min(due, _least(link))) <= amount <= due:
        raise Refusal("The amount is less than the least, or more than what is due.")
    payment = account.put("payment", _payment(account, link, amount, payer, method, "captured"))
    link["amount_paid"] += amount
    link["status"] = "paid" if link["amount_paid"] == link["amount"] else "partially_paid"
    link["payments"] = [*(link["payments"] or []), _row(link, payment)]
    link["updated_at"] = account.now()
    account.put("payment_link", link)
    account.emit(f"payment_link.{link['status']}", payment_link=links.told(link), payment=payment)
    return payment, link


def decline(account: Account, link_id: str, payer: Doc, method: str) -> Doc:
    """A payment that failed; a link doesn't tell of those."""
    link = links.current(account, link_id)
    due = link["amount"] - link["amount_paid"]
    payment = account.put("payment", _payment(account, link, due, payer, method, "failed"))
    account.emit("payment.failed", payment=payment)
    return payment


def refund(account: Account, payment_id: str, body: Doc, *, pending: bool = False) -> Doc:
    payment = account.get("payment", payment_id)
    left = payment["amount"] - payment["amount_refunded"]
    if payment["status"] == "refunded":
        raise Refusal("The payment has been fully refunded already.")
    if payment["status"] != "captured":
        raise Refusal("The payment status should be captured for action to be taken")
    amount = body.get("amount", left)
    check_amount(amount, payment["currency"])
    if amount > left:
        raise Refusal("The refund amount provided is greater than amount captured.")
    made = account.put(
        "refund",
        {
            "id": new_id("rfnd_"),
            "entity": "refund",
            "amount": amount,
            "currency": payment["currency"],
            "payment_id": payment_id,
            "notes": body.get("notes") or [],
            "receipt": body.get("receipt"),
            "acquirer_data": {"arn": None},
            "created_at": account.now(),
            "batch_id": None,
            "status": "pending" if pending else "processed",
            "speed_processed": "normal",
            "speed_requested": body.get("speed", "normal"),
        },
    )
    payment = _given_back(account, payment, amount)
    account.emit("refund.created", refund=made, payment=payment)
    if not pending:
        account.emit("refund.processed", refund=made, payment=payment)
    return made


def settle_refund(account: Account, id: str, *, processed: bool) -> Doc:
    """What became of a refund that was pending; settled already, it stays as it is."""
    made = account.get("refund", id)
    if made["status"] != "pending":
        return made
    made = account.put("refund", made | {"status": "processed" if processed else "failed"})
    payment = account.get("payment", made["payment_id"])
    if not processed:
        payment = _given_back(account, payment, -made["amount"])
    account.emit(f"refund.{made['status']}", refund=made, payment=payment)
    return made


def dispute(account: Account, payment_id: str) -> Doc:
    """The payer's bank asks for the money."""
    payment = account.get("payment", payment_id)
    if payment["status"] not in ("captured", "refunded"):
        raise Refusal("Only a payment that was captured can be disputed.")
    opened = {
        "id": new_id("disp_"),
        "entity": "dispute",
        "payment_id": payment_id,
        "amount": payment["amount"],
        "currency": payment["currency"],
        "amount_deducted": 0,
        "reason_code": "goods_or_services_not_received_or_partially_received",
        "respond_by": account.now() + ANSWER_IN,
        "status": "open",
        "phase": "chargeback",
        "created_at": account.now(),
    }
    account.put("dispute", opened)
    account.emit("payment.dispute.created", payment=payment, dispute=opened)
    return opened


def close_dispute(account: Account, id: str, status: str) -> Doc:
    """``won``, ``lost`` or ``closed``; decided already, it stays as it is."""
    doc = account.get("dispute", id)
    if doc["status"] not in ("open", "under_review"):
        return doc
    deducted = doc["amount"] if status == "lost" else 0
    doc = account.put("dispute", doc | {"status": status, "amount_deducted": deducted})
    payment = account.get("payment", doc["payment_id"])
    account.emit(f"payment.dispute.{status}", payment=payment, dispute=doc)
    return doc


def _least(link: Doc) -> int:
    """The least that the first part may be."""
    return int(link["first_min_partial_amount"]) if not link["amount_paid"] else 0


def _payment(account: Account, link: Doc, amount: int, payer: Doc, method: str, status: str) -> Doc:
    return {
        "id": new_id("pay_"),
        "entity": "payment",
        "amount": amount,
        "currency": link["currency"],
        "status": status,
        "order_id": f"order_{link['id'].removeprefix('plink_')}",
        "invoice_id": None,
        "international": link["currency"] != "INR",
        "method": method,
        "amount_refunded": 0,
        "refund_status": None,
        "captured": status == "captured",
        "description": f"#{link['id'].removeprefix('plink_')}",
        "email": payer.get("email") or None,
        "contact": payer.get("contact") or None,
        "notes": [],
        "error_code": None if status == "captured" else "BAD_REQUEST_ERROR",
        "created_at": account.now(),
    }


def _row(link: Doc, payment: Doc) -> Doc:
    """A payment as its link tells it."""
    return {
        "amount": payment["amount"],
        "created_at": payment["created_at"],
        "method": payment["method"],
        "payment_id": payment["id"],
        "plink_id": link["id"],
        "status": "captured",
        "updated_at": payment["created_at"],
    }


def _given_back(account: Account, payment: Doc, amount: int) -> Doc:
    back = payment["amount_refunded"] + amount
    whole = back == payment["amount"]
    return account.put(
        "payment",
        payment
        | {
            "amount_refunded": back,
            "refund_status": "full" if whole else "partial" if back else None,
            "status": "refunded" if whole else "captured",
        },
    )

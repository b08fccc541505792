"""Checkout sessions: one for each visit of a payment link, and what the payer does with it.

Stripe docs: a session lives 24 hours; it copies the link's metadata when it is made; a delayed
method completes it unpaid, and the money's arrival or failure is told later.
"""

from plugins.stripe_provider.simulator import line_items, links, payments
from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.cards import Card
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import RANGE, Params
from plugins.stripe_provider.simulator.listing import (
    LISTING,
    items_of,
    line_item_page,
    stored_page,
)

LIST: Params = LISTING | {
    "created": RANGE,
    "payment_intent": str,
    "payment_link": str,
    "status": {"open", "complete", "expired"},
}
_LIFE = 24 * 60 * 60
_KIND = "checkout.session"


def visit(account: Account, link: Doc, hints: dict[str, str]) -> Doc:
    """A session for somebody who opened the link; ``hints`` is the query of its URL."""
    items = items_of(account, link["id"])
    total = sum(item["amount_total"] for item in items)
    id = new_id(f"cs_{'live' if account.livemode else 'test'}_a1", 56)
    reference = hints.get("client_reference_id", "")
    valid = reference.replace("-", "").replace("_", "").isalnum() and len(reference) <= 200
    completion = link["after_completion"]
    session = {
        "id": id,
        "object": _KIND,
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": link["billing_address_collection"],
        "cancel_url": None,
        # Stripe docs: anything but letters, digits, dashes and underscores is dropped in silence.
        "client_reference_id": reference if valid and reference.isascii() else None,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": account.now(),
        "currency": link["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": link["custom_text"],
        "customer": None,
        "customer_creation": link["customer_creation"],
        "customer_details": None,
        "customer_email": hints.get("prefilled_email"),
        "discounts": [],
        "expires_at": account.now() + _LIFE,
        "invoice": None,
        "invoice_creation": None,
        "livemode": account.livemode,
        "locale": "auto",
        "metadata": link["metadata"],
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": link["id"],
        "payment_method_collection": link["payment_method_collection"],
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card", payments.delayed_method(link["currency"])],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": link["phone_number_collection"],
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": link["submit_type"],
        "subscription": None,
        "success_url": completion["redirect"]["url"] if completion["type"] == "redirect" else None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{account.base_url}/c/pay/{id}",
        "wallet_options": None,
    }
    line_items.keep(account, id, items)
    return account.create(session)


def pay_by_card(account: Account, id: str, card: Card, payer: Doc) -> Doc:
    """The session after an attempt: complete and paid, or open still where the bank said no."""
    session = _open(account, id)
    if session["amount_total"] == 0:
        return _complete(account, session, payer, payment_status="no_payment_required")
    session, intent = _with_intent(account, session)
    details = payments.card_details(card)
    charge = payments.charge_for(account, intent, details, payer, "succeeded")
    if card.decline_code:
        payments.fail(account, intent, charge, card.decline_code, card.message)
        return session
    payments.succeed(account, intent, charge)
    return _complete(account, session, payer, payment_status="paid")


def pay_by_bank_debit(account: Account, id: str, payer: Doc) -> Doc:
    """The session complete, but unpaid until the debit is settled."""
    session, intent = _with_intent(account, _open(account, id))
    details = payments.bank_details(payments.delayed_method(session["currency"]))
    payments.wait(account, intent, payments.charge_for(account, intent, details, payer, "pending"))
    return _complete(account, session, payer, payment_status="unpaid")


def waits(account: Account, session: Doc) -> bool:
    """Whether a bank debit of the session is still to be settled."""
    intent = session["payment_intent"] and account.find("payment_intent", session["payment_intent"])
    return bool(intent and intent["status"] == "processing")


def settle(account: Account, id: str, *, succeeded: bool) -> Doc:
    """What the bank says days later about a delayed method."""
    session = account.get(_KIND, id)
    if not waits(account, session):
        raise Refusal("No payment of this session waits for its bank.")
    intent = account.get("payment_intent", session["payment_intent"])
    charge = account.get("charge", intent["latest_charge"])
    if succeeded:
        payments.succeed(account, intent, charge)
        session = account.put(session | {"payment_status": "paid"})
        account.emit("checkout.session.async_payment_succeeded", session)
    else:
        payments.fail(
            account, intent, charge, "insufficient_funds", "The bank account has too little money."
        )
        account.emit("checkout.session.async_payment_failed", session)
    return session


def expire(account: Account, params: Params, id: str) -> Doc:
    """End an open session. Raises Refusal where it is complete or expired."""
    session = account.get(_KIND, id)
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session'
            f" has a status of {session['status']}."
        )
    session = account.put(session | {"status": "expired", "url": None})
    account.emit("checkout.session.expired", session)
    return session


def expire_overdue(account: Account) -> None:
    """Expire what is open for more than 24 hours: the oldest, as all live equally long."""
    for session in account.walk(_KIND, back=False, status="open"):
        if session["expires_at"] > account.now():
            break
        expire(account, {}, session["id"])


def retrieve(account: Account, params: Params, id: str) -> Doc:
    expire_overdue(account)
    return account.get(_KIND, id)


def list_sessions(account: Account, params: Params) -> Doc:
    expire_overdue(account)
    names = ("payment_link", "payment_intent", "status")
    return stored_page(account, _KIND, "/v1/checkout/sessions", params, *names)


def list_items(account: Account, params: Params, id: str) -> Doc:
    return line_item_page(account, account.get(_KIND, id), params)


def _open(account: Account, id: str) -> Doc:
    if (session := retrieve(account, {}, id))["status"] != "open":
        raise Refusal(f"This session is {session['status']}.")
    return session


def _with_intent(account: Account, session: Doc) -> tuple[Doc, Doc]:
    link = account.find("payment_link", session["payment_link"])
    intent = payments.intent_for(account, session, (link or {}).get("payment_intent_data") or {})
    return account.put(session | {"payment_intent": intent["id"]}), intent


def _complete(account: Account, session: Doc, payer: Doc, *, payment_status: str) -> Doc:
    details = {
        "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
        "business_name": None,
        "email": payer["email"],
        "individual_name": None,
        "name": payer["name"],
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    session = account.put(
        session
        | {
            "status": "complete",
            "payment_status": payment_status,
            "customer_details": details,
            "url": None,
        }
    )
    account.emit("checkout.session.completed", session)
    links.count_completed(account, session["payment_link"])
    return session

"""Payment links: made, changed, cancelled, expired."""

from typing import Any

from core.testing.store import Doc
from plugins.razorpay_provider.simulator.account import Account, new_id
from plugins.razorpay_provider.simulator.errors import Refusal
from plugins.razorpay_provider.simulator.money import check_amount

SOON = 15 * 60
SIX_MONTHS = 184 * 24 * 60 * 60
_REACHED_BY = {"sms": "contact", "email": "email"}
_START: Doc = {
    "accept_partial": False,
    "amount_paid": 0,
    "callback_method": "",
    "callback_url": "",
    "cancelled_at": 0,
    "customer": {},
    "description": "",
    "expire_by": 0,
    "expired_at": 0,
    "first_min_partial_amount": 0,
    "notes": [],
    "notify": {"email": True, "sms": True},
    "payments": None,
    "reference_id": "",
    "reminder_enable": False,
    "reminders": [],
    "status": "created",
    "upi_link": False,
    "user_id": "",
}
_UPDATE = frozenset(("accept_partial", "expire_by", "reference_id", "notes", "reminder_enable"))
_CREATE = _UPDATE | {
    "amount",
    "currency",
    "first_min_partial_amount",
    "description",
    "customer",
    "notify",
    "callback_url",
    "callback_method",
}


def create(account: Account, body: Doc) -> Doc:
    """Raises Refusal for what Razorpay would not take."""
    fields = {"currency": "INR"} | body
    _check(account, fields, _CREATE)
    check_amount(fields.get("amount"), fields["currency"])
    if fields.get("callback_url") and fields.get("callback_method") != "get":
        raise Refusal("callback_method: wrong input fields sent.")
    id, now = new_id("plink_"), account.now()
    link = _START | fields | {"id": id, "created_at": now, "updated_at": now}
    link["short_url"] = f"{account.base_url}/i/{id.removeprefix('plink_')}"
    link = account.put("payment_link", link)
    for medium, wanted in link["notify"].items():
        if wanted and link["customer"].get(_REACHED_BY[medium]):
            _write_to(account, link, medium)
    return link


def update(account: Account, id: str, body: Doc) -> Doc:
    link = current(account, id)
    if link["status"] not in ("created", "partially_paid"):
        raise Refusal("update can only be made in created or partially paid state")
    _check(account, body, _UPDATE, but=id)
    return _save(account, link | body)


def cancel(account: Account, id: str) -> Doc:
    link = current(account, id)
    if link["status"] in ("paid", "partially_paid"):
        raise Refusal("cannot cancel or expire an already paid/partially paid link")
    if link["status"] != "created":
        raise Refusal("cannot cancel or expire an expired link")
    link = _save(account, link | {"status": "cancelled", "cancelled_at": account.now()})
    account.emit("payment_link.cancelled", payment_link=told(link))
    return link


def notify(account: Account, id: str, medium: str) -> Doc:
    """What it says of a customer who can't be reached isn't documented: here it is a refusal."""
    link = current(account, id)
    if medium not in _REACHED_BY:
        raise Refusal("not a valid notification medium")
    if link["status"] not in ("created", "partially_paid"):
        raise Refusal("notifications can only be sent in created or partially paid state")
    if not link["customer"].get(_REACHED_BY[medium]):
        raise Refusal(f"customer {_REACHED_BY[medium]} is not set for this payment link")
    _write_to(account, link, medium)
    return {"success": True}


def notices(account: Account, id: str) -> list[Doc]:
    """What the customer of a link was sent, oldest first."""
    return account.all("notice", lambda one: one["link"] == id)[::-1]


def expire(account: Account, id: str) -> Doc:
    """Let a link's time be over."""
    link = account.get("payment_link", id)
    if link["status"] not in ("created", "partially_paid"):
        return link
    link = _save(account, link | {"status": "expired", "expired_at": account.now()})
    account.emit("payment_link.expired", payment_link=told(link))
    return link


def current(account: Account, id: str) -> Doc:
    """The link now, expired where its time is over. Raises Refusal."""
    link = account.get("payment_link", id)
    return expire(account, id) if 0 < link["expire_by"] <= account.now() else link


def expire_due(account: Account) -> None:
    """Let every link expire whose time is over: Razorpay does so by itself, at that time."""
    for link in account.all("payment_link", lambda one: 0 < one["expire_by"] <= account.now()):
        expire(account, link["id"])


def told(link: Doc) -> Doc:
    """A link as webhooks tell it: without its payments (Razorpay docs: Payment links webhook events)."""
    return {name: value for name, value in link.items() if name != "payments"}


def _write_to(account: Account, link: Doc, medium: str) -> None:
    to = link["customer"][_REACHED_BY[medium]]
    notice = {"link": link["id"], "medium": medium, "to": to, "at": account.now()}
    account.put("notice", notice | {"id": new_id()})


def _save(account: Account, link: Doc) -> Doc:
    return account.put("payment_link", link | {"updated_at": account.now()})


def _check(account: Account, body: Doc, known: frozenset[str], but: str = "") -> None:
    if unknown := body.keys() - known:
        raise Refusal(f"{', '.join(sorted(unknown))}: wrong input fields sent.")
    _check_notes(body.get("notes"))
    expiry = body.get("expire_by")
    if expiry and expiry < account.now() + SOON:
        raise Refusal("timestamp must be atleast 15 minutes in future")
    if expiry and expiry > account.now() + SIX_MONTHS:
        raise Refusal("expire_by: cannot exceed more than six months from the date of creation.")
    _check_parts(body)
    if reference := body.get("reference_id"):
        _check_reference(account, str(reference), but)


def _check_parts(body: Doc) -> None:
    least = body.get("first_min_partial_amount")
    if not least:
        return
    if not body.get("accept_partial"):
        raise Refusal("first_min_partial_amount: is only allowed where accept_partial is true.")
    check_amount(least, body["currency"])
    if least > body["amount"]:
        raise Refusal("first_min_partial_amount: must not be greater than the amount.")


def _check_notes(notes: Any) -> None:
    if not notes:
        return
    if not isinstance(notes, dict) or len(notes) > 15:
        raise Refusal("notes: the number of notes must not be greater than 15.")
    if any(len(str(value)) > 255 for value in notes.values()):
        raise Refusal("value: the length must not be greater than 255.")


def _check_reference(account: Account, reference: str, but: str) -> None:
    """A reference is taken for good, by links that take no payment any more as well."""
    if len(reference) > 40:
        raise Refusal("reference_id: the length must not be greater than 40.")
    if account.all("payment_link", lambda one: one["reference_id"] == reference and one["id"] != but):
        raise Refusal(
            f"payment link with given reference_id: {reference} already exists. Please create a payment"
            " link with a different reference_id"
        )

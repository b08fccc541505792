"""What a payer sees: the page behind a payment link."""

import hashlib
import hmac
from urllib.parse import urlencode

from webob import Request, Response

from core.testing.simulator import route
from core.testing.store import Doc
from plugins.razorpay_provider.simulator import links, payments
from plugins.razorpay_provider.simulator.account import Account
from plugins.razorpay_provider.simulator.api import RazorpayApi
from plugins.razorpay_provider.simulator.errors import Refusal
from plugins.razorpay_provider.simulator.money import typed, wire

_FILLED_IN = {"email": "payer@example.com", "contact": "+919000090000", "method": "upi"}
_NOTICES = {
    "paid": ("Paid", "Thank you. Nothing more is due."),
    "cancelled": ("This link was cancelled", "It can't be paid any more. Nothing was charged."),
    "expired": ("This link has expired", "It can't be paid any more."),
}


class HostedPage(RazorpayApi):
    """Pay, pay a part where the link takes parts, or have the payment declined.

    What the seller does or time brings can be done below, so that nobody needs to wait.
    """

    @route("GET", "/i/{code}")
    def open_link(self, request: Request, code: str) -> Response:
        if (account := self.owner(f"plink_{code}")) is None:
            return self.not_found(request)
        with self.store.lock:
            link = links.current(account, f"plink_{code}")
        return self._form(account, link)

    @route("POST", "/i/{code}")
    def pay(self, request: Request, code: str) -> Response:
        id = f"plink_{code}"
        if (account := self.owner(id)) is None:
            return self.not_found(request)
        form = {name: str(request.POST.get(name, "")).strip() for name in (*_FILLED_IN, "amount")}
        try:
            with self.store.lock:
                link = links.current(account, id)
                if request.POST.get("action") == "decline":
                    payments.decline(account, id, form, form["method"])
                    raise Refusal("The bank declined the payment. Nothing was charged.")
                due = typed(link["amount"] - link["amount_paid"], link["currency"])
                amount = wire(form["amount"] or due, link["currency"])
                payment, link = payments.pay(account, id, amount, form, form["method"])
        except Refusal as refusal:
            return self._form(account, link, form, str(refusal))
        return _see(_callback(account, link, payment) or f"{self.base_url}/i/{code}")

    @route("POST", "/i/{code}/change")
    def change(self, request: Request, code: str) -> Response:
        id = f"plink_{code}"
        if (account := self.owner(id)) is None:
            return self.not_found(request)
        action = request.POST.get("action")
        try:
            with self.store.lock:
                if action == "expire":
                    links.expire(account, id)
                elif action == "cancel":
                    links.cancel(account, id)
                elif action == "accept_partial":
                    links.update(account, id, {"accept_partial": True})
        except Refusal as refusal:
            return self._form(account, account.get("payment_link", id), None, str(refusal))
        return _see(f"{self.base_url}/i/{code}")

    def _form(
        self,
        account: Account,
        link: Doc,
        filled_in: dict[str, str] | None = None,
        mistake: str | None = None,
    ) -> Response:
        if link["status"] in _NOTICES:
            title, text = _NOTICES[link["status"]]
            return self.page("notice.html", account=account, title=title, text=mistake or text)
        return self.page(
            "pay.html",
            goes_to=[link["callback_url"]],
            account=account,
            link=link,
            code=link["id"].removeprefix("plink_"),
            due=link["amount"] - link["amount_paid"],
            methods=payments.METHODS,
            filled_in=_FILLED_IN | (filled_in or {}),
            mistake=mistake,
        )


def _callback(account: Account, link: Doc, payment: Doc) -> str | None:
    """Where the payer is sent (Razorpay docs: Payment links APIs, using callback URL parameter)."""
    if not link["callback_url"]:
        return None
    told = {
        "razorpay_payment_id": payment["id"],
        "razorpay_payment_link_id": link["id"],
        "razorpay_payment_link_reference_id": link["reference_id"],
        "razorpay_payment_link_status": link["status"],
    }
    message = "|".join((link["id"], link["reference_id"], link["status"], payment["id"]))
    key = account.key_secret.encode()
    told["razorpay_signature"] = hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
    mark = "&" if "?" in link["callback_url"] else "?"
    return f"{link['callback_url']}{mark}{urlencode(told)}"


def _see(url: str) -> Response:
    return Response(status=303, location=url)

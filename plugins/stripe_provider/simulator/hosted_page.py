"""What a payer sees: the page behind a payment link."""

from webob import Request, Response

from core.testing.simulator import route
from plugins.stripe_provider.simulator import checkout
from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.base import StripeBase
from plugins.stripe_provider.simulator.cards import CARDS, CardMistake, card_of
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.listing import items_of

_SESSION = "checkout.session"
# What the form holds when the page opens, so that "Pay" works at once.
_FILLED_IN = {
    "email": "payer@example.com",
    "name": "Asha Payer",
    "method": "card",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "code": "123",
}


class HostedPage(StripeBase):
    """A visit makes a session; the session's own page is paid, abandoned, or left open."""

    @route("GET", "/pay/{id}")
    def open_link(self, request: Request, id: str) -> Response:
        if (account := self.owner("payment_link", id)) is None:
            return self.not_found(request)
        with self.store.lock:
            link = account.get("payment_link", id)
            if not link["active"]:
                return self._closed(
                    account,
                    "This link is no longer active",
                    link["inactive_message"] or "It can't be paid any more. Nothing was charged.",
                )
            session = checkout.visit(account, link, dict(request.GET))
        return _see(session["url"])

    @route("GET", "/c/pay/{id}")
    def show_session(self, request: Request, id: str) -> Response:
        if (account := self.owner(_SESSION, id)) is None:
            return self.not_found(request)
        with self.store.lock:
            session = checkout.retrieve(account, {}, id)
        if session["status"] == "complete":
            return self._confirmation(account, session)
        if session["status"] == "expired":
            link = account.find("payment_link", session["payment_link"])
            return self._closed(
                account,
                "This payment page has expired",
                "Nothing was charged.",
                again=link["url"] if link and link["active"] else None,
            )
        filled_in = dict(_FILLED_IN)
        if session["customer_email"]:
            filled_in["email"] = session["customer_email"]
        return self._form(account, session, filled_in)

    @route("POST", "/c/pay/{id}")
    def pay(self, request: Request, id: str) -> Response:
        if (account := self.owner(_SESSION, id)) is None:
            return self.not_found(request)
        form = {name: str(request.POST.get(name, "")) for name in (*_FILLED_IN, "action")}
        page = f"{self.base_url}/c/pay/{id}"
        try:
            with self.store.lock:
                session = self._act(account, id, form)
        except Refusal:
            return _see(page)  # no longer open: its page says what became of it
        except CardMistake as mistake:
            return self._form(account, account.get(_SESSION, id), form, str(mistake))
        if session["status"] == "open":
            intent = account.get("payment_intent", session["payment_intent"])
            message = intent["last_payment_error"]["message"]
            return self._form(account, session, form, f"{message} Nothing was charged.")
        if session["status"] == "complete" and session["success_url"]:
            return _see(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id))
        return _see(page)

    @route("POST", "/c/pay/{id}/settle")
    def settle_from_page(self, request: Request, id: str) -> Response:
        if (account := self.owner(_SESSION, id)) is None:
            return self.not_found(request)
        self.settle(account, id, succeeded=request.POST.get("outcome") == "succeeded")
        return _see(f"{self.base_url}/c/pay/{id}")

    def _act(self, account: Account, id: str, form: dict[str, str]) -> Doc:
        if form["action"] == "abandon":
            return checkout.expire(account, {}, id)
        payer = {"name": form["name"].strip() or None, "email": form["email"].strip() or None}
        if form["method"] == "bank_debit":
            return checkout.pay_by_bank_debit(account, id, payer)
        card = card_of(form["number"], form["expiry"], form["code"], self.clock())
        return checkout.pay_by_card(account, id, card, payer)

    def _form(
        self, account: Account, session: Doc, filled_in: dict[str, str], mistake: str | None = None
    ) -> Response:
        return self.page(
            "pay.html",
            goes_to=[session["success_url"]],
            account=account,
            session=session,
            items=items_of(account, session["id"]),
            filled_in=filled_in,
            mistake=mistake,
            cards=CARDS,
        )

    def _confirmation(self, account: Account, session: Doc) -> Response:
        link = account.find("payment_link", session["payment_link"]) or {}
        confirmation = link.get("after_completion", {}).get("hosted_confirmation") or {}
        return self.page(
            "confirmation.html",
            account=account,
            session=session,
            waits=checkout.waits(account, session),
            message=confirmation.get("custom_message"),
        )

    def _closed(self, account: Account, title: str, text: str, again: str | None = None) -> Response:
        return self.page("closed.html", account=account, title=title, text=text, again=again)


def _see(url: str) -> Response:
    return Response(status=303, location=url)

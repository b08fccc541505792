"""The account holder's page: keys, links, payments, and the webhooks that are added by hand."""

from collections.abc import Callable

from webob import Request, Response

from core.testing.simulator import route
from core.testing.store import Doc
from plugins.razorpay_provider.simulator import links, payments
from plugins.razorpay_provider.simulator.account import Account
from plugins.razorpay_provider.simulator.errors import Refusal
from plugins.razorpay_provider.simulator.hosted_page import HostedPage
from plugins.razorpay_provider.simulator.money import wire
from plugins.razorpay_provider.simulator.webhooks import EVENT_TYPES

_SHOWN = 20


class Dashboard(HostedPage):
    """One page for each account; each form comes back to its section."""

    @route("GET", "/")
    def start(self, request: Request) -> Response:
        accounts = self.accounts()
        chosen = request.GET.get("account", accounts[0].id)
        account = next((one for one in accounts if one.id == chosen), None)
        return self._show(account) if account else self.not_found(request)

    @route("POST", "/dashboard/{account}/links/{id}/cancel")
    def cancel_from_dashboard(self, request: Request, account: str, id: str) -> Response:
        return self._do(request, account, "links", lambda one: links.cancel(one, id))

    @route("POST", "/dashboard/{account}/payments/{id}/refunds")
    def refund_payment(self, request: Request, account: str, id: str) -> Response:
        def refund(account: Account) -> None:
            amount = wire(str(request.POST.get("amount", "")), account.get("payment", id)["currency"])
            pending = request.POST.get("speed") == "later"
            payments.refund(account, id, {"amount": amount}, pending=pending)

        return self._do(request, account, "payments", refund)

    @route("POST", "/dashboard/{account}/refunds/{id}")
    def settle_refund(self, request: Request, account: str, id: str) -> Response:
        processed = request.POST.get("outcome") == "processed"
        return self._do(
            request,
            account,
            "payments",
            lambda one: payments.settle_refund(one, id, processed=processed),
        )

    @route("POST", "/dashboard/{account}/payments/{id}/disputes")
    def dispute_payment(self, request: Request, account: str, id: str) -> Response:
        return self._do(request, account, "payments", lambda one: payments.dispute(one, id))

    @route("POST", "/dashboard/{account}/disputes/{id}")
    def close_dispute(self, request: Request, account: str, id: str) -> Response:
        outcome = str(request.POST.get("outcome", ""))
        if outcome not in ("won", "lost", "closed"):
            return self.not_found(request)
        return self._do(
            request, account, "payments", lambda one: payments.close_dispute(one, id, outcome)
        )

    @route("POST", "/dashboard/{account}/webhooks")
    def add_webhook(self, request: Request, account: str) -> Response:
        url, secret = (str(request.POST.get(name, "")).strip() for name in ("url", "secret"))
        events = [str(one) for one in request.POST.getall("events")]
        return self._do(
            request, account, "webhooks", lambda one: self.webhooks.add(one, url, secret, events)
        )

    @route("POST", "/dashboard/{account}/webhooks/{id}/delete")
    def delete_webhook(self, request: Request, account: str, id: str) -> Response:
        return self._do(request, account, "webhooks", lambda one: one.delete("webhook", id))

    @route("POST", "/dashboard/{account}/deliveries/{id}")
    def resend(self, request: Request, account: str, id: str) -> Response:
        return self._do(request, account, "deliveries", lambda one: self.webhooks.resend(one, id))

    def _do(
        self, request: Request, account: str, section: str, act: Callable[[Account], object]
    ) -> Response:
        if self.store.get("account", account) is None:
            return self.not_found(request)
        try:
            with self.store.lock:
                act(self.account(account))
        except Refusal as refusal:
            return self._show(self.account(account), {section: str(refusal)})
        return Response(status=303, location=f"{self.base_url}/?account={account}#{section}")

    def _show(self, account: Account, mistakes: dict[str, str] | None = None) -> Response:
        with self.store.lock:
            shown = [links.current(account, one["id"]) for one in account.all("payment_link")[:_SHOWN]]
            return self.page(
                "dashboard.html",
                400 if mistakes else 200,
                account=account,
                accounts=self.accounts(),
                mistakes=mistakes or {},
                event_types=EVENT_TYPES,
                keys=self.store.all("key", lambda key: key["account"] == account.id),
                links=shown,
                notices={one["id"]: links.notices(account, one["id"]) for one in shown},
                payments=[_row(account, one) for one in account.all("payment")[:_SHOWN]],
                webhooks=account.all("webhook"),
                deliveries=account.all("delivery")[:_SHOWN],
            )


def _row(account: Account, payment: Doc) -> Doc:
    """A payment with what was given back and what is disputed; ``left`` can still be given back."""
    of_it = {"refunds": "refund", "disputes": "dispute"}
    captured = payment["status"] == "captured"
    return (
        payment
        | {"left": payment["amount"] - payment["amount_refunded"] if captured else 0}
        | {
            name: account.all(kind, lambda one: one["payment_id"] == payment["id"])
            for name, kind in of_it.items()
        }
    )

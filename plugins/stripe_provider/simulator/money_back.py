"""The dashboard's forms that take a payment back: refunds, and disputes as the payer's bank."""

from webob import Request, Response

from core.testing.simulator import route
from plugins.stripe_provider.simulator import disputes, refunds
from plugins.stripe_provider.simulator.account import Account
from plugins.stripe_provider.simulator.currencies import wire
from plugins.stripe_provider.simulator.dashboard import Dashboard
from plugins.stripe_provider.simulator.errors import Refusal


class MoneyBack(Dashboard):
    """Each form comes back to the payments."""

    @route("POST", "/dashboard/{account}/payments/{id}/refunds")
    def refund_payment(self, request: Request, account: str, id: str) -> Response:
        def refund(account: Account) -> None:
            session = account.get("checkout.session", id)
            try:
                amount = wire(str(request.POST.get("amount", "")).strip(), session["currency"])
            except ValueError as error:
                raise Refusal(f"The amount isn't right: {error}. Nothing was refunded.") from error
            params = {"payment_intent": session["payment_intent"] or "", "amount": amount}
            refunds.create(account, params | {"reason": "requested_by_customer"})

        return self._do(request, account, "payments", refund)

    @route("POST", "/dashboard/{account}/refunds/{id}")
    def settle_refund(self, request: Request, account: str, id: str) -> Response:
        succeeded = request.POST.get("outcome") == "succeeded"
        return self._do(
            request, account, "payments", lambda one: refunds.settle(one, id, succeeded=succeeded)
        )

    @route("POST", "/dashboard/{account}/payments/{id}/disputes")
    def dispute_payment(self, request: Request, account: str, id: str) -> Response:
        def dispute(account: Account) -> None:
            session = account.get("checkout.session", id)
            disputes.open(account, session["payment_intent"] or "")

        return self._do(request, account, "payments", dispute)

    @route("POST", "/dashboard/{account}/disputes/{id}")
    def close_dispute(self, request: Request, account: str, id: str) -> Response:
        won = request.POST.get("outcome") == "won"
        return self._do(request, account, "payments", lambda one: disputes.close(one, id, won=won))

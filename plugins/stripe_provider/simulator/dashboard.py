"""The account holder's page: keys, products, links, payments and webhook endpoints."""

from collections.abc import Callable
from itertools import islice

from webob import Request, Response

from core.testing.simulator import route
from plugins.stripe_provider.simulator import catalog, checkout, endpoints, payment_rows
from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.base import StripeBase
from plugins.stripe_provider.simulator.currencies import wire
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import check
from plugins.stripe_provider.simulator.listing import items_of

# What a payment link's webhooks are subscribed to, offered in the form.
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
)
_SHOWN = 20


class Dashboard(StripeBase):
    """One page for each account; each form comes back to its section."""

    @route("GET", "/")
    def start(self, request: Request) -> Response:
        accounts = self.accounts()
        chosen = request.GET.get("account", accounts[0].id)
        account = next((one for one in accounts if one.id == chosen), None)
        return self._show(account) if account else self.not_found(request)

    @route("POST", "/dashboard/{account}/products")
    def add_product(self, request: Request, account: str) -> Response:
        def add(account: Account) -> None:
            try:
                amount = wire(str(request.POST.get("price", "")), account.currency)
            except ValueError as error:
                raise Refusal(f"The price isn't right: {error}. Nothing was added.") from error
            form = {
                "name": str(request.POST.get("name", "")).strip(),
                "default_price_data": {"currency": account.currency, "unit_amount": str(amount)},
            }
            catalog.create_product(account, check(form, catalog.PRODUCT_CREATE))

        return self._do(request, account, "products", add)

    @route("POST", "/dashboard/{account}/products/{id}")
    def change_product(self, request: Request, account: str, id: str) -> Response:
        active = request.POST.get("active") == "true"
        return self._do(
            request,
            account,
            "products",
            lambda one: catalog.update_product(one, {"active": active}, id),
        )

    @route("POST", "/dashboard/{account}/payments/{id}")
    def settle_payment(self, request: Request, account: str, id: str) -> Response:
        succeeded = request.POST.get("outcome") == "succeeded"
        return self._do(
            request, account, "payments", lambda one: self.settle(one, id, succeeded=succeeded)
        )

    @route("POST", "/dashboard/{account}/webhooks")
    def add_endpoint(self, request: Request, account: str) -> Response:
        events = request.POST.getall("events")

        def add(account: Account) -> None:
            if not events:
                raise Refusal("Choose at least one event. Nothing was added.")
            form = {
                "url": str(request.POST.get("url", "")).strip(),
                "enabled_events": {str(index): name for index, name in enumerate(events)},
            }
            endpoints.create(account, check(form, endpoints.CREATE))

        return self._do(request, account, "webhooks", add)

    @route("POST", "/dashboard/{account}/webhooks/{id}/delete")
    def delete_endpoint(self, request: Request, account: str, id: str) -> Response:
        return self._do(request, account, "webhooks", lambda one: endpoints.delete(one, {}, id))

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
            checkout.expire_overdue(account)
            return self.page(
                "dashboard.html",
                400 if mistakes else 200,
                account=account,
                accounts=self.accounts(),
                mistakes=mistakes or {},
                event_types=EVENT_TYPES,
                keys=self.store.all("key", lambda key: key["account"] == account.id),
                products=[_with_prices(account, one) for one in account.all("product")],
                links=[_with_total(account, one) for one in _newest(account, "payment_link")],
                payments=[
                    payment_rows.row(account, one) for one in _newest(account, "checkout.session")
                ],
                webhook_endpoints=[
                    _with_secret(account, one) for one in account.all("webhook_endpoint")
                ],
                deliveries=_newest(account, "delivery"),
            )


def _newest(account: Account, kind: str) -> list[Doc]:
    return list(islice(account.walk(kind), _SHOWN))


def _with_prices(account: Account, product: Doc) -> Doc:
    return product | {"prices": account.all("price", lambda one: one["product"] == product["id"])}


def _with_total(account: Account, link: Doc) -> Doc:
    return link | {"total": sum(item["amount_total"] for item in items_of(account, link["id"]))}


def _with_secret(account: Account, endpoint: Doc) -> Doc:
    return endpoint | account.get("webhook_secret", endpoint["id"]) | {"id": endpoint["id"]}

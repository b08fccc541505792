"""The simulator: Stripe's API beside the payer's page and the dashboard, over one store."""

from functools import cached_property, partial
from typing import Any, ClassVar

from webob import Request, Response

from core.testing.faults import FaultKind
from core.testing.simulator import answer, route
from plugins.stripe_provider.simulator import api, auth, catalog, idempotency, samples
from plugins.stripe_provider.simulator.account import API_VERSION, VERSION_FORM, Doc, new_id
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import check, decode
from plugins.stripe_provider.simulator.hosted_page import HostedPage
from plugins.stripe_provider.simulator.listing import expanded
from plugins.stripe_provider.simulator.money_back import MoneyBack
from plugins.stripe_provider.simulator.seed import NORTHWIND, STARTS, add_accounts

_ECHOED = (idempotency.HEADER, "Stripe-Version")


class StripeSimulator(HostedPage, MoneyBack):
    """Stripe, as far as payment links need it.

    Tests reach into it with ``account(id)``, make sample events true with ``adopt``, and shorten
    ``webhooks.retry_delays``.
    """

    demo: ClassVar[dict[str, Any]] = {
        "settings": {"secret_key": NORTHWIND.key},
        "label": "Northwind Stripe",
    }

    hints = (
        "Open a payment link: the card 4242 4242 4242 4242 pays at once, and the page lists cards "
        "that are declined.",
        "Pay by bank debit: the payment is on its way until you let it succeed or fail.",
        "Refund or dispute a payment in the dashboard, under Payments.",
        "The dashboard shows keys, products, links, payments and the webhooks that were sent.",
    )

    @cached_property
    def in_flight(self) -> idempotency.InFlight:
        return idempotency.InFlight()

    def seed(self) -> None:
        add_accounts(self.store, int(self.clock()))
        for start in STARTS:
            for name, amount in start.products:
                price = {"currency": start.currency, "unit_amount": amount}
                product = {"name": name, "default_price_data": price}
                catalog.create_product(self.account(start.id), product)

    def adopt(self, event: Doc, account: str = NORTHWIND.id) -> Doc:
        """Make a sample event true: its object (a session with its payment) is in the account."""
        with self.store.lock:
            return samples.adopt(self.account(account), event)

    def respond(self, request: Request) -> Response:
        with self.in_flight.claim(request) as free:
            if free:
                return super().respond(request)
            refusal = idempotency.in_use(request.headers[idempotency.HEADER])
            return answer(refusal.body, refusal.status, {"Request-Id": new_id("req_", 14)})

    @route("GET", "/v1/*")
    @route("POST", "/v1/*")
    @route("DELETE", "/v1/*")
    def call(self, request: Request) -> Response:
        cause = {
            "id": new_id("req_", 14),
            "idempotency_key": request.headers.get(idempotency.HEADER),
        }
        headers = {name: request.headers[name] for name in _ECHOED if name in request.headers} | {
            "Request-Id": str(cause["id"])
        }
        try:
            reply = self._reply(request, cause)
        except Refusal as refusal:
            return answer(refusal.body, refusal.status, headers)
        if reply["request_id"] != cause["id"]:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": reply["request_id"]}
        return answer(reply["body"], reply["status"], headers)

    def _reply(self, request: Request, cause: Doc) -> Doc:
        """The answer to a request, or the one that was given to it before.

        Stripe docs: nothing is stored for a request that is refused before it starts executing.
        """
        key = auth.authenticate(self.store, request.headers.get("Authorization"))
        endpoint, ids = api.find(request.method, request.path_info)
        auth.require(key, endpoint.permission)
        version = request.headers.get("Stripe-Version", API_VERSION)
        if not VERSION_FORM.fullmatch(version):
            raise Refusal(f"Invalid Stripe API version: {version}")
        with self.store.lock:
            account = self.account(key["account"], cause)
            if earlier := idempotency.stored(account, request):
                return earlier
            given = request.body.decode(errors="replace")
            params = check(
                decode(given if request.method == "POST" else request.query_string),
                endpoint.accepts,
            )
            reply: Doc = {"request_id": cause["id"], "status": 200}
            try:
                body = endpoint.handle(account, params, *ids)
                may = partial(auth.require, key)
                reply["body"] = expanded(account, body, params.get("expand", []), may)
            except Refusal as refusal:
                reply |= {"status": refusal.status, "body": refusal.body}
            idempotency.keep(account, request, reply)
            return reply

    def not_found(self, request: Request) -> Response:
        if not self.faulty(request):
            return super().not_found(request)
        refusal = Refusal(
            f"Unrecognized request URL ({request.method}: {request.path_info}).", status=404
        )
        return answer(refusal.body, refusal.status)

    def fault_answer(self, kind: FaultKind, request: Request) -> Response:
        headers = {"Request-Id": new_id("req_", 14)}
        if kind is FaultKind.RATE_LIMITED:
            refusal = Refusal(
                "Request rate limit exceeded. You can learn more about rate limits here"
                " https://stripe.com/docs/rate-limits.",
                status=429,
                code="rate_limit",
            )
        else:
            refusal = Refusal(
                "An unknown error occurred. Please try again.",
                status=500 if kind is FaultKind.SERVER_ERROR else 503,
                type="api_error",
            )
        return answer(refusal.body, refusal.status, headers)

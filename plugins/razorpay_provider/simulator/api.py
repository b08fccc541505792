"""The API: who calls, what they are answered."""

import base64
import binascii
import json
from collections.abc import Callable

from webob import Request, Response

from core.testing.faults import FaultKind
from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.razorpay_provider.simulator import links, payments
from plugins.razorpay_provider.simulator.account import Account
from plugins.razorpay_provider.simulator.base import RazorpayBase
from plugins.razorpay_provider.simulator.errors import Refusal

_MOST = 100
_FAULTS = {
    FaultKind.RATE_LIMITED: Refusal("Too many requests", status=429),
    FaultKind.SERVER_ERROR: Refusal("We are facing some trouble.", status=500, code="SERVER_ERROR"),
    FaultKind.UNAVAILABLE: Refusal("Service unavailable.", status=503, code="SERVER_ERROR"),
}


class RazorpayApi(RazorpayBase):
    """Each handler takes an account and the request, and answers with an object."""

    @route("GET", "/v1/payment_links")
    def list_links(self, request: Request) -> Response:
        def listed(account: Account) -> Doc:
            wanted = request.GET.get("reference_id")
            found = account.all("payment_link", lambda one: wanted in (None, one["reference_id"]))
            return {"payment_links": _page(request, found)}

        return self._answer(request, listed)

    @route("POST", "/v1/payment_links")
    def create_link(self, request: Request) -> Response:
        return self._answer(request, lambda account: links.create(account, _body(request)))

    @route("GET", "/v1/payment_links/{id}")
    def show_link(self, request: Request, id: str) -> Response:
        return self._answer(request, lambda account: links.current(account, id))

    @route("PATCH", "/v1/payment_links/{id}")
    def update_link(self, request: Request, id: str) -> Response:
        return self._answer(request, lambda account: links.update(account, id, _body(request)))

    @route("POST", "/v1/payment_links/{id}/cancel")
    def cancel_link(self, request: Request, id: str) -> Response:
        return self._answer(request, lambda account: links.cancel(account, id))

    @route("POST", "/v1/payment_links/{id}/notify_by/{medium}")
    def notify(self, request: Request, id: str, medium: str) -> Response:
        return self._answer(request, lambda account: links.notify(account, id, medium))

    @route("GET", "/v1/payments")
    def list_payments(self, request: Request) -> Response:
        return self._answer(request, lambda account: _collection(request, account.all("payment")))

    @route("GET", "/v1/payments/{id}")
    def show_payment(self, request: Request, id: str) -> Response:
        return self._answer(request, lambda account: account.get("payment", id))

    @route("GET", "/v1/payments/{id}/refunds")
    def list_refunds(self, request: Request, id: str) -> Response:
        def listed(account: Account) -> Doc:
            account.get("payment", id)
            refunds = account.all("refund", lambda one: one["payment_id"] == id)
            return _collection(request, refunds)

        return self._answer(request, listed)

    @route("POST", "/v1/payments/{id}/refund")
    def refund(self, request: Request, id: str) -> Response:
        def once(account: Account) -> Doc:
            key, body = request.headers.get("X-Refund-Idempotency"), _body(request)
            if not key:
                return payments.refund(account, id, body)
            before = account.find("refund_key", key)
            if before is None:
                made = payments.refund(account, id, body)
                account.put("refund_key", {"id": key, "asked": [id, body], "refund": made["id"]})
                return made
            if before["asked"] != [id, body]:
                words = "Different request with the same idempotency key has already been processed."
                raise Refusal(words, status=409)
            return account.get("refund", before["refund"])

        return self._answer(request, once)

    @route("GET", "/v1/disputes")
    def list_disputes(self, request: Request) -> Response:
        return self._answer(request, lambda account: _collection(request, account.all("dispute")))

    def not_found(self, request: Request) -> Response:
        if not self.faulty(request):
            return super().not_found(request)
        return answer(Refusal("The requested URL was not found on the server.").body, 400)

    def fault_answer(self, kind: FaultKind, request: Request) -> Response:
        return answer(_FAULTS[kind].body, _FAULTS[kind].status)

    def _answer(self, request: Request, handle: Callable[[Account], Doc]) -> Response:
        try:
            with self.store.lock:
                caller = self._caller(request)
                links.expire_due(caller)
                return answer(handle(caller))
        except Refusal as refusal:
            return answer(refusal.body, refusal.status)

    def _caller(self, request: Request) -> Account:
        """The account of the keys. Raises Refusal; ``basic`` isn't ``Basic`` (Razorpay docs: API
        authentication)."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        try:
            id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            id = secret = ""
        key = self.store.get("key", id)
        if scheme != "Basic" or not key or key["secret"] != secret or key["retired"]:
            raise Refusal("Authentication failed", status=401)
        return self.account(key["account"])


def _body(request: Request) -> Doc:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal("The request body is not valid JSON.")
    return body


def _page(request: Request, found: list[Doc]) -> list[Doc]:
    """The part of a list that was asked for, by time of creation and by place."""
    asked = {name: request.GET.get(name, "") for name in ("from", "to", "skip", "count")}
    if any(value and not value.isdigit() for value in asked.values()):
        raise Refusal("The value must be an integer.")
    start, end = int(asked["from"] or 0), int(asked["to"] or 10**11)
    skip, count = int(asked["skip"] or 0), int(asked["count"] or 10)
    if not 1 <= count <= _MOST:
        raise Refusal(f"The count must be between 1 and {_MOST}.")
    return [one for one in found if start <= one["created_at"] <= end][skip : skip + count]


def _collection(request: Request, found: list[Doc]) -> Doc:
    items = _page(request, found)
    return {"entity": "collection", "count": len(items), "items": items}

"""Acme on this machine: its API and the payer's page, with state, for the sandbox and for tests.

Replace the wire format by that of the real vendor, from its documentation; the checks stay the same.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from webob import Request, Response

from core.testing.deliveries import Outgoing
from core.testing.simulator import Refused, Simulator, answer, route
from core.testing.store import Doc


@dataclass(frozen=True, slots=True)
class Start:
    """An account of the start state and the key that opens it."""

    id: str
    name: str
    currency: str
    key: str


NORTHWIND = Start("acc_northwind", "Northwind Trading", "INR", "sk_test_northwind_sandbox")
LAKESIDE = Start("acc_lakeside", "Lakeside Clinics", "INR", "sk_test_lakeside_sandbox")
SAKURA = Start("acc_sakura", "Sakura Works", "JPY", "sk_test_sakura_sandbox")
GULF = Start("acc_gulf", "Gulf Instruments", "KWD", "sk_test_gulf_sandbox")
STARTS = (NORTHWIND, LAKESIDE, SAKURA, GULF)
REVOKED_KEY = "sk_test_northwind_revoked"


def signature(body: bytes, secret: str, at: int) -> dict[str, str]:
    """The headers of a delivery."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Acme-Signature": f"t={at},v1={mac}"}


class AcmeSimulator(Simulator):
    """Acme, as far as payment links need it."""

    id = "acme_provider"
    title = "Acme simulator"
    hints = (
        f"Connect an account in Dealpay with the key {NORTHWIND.key}.",
        "Open a payment link: it is paid, declined, refunded and disputed by one click.",
    )

    @route("GET", "/v1/account")
    def show_account(self, request: Request) -> Response:
        return answer(self._caller(request))

    @route("POST", "/v1/links")
    def create_link(self, request: Request) -> Response:
        account, body = self._caller(request), request.json_body

        def create() -> Doc:
            if type(body.get("amount")) is not int or body["amount"] < 1:
                raise Refused(answer({"error": "amount: a whole number from 1"}, 400))
            return self.make_link(account["id"], body)

        return answer(self._once(request, account, create))

    @route("GET", "/v1/links")
    def list_links(self, request: Request) -> Response:
        account, wanted = self._caller(request), request.GET.get("reference")
        mine = self.store.all("link", lambda link: link["account"] == account["id"])
        return answer({"links": [link for link in mine[::-1] if link["reference"] == wanted]})

    @route("GET", "/v1/links/{id}")
    def show_link(self, request: Request, id: str) -> Response:
        return answer(self._link(self._caller(request), id))

    @route("POST", "/v1/links/{id}/close")
    def close_link(self, request: Request, id: str) -> Response:
        link = self._link(self._caller(request), id)
        return answer(self._put("link", link | {"open": False}))

    @route("GET", "/v1/events")
    def list_events(self, request: Request) -> Response:
        account, since = self._caller(request), int(request.GET.get("since", 0))
        mine = self.store.all("event", lambda event: event["account"] == account["id"])
        recent = [event for event in mine[::-1] if event["created"] >= since]
        return answer({"events": recent, "next": None})

    @route("GET", "/v1/webhooks")
    def list_webhooks(self, request: Request) -> Response:
        account = self._caller(request)
        return answer({"webhooks": [_told(one) for one in self._webhooks(account["id"])]})

    @route("POST", "/v1/webhooks")
    def create_webhook(self, request: Request) -> Response:
        account, body = self._caller(request), request.json_body
        return answer(self._once(request, account, lambda: self.subscribe(account["id"], body["url"])))

    @route("GET", "/pay/{id}")
    def open_link(self, request: Request, id: str) -> Response:
        link = self.store.get("link", id)
        if link is None:
            return Response("There is no such link.", status=404)
        buttons = "".join(
            f"<button name=action value={name}>{name}</button>"
            for name in ("pay", "decline", "refund", "dispute")
        )
        page = f"<p>{link['amount']} {link['currency']}<form method=post>{buttons}</form>"
        return Response(f"<!doctype html><title>Acme</title>{page}")

    @route("POST", "/pay/{id}")
    def act(self, request: Request, id: str) -> Response:
        """What the payer, the seller and the payer's bank do."""
        with self.store.lock:
            link = self.store.get("link", id)
            action = request.POST.get("action")
            if link is None:
                return Response("There is no such link.", status=404)
            if action in ("pay", "decline") and link["open"]:
                there = self.pay(link, declined=action == "decline")
            else:
                there = None
            if action == "refund":
                self.refund(link, int(str(request.POST.get("amount") or link["amount"])))
            elif action == "dispute":
                self.dispute(link)
        return Response(status=303, location=there or link["url"])

    def make_link(self, account_id: str, body: Doc) -> Doc:
        """A new link, by the API or in the dashboard."""
        id = _new_id("link")
        link = {"id": id, "url": f"{self.base_url}/pay/{id}", "open": True, "payments": []}
        link |= {"account": account_id, "created": self._now()}
        names = ("amount", "currency", "reference", "metadata", "return_url")
        return self._put("link", link | {name: body.get(name) for name in names})

    def pay(self, link: Doc, *, declined: bool = False) -> str | None:
        """A payment of the whole link; where the payer goes then."""
        payment: Doc = {"id": _new_id("pay"), "status": "declined" if declined else "paid"}
        payment |= {"amount": link["amount"], "currency": link["currency"], "method": "card"}
        payment |= {"email": "asha@payer.example", "created": self._now()}
        payment |= {"refunds": [], "disputes": []}
        link["payments"].append(payment)
        self._put("link", link)
        self._emit(link, f"payment.{payment['status']}", payment)
        if declined or not link["return_url"]:
            return None
        mark = "&" if "?" in link["return_url"] else "?"
        return f"{link['return_url']}{mark}{urlencode({'payment': payment['id']})}"

    def refund(self, link: Doc, amount: int) -> None:
        """The seller gives ``amount`` of the last payment back."""
        refund = {"id": _new_id("ref"), "status": "done", "amount": amount, "created": self._now()}
        link["payments"][-1]["refunds"].append(refund)
        self._put("link", link)
        self._emit(link, "refund.done", link["payments"][-1])

    def dispute(self, link: Doc) -> None:
        """The payer's bank takes the money of the last payment back."""
        payment = link["payments"][-1]
        dispute = {"id": _new_id("dis"), "status": "open", "amount": payment["amount"]}
        payment["disputes"].append(dispute | {"created": self._now()})
        self._put("link", link)
        self._emit(link, "dispute.opened", payment)

    def subscribe(self, account_id: str, url: str) -> Doc:
        """A new webhook for all events, with its secret."""
        webhook = {"id": _new_id("hook"), "url": url, "secret": _new_id("whsec")}
        return self._put("webhook", webhook | {"account": account_id})

    def links(self) -> list[Doc]:
        """The links of all accounts, oldest first."""
        return self.store.all("link")

    def _emit(self, link: Doc, type: str, payment: Doc) -> None:
        data = {"link": link["id"], "reference": link["reference"], "payment": payment["id"]}
        event = {"id": _new_id("evt"), "type": type, "created": self._now(), "data": data}
        self._put("event", event | {"account": link["account"]})
        body = json.dumps(event).encode()
        for webhook in self._webhooks(link["account"]):
            secret = webhook["secret"]
            headers = lambda secret=secret: signature(body, secret, self._now())  # noqa: E731
            self.deliveries.send(Outgoing(webhook["url"], body, headers))

    def _webhooks(self, account_id: str) -> list[Doc]:
        return self.store.all("webhook", lambda one: one["account"] == account_id)

    def _caller(self, request: Request) -> Doc:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for start in STARTS:
            if key == start.key:
                account = {"id": start.id, "name": start.name, "live": False}
                return account | {"currency": start.currency}
        raise Refused(answer({"error": "unknown key"}, 401))

    def _link(self, account: Doc, id: str) -> Doc:
        link = self.store.get("link", id)
        if link is None or link["account"] != account["id"]:
            raise Refused(answer({"error": "no such link"}, 404))
        return link

    def _once(self, request: Request, account: Doc, do: Callable[[], Doc]) -> Doc:
        """What was answered to the same idempotency key before, or what ``do`` makes now."""
        given = request.headers.get("Idempotency-Key") or _new_id("key")
        key = f"{account['id']} {request.path_info} {given}"
        with self.store.lock:
            before = self.store.get("key", key)
            return before or self.store.put("key", key, do())

    def _put(self, kind: str, doc: Doc) -> Doc:
        return self.store.put(kind, doc["id"], doc)

    def _now(self) -> int:
        return int(self.clock())


def _told(webhook: Doc) -> dict[str, Any]:
    """A webhook as the list shows it: its secret was told once."""
    return {name: webhook[name] for name in ("id", "url")}


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(8)}"

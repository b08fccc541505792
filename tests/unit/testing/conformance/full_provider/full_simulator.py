"""Acme with links that expire, are paid in parts and sent to the payer, and webhooks that change."""

from webob import Request, Response

from core.testing.simulator import Refused, answer, route
from core.testing.store import Doc
from plugins.acme_provider.simulator import AcmeSimulator


class FullSimulator(AcmeSimulator):
    """What the scaffold's simulator does, and the options."""

    @route("POST", "/v1/links/{id}/send")
    def send_link(self, request: Request, id: str) -> Response:
        link = self._link(self._caller(request), id)
        self._send(link, request.json_body["channel"])
        return answer({"sent": True})

    @route("POST", "/v1/webhooks/{id}")
    def lead_webhook(self, request: Request, id: str) -> Response:
        webhook = self._webhook(request, id)
        return answer(self._put("webhook", webhook | {"url": request.json_body["url"]}))

    @route("POST", "/v1/webhooks/{id}/secret")
    def renew_secret(self, request: Request, id: str) -> Response:
        webhook = self._webhook(request, id)
        return answer(self._put("webhook", webhook | {"secret": webhook["secret"] + "2"}))

    def _webhook(self, request: Request, id: str) -> Doc:
        account = self._caller(request)
        return next(one for one in self._webhooks(account["id"]) if one["id"] == id)

    def make_link(self, account_id: str, body: Doc) -> Doc:
        expires = body.get("expires")
        if expires is not None and not 60 <= expires - self._now() <= 100 * 24 * 60 * 60:
            raise Refused(answer({"error": "expires: a minute to 100 days ahead"}, 400))
        asked = {name: body.get(name) for name in ("expires", "first_part", "customer")}
        link = super().make_link(account_id, body) | asked | {"expired": False, "notices": []}
        for channel in body.get("send_by") or ():
            self._send(link, channel)
        return self._put("link", link)

    def pay_part(self, id: str, amount: int) -> None:
        """Less than the first part, or a part of what is to be paid in one, is not taken."""
        link = self.store.get("link", id)
        assert link
        due = link["amount"] - sum(one["amount"] for one in link["payments"])
        least = link["first_part"] or link["amount"]
        if link["open"] and amount <= due and (amount >= least or (link["payments"] and least < due)):
            self.pay(link | {"amount": amount})
            self._put("link", self.store.get("link", id) | {"amount": link["amount"]})

    def expire(self, id: str) -> None:
        link = self.store.get("link", id)
        assert link
        if link["expires"]:
            self._put("link", link | {"open": False, "expired": True})

    def _send(self, link: Doc, channel: str) -> None:
        link["notices"].append([channel, link["customer"][channel]])
        self._put("link", link)

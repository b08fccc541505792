"""What the API, the payer's page and the dashboard share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from webob import Request, Response

from core.testing.simulator import Simulator
from plugins.razorpay_provider.simulator.account import Account
from plugins.razorpay_provider.simulator.money import shown, typed
from plugins.razorpay_provider.simulator.seed import add_accounts
from plugins.razorpay_provider.simulator.webhooks import Webhooks

_HERE = Path(__file__).parent


class RazorpayBase(Simulator):
    """Accounts over the store, and pages under a strict CSP."""

    id = "razorpay_provider"
    title = "Razorpay simulator"
    templates = _HERE / "templates"
    static = _HERE / "static"

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.deliveries)

    def seed(self) -> None:
        add_accounts(self.store)

    def account(self, id: str) -> Account:
        """Raises KeyError."""
        if (doc := self.store.get("account", id)) is None:
            raise KeyError(id)
        return Account(doc, self.store, self.clock, self.base_url, self.webhooks.announce)

    def accounts(self) -> list[Account]:
        return [self.account(doc["id"]) for doc in self.store.all("account")]

    def owner(self, link_id: str) -> Account | None:
        """The account that has a link: a payer brings no key."""
        return next((one for one in self.accounts() if one.find("payment_link", link_id)), None)

    def page(
        self, template: str, status: int = 200, goes_to: Iterable[str | None] = (), **values: Any
    ) -> Response:
        """A page. ``goes_to`` are URLs elsewhere that its forms may lead to."""
        response = self.render(template, money=shown, typed=typed, when=_when, **values)
        elsewhere = [f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in goes_to if url]
        form_action = " ".join(("'self'", *elsewhere))
        response.status_int = status
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; img-src 'self' data:;"
            f" base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
        )
        return response

    def not_found(self, request: Request) -> Response:
        text = "There is nothing at this address."
        return self.page("notice.html", 404, account=None, title="Page not found", text=text)


def _when(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%d %b %Y, %H:%M:%S UTC")

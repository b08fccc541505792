"""What the API, the payer's page and the dashboard share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from webob import Request, Response

from core.testing.simulator import Simulator
from plugins.stripe_provider.simulator import checkout
from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.currencies import shown
from plugins.stripe_provider.simulator.webhooks import Webhooks

_HERE = Path(__file__).parent


class StripeBase(Simulator):
    """Accounts over the store, and pages under a strict CSP."""

    id = "stripe_provider"
    title = "Stripe simulator"
    templates = _HERE / "templates"
    static = _HERE / "static"
    indexed = ("charge", "event", "payment_intent", "payment_link", "status")

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.deliveries)

    def account(self, id: str, cause: Doc | None = None) -> Account:
        """The account ``id``; ``cause`` is the API request that acts on it. Raises KeyError."""
        if (doc := self.store.get("account", id)) is None:
            raise KeyError(id)
        return Account(
            doc,
            self.store,
            self.clock,
            self.base_url,
            self.webhooks.announce,
            cause or {"id": None, "idempotency_key": None},
        )

    def accounts(self) -> list[Account]:
        return [self.account(doc["id"]) for doc in self.store.all("account")]

    def owner(self, kind: str, id: str) -> Account | None:
        """The account that has an object: a payer brings no key."""
        return next((one for one in self.accounts() if one.find(kind, id)), None)

    def settle(self, account: Account, id: str, *, succeeded: bool) -> None:
        """Let a waiting bank debit succeed or fail; settled already, it stays as it is."""
        with self.store.lock:
            if checkout.waits(account, account.get("checkout.session", id)):
                checkout.settle(account, id, succeeded=succeeded)

    def page(
        self, template: str, status: int = 200, goes_to: Iterable[str | None] = (), **values: Any
    ) -> Response:
        """A page. ``goes_to`` are URLs elsewhere that its forms may lead to."""
        response = self.render(template, money=shown, when=_when, **values)
        elsewhere = [f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in goes_to if url]
        form_action = " ".join(("'self'", *elsewhere))
        response.status_int = status
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
            f" base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
        )
        return response

    def not_found(self, request: Request) -> Response:
        return self.page(
            "closed.html",
            404,
            title="Page not found",
            text="There is nothing at this address.",
            account=None,
            again=None,
        )


def _when(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%d %b %Y, %H:%M:%S UTC")

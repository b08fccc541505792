"""Stripe's side of the conformance suite: sellers, payers and banks over the simulator."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import requests
import stripe

from core.api.money import Money
from core.api.payments import Link
from core.api.settings import Settings
from core.testing.conformance import MadeLink, NotOffered, ProviderDriver
from plugins.stripe_provider.provider import StripeProvider
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import StripeSimulator, disputes, endpoints, links, refunds, seed
from plugins.stripe_provider.simulator.account import Account
from plugins.stripe_provider.simulator.currencies import typed, wire
from plugins.stripe_provider.simulator.listing import items_of
from plugins.stripe_provider.simulator.webhooks import signature

_CARD = {
    "name": "Asha Payer",
    "email": "asha@payer.example",
    "method": "card",
    "number": "4242 4242 4242 4242",
    "expiry": "12/34",
    "code": "123",
    "action": "pay",
}
_DECLINED = _CARD | {"number": "4000 0000 0000 0002"}


class StripeDriver(ProviderDriver):
    """Northwind Trading is the seller, Lakeside Clinics the other account."""

    simulator = StripeSimulator
    write_methods = ("POST", "DELETE")
    tolerance = 300.0
    steps = {"KWD": 10}

    @property
    def member(self) -> StripeProvider:
        return StripeProvider()

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """The official client waits half a second and more between its attempts."""
        client = stripe.HTTPClient
        before = client.INITIAL_DELAY, client.MAX_DELAY
        client.INITIAL_DELAY = client.MAX_DELAY = 0
        yield
        client.INITIAL_DELAY, client.MAX_DELAY = before

    def settings(self) -> Settings:
        return _settings(seed.NORTHWIND.key)

    def wrong(self) -> Settings:
        return _settings("sk_test_nobody_knows_this_one")

    def other(self) -> Settings:
        return _settings(seed.LAKESIDE.key)

    def revoked(self) -> Settings:
        return _settings(seed.REVOKED_KEY)

    def secrets(self) -> tuple[str, ...]:
        return (seed.NORTHWIND.key,)

    def in_currency(self, simulator: Any, currency: str) -> Settings:
        for start in seed.STARTS:
            if start.currency == currency.lower():
                return _settings(start.key)
        raise NotOffered(f"no account of the simulator charges in {currency}")

    def made(self, simulator: Any) -> list[MadeLink]:
        return [
            MadeLink(
                ref=link["id"],
                total=_money(sum(item["amount_total"] for item in items_of(account, link["id"])), link),
                takes_payments=link["active"],
                metadata=link["metadata"],
            )
            for account in simulator.accounts()
            for link in reversed(account.all("payment_link"))
        ]

    def pay(self, simulator: Any, link: Link) -> str | None:
        return _visit(link.url, _CARD)

    def decline(self, simulator: Any, link: Link) -> None:
        _visit(link.url, _DECLINED)

    def refund(self, simulator: Any, link: Link, money: Money) -> None:
        account = simulator.owner("payment_link", link.ref)
        amount = wire(str(money.amount), money.currency.lower())
        refunds.create(account, {"payment_intent": _intent(account, link), "amount": amount})

    def dispute(self, simulator: Any, link: Link) -> None:
        account = simulator.owner("payment_link", link.ref)
        disputes.open(account, _intent(account, link))

    def foreign_payment(self, simulator: Any) -> None:
        """On a link that was made in the dashboard."""
        account = simulator.account(seed.NORTHWIND.id)
        price = account.all("price")[0]["id"]
        link = links.create(account, {"line_items": [{"price": price, "quantity": 1}]})
        _visit(link["url"], _CARD)

    def subscribe(self, simulator: Any, url: str) -> str:
        account = simulator.account(seed.NORTHWIND.id)
        made = endpoints.create(account, {"url": url, "enabled_events": ["*"]})
        return str(made["secret"])

    def sign(self, body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
        return signature(body, secret, int(at.timestamp()))


def _settings(key: str) -> StripeSettings:
    return StripeSettings.model_validate({"secret_key": key})


def _money(amount: int, link: Mapping[str, Any]) -> Money:
    return Money.of(typed(amount, link["currency"]), link["currency"].upper())


def _intent(account: Account, link: Link) -> str:
    """What the only payment of a link was taken through."""
    [session] = [
        one
        for one in account.walk("checkout.session", payment_link=link.ref)
        if one["status"] == "complete"
    ]
    return str(session["payment_intent"])


def _visit(url: str, form: Mapping[str, str]) -> str | None:
    """Open a link and send the form of its page; where that leads, None where it stays."""
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(url, timeout=10).url
        there = browser.post(page, form, allow_redirects=False, timeout=10).headers.get("Location")
    return None if there in (None, page) else there

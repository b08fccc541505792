"""Razorpay's side of the conformance suite: sellers, payers and banks over the simulator."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests

from core.api.money import Money
from core.api.payments import Link
from core.api.settings import Settings
from core.testing.conformance import MadeLink, ProviderDriver
from core.testing.store import Doc
from plugins.razorpay_provider.provider import RazorpayProvider
from plugins.razorpay_provider.settings import RazorpaySettings
from plugins.razorpay_provider.simulator import RazorpaySimulator, links, payments, seed
from plugins.razorpay_provider.simulator.account import Account
from plugins.razorpay_provider.simulator.money import typed, wire
from plugins.razorpay_provider.simulator.webhooks import EVENT_TYPES, signature

_CHOSEN = "whSecretSandbox0001"  # by whoever adds the webhook
_UPI = {"email": "asha@payer.example", "method": "upi", "action": "pay"}
_OPEN = ("created", "partially_paid")
_CHANNELS = {"email": "mail", "sms": "sms"}


class RazorpayDriver(ProviderDriver):
    """Northwind Trading is the seller, Lakeside Clinics the other account."""

    simulator = RazorpaySimulator
    write_methods = ("POST", "PATCH")
    steps = {"KWD": 10}

    @property
    def member(self) -> RazorpayProvider:
        return RazorpayProvider()

    def settings(self) -> Settings:
        return _settings(seed.NORTHWIND)

    def wrong(self) -> Settings:
        return _settings(seed.NORTHWIND, key_secret=seed.LAKESIDE.key_secret)

    def other(self) -> Settings:
        return _settings(seed.LAKESIDE)

    def revoked(self) -> Settings:
        key_id, key_secret = seed.RETIRED_KEY
        return _settings(seed.NORTHWIND, key_id=key_id, key_secret=key_secret)

    def secrets(self) -> tuple[str, ...]:
        return (seed.NORTHWIND.key_secret,)

    def in_currency(self, simulator: Any, currency: str) -> Settings:
        return _settings(seed.NORTHWIND, currency=currency)

    def made(self, simulator: Any) -> list[MadeLink]:
        return [
            MadeLink(
                ref=link["id"],
                total=_money(link["amount"], link["currency"]),
                takes_payments=link["status"] in _OPEN,
                metadata=link["notes"],
                expires_at=_time(link["expire_by"]),
                first_part=_first_part(link),
                notices=tuple(
                    (_CHANNELS[notice["medium"]], notice["to"])
                    for notice in links.notices(account, link["id"])
                ),
            )
            for account in simulator.accounts()
            for link in reversed(account.all("payment_link"))
        ]

    def pay(self, simulator: Any, link: Link) -> str | None:
        return _send(link.url, _UPI)

    def pay_part(self, simulator: Any, link: Link, money: Money) -> None:
        _send(link.url, _UPI | {"amount": str(money.amount)})

    def expire(self, simulator: Any, link: Link) -> None:
        account = simulator.owner(link.ref)
        if (doc := account.get("payment_link", link.ref))["expire_by"]:
            account.put("payment_link", doc | {"expire_by": account.now()})
            links.expire_due(account)

    def decline(self, simulator: Any, link: Link) -> None:
        _send(link.url, _UPI | {"action": "decline"})

    def refund(self, simulator: Any, link: Link, money: Money) -> None:
        account = simulator.owner(link.ref)
        amount = wire(str(money.amount), money.currency)
        payments.refund(account, _payment(account, link), {"amount": amount})

    def dispute(self, simulator: Any, link: Link) -> None:
        account = simulator.owner(link.ref)
        payments.dispute(account, _payment(account, link))

    def foreign_payment(self, simulator: Any) -> None:
        """On a link that was made in the dashboard."""
        account = simulator.account(seed.NORTHWIND.id)
        _send(links.create(account, {"amount": 100_000})["short_url"], _UPI)

    def subscribe(self, simulator: Any, url: str) -> str:
        simulator.webhooks.add(simulator.account(seed.NORTHWIND.id), url, _CHOSEN, EVENT_TYPES)
        return _CHOSEN

    def sign(self, body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
        """No time is signed."""
        return signature(body, secret)


def _settings(start: seed.Start, **other: str) -> RazorpaySettings:
    fields = {"key_id": start.key_id, "key_secret": start.key_secret, "merchant_id": start.id}
    return RazorpaySettings.model_validate(fields | {"currency": start.currency} | other)


def _time(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _first_part(link: Doc) -> Money | None:
    """None where a link is to be paid in one."""
    return _money(link["first_min_partial_amount"], link["currency"]) if link["accept_partial"] else None


def _money(amount: int, currency: str) -> Money:
    return Money.of(typed(amount, currency), currency)


def _payment(account: Account, link: Link) -> str:
    """The id of the only payment of a link."""
    [payment] = account.get("payment_link", link.ref)["payments"]
    return str(payment["payment_id"])


def _send(url: str, form: Mapping[str, str]) -> str | None:
    """Send the form of a link's page; where that leads, None where it stays."""
    reply = requests.post(url, form, allow_redirects=False, timeout=10)
    there = reply.headers.get("Location")
    return None if there in (None, url) else there

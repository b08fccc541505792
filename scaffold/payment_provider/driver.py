"""Acme's side of the conformance suite: sellers, payers and banks over the simulator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from core.api.money import Money
from core.api.payments import Link
from core.api.settings import Settings
from core.testing.conformance import MadeLink, NotOffered, ProviderDriver
from plugins.acme_provider.provider import AcmeProvider
from plugins.acme_provider.settings import AcmeSettings
from plugins.acme_provider.simulator import (
    LAKESIDE,
    NORTHWIND,
    REVOKED_KEY,
    STARTS,
    AcmeSimulator,
    signature,
)


class AcmeDriver(ProviderDriver):
    """Northwind Trading is the seller, Lakeside Clinics the other account."""

    simulator = AcmeSimulator
    tolerance = 300.0

    @property
    def member(self) -> AcmeProvider:
        return AcmeProvider()

    def settings(self) -> Settings:
        return _settings(NORTHWIND.key)

    def wrong(self) -> Settings:
        return _settings("sk_test_nobody_knows_this_one")

    def other(self) -> Settings:
        return _settings(LAKESIDE.key)

    def revoked(self) -> Settings:
        return _settings(REVOKED_KEY)

    def secrets(self) -> tuple[str, ...]:
        return (NORTHWIND.key,)

    def in_currency(self, simulator: Any, currency: str) -> Settings:
        for start in STARTS:
            if start.currency == currency:
                return _settings(start.key)
        raise NotOffered(f"no account of the simulator charges in {currency}")

    def made(self, simulator: Any) -> list[MadeLink]:
        return [
            MadeLink(
                ref=link["id"],
                total=Money(link["amount"], link["currency"]),
                takes_payments=link["open"],
                metadata=link["metadata"] or {},
            )
            for link in simulator.links()
        ]

    def pay(self, simulator: Any, link: Link) -> str | None:
        return _click(link.url, action="pay")

    def decline(self, simulator: Any, link: Link) -> None:
        _click(link.url, action="decline")

    def refund(self, simulator: Any, link: Link, money: Money) -> None:
        _click(link.url, action="refund", amount=str(money.minor))

    def dispute(self, simulator: Any, link: Link) -> None:
        _click(link.url, action="dispute")

    def foreign_payment(self, simulator: Any) -> None:
        """On a link that was made in the dashboard."""
        link = simulator.make_link(NORTHWIND.id, {"amount": 100, "currency": "INR"})
        _click(link["url"], action="pay")

    def subscribe(self, simulator: Any, url: str) -> str:
        return str(simulator.subscribe(NORTHWIND.id, url)["secret"])

    def sign(self, body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
        return signature(body, secret, int(at.timestamp()))


def _settings(key: str) -> AcmeSettings:
    return AcmeSettings.model_validate({"secret_key": key})


def _click(url: str, **form: str) -> str | None:
    """Press a button of the link's page; where that leads, None where it stays."""
    reply = requests.post(url, form, allow_redirects=False, timeout=10)
    there = reply.headers.get("Location")
    return None if there in (None, url) else there

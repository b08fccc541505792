"""Acme's side of the checks that the scaffold's provider doesn't come to."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.api.money import Money
from core.api.payments import Link
from core.testing.conformance import MadeLink
from plugins.acme_provider.driver import AcmeDriver
from plugins.acme_provider.full_provider import FullProvider
from plugins.acme_provider.full_simulator import FullSimulator


class FullDriver(AcmeDriver):
    """Northwind Trading, whose links have every option."""

    simulator = FullSimulator

    @property
    def member(self) -> FullProvider:
        return FullProvider()

    def made(self, simulator: Any) -> list[MadeLink]:
        return [
            replace(
                made,
                expires_at=datetime.fromtimestamp(link["expires"], UTC) if link["expires"] else None,
                first_part=Money(link["first_part"], link["currency"]) if link["first_part"] else None,
                notices=tuple((channel, to) for channel, to in link["notices"]),
            )
            for made, link in zip(super().made(simulator), simulator.links(), strict=True)
        ]

    def pay_part(self, simulator: Any, link: Link, money: Money) -> None:
        simulator.pay_part(link.ref, money.minor)

    def expire(self, simulator: Any, link: Link) -> None:
        simulator.expire(link.ref)

"""Products and prices: what a link can charge, and the unit product."""

from typing import Any

from core.api.errors import Rejected
from core.api.money import Money
from core.api.payments import Account, Product, ProductPage
from core.api.text import _
from plugins.stripe_provider import mapping
from plugins.stripe_provider.client import Api

PAGE_SIZE = 50
MAX_CALLS = 5
"""Stripe's list can't be searched by name: a rare name is looked for in this many pages of 100."""


def check_price(api: Api, ref: str, expected: Money) -> None:
    """Raise Rejected unless the price is on sale for what the user was shown."""
    price = api.read(api.v1.prices.retrieve, ref, {"expand": ["product"]})
    if not mapping.on_sale(price):
        raise Rejected(
            "product_archived",
            _(
                "This product was archived in Stripe. No link was made. "
                "Choose another product, or activate this one again in Stripe."
            ),
        )
    product = mapping.product(price)
    if product is None:
        raise Rejected(
            "price_unsuitable",
            _("This price is not a fixed one-time price. No link was made. Choose another product."),
        )
    if product.price != expected:
        raise Rejected(
            "price_changed",
            _(
                "The price in Stripe is %(price)s, not %(expected)s. No link was made. Load the "
                "products again and look at the amount.",
                price=product.price,
                expected=expected,
            ),
        )


def list_products(api: Api, account: Account, query: str, page: str | None) -> ProductPage:
    """What is on sale in the account's currency, the unit product first, the newest next."""
    found: list[Product] = []
    if page is None and (unit := _unit_price(api, account.currency)) and mapping.on_sale(unit):
        found += _matching([unit], query)
    for _call in range(MAX_CALLS):
        answer = api.read(
            api.v1.prices.list,
            {
                "active": True,
                "type": "one_time",
                "currency": account.currency.lower(),
                "expand": ["data.product"],
                "limit": 100,
                "starting_after": page,
            },
        )
        prices = [price for price in answer["data"] if mapping.on_sale(price)]
        found += [product for product in _matching(prices, query) if not product.unit]
        if not answer["has_more"]:
            return ProductPage(tuple(found))
        page = answer["data"][-1]["id"]
        if len(found) >= PAGE_SIZE:
            break
    return ProductPage(tuple(found), page)


def ensure_unit_product(api: Api, account: Account) -> Product:
    """The product of price 1, found by its lookup key, activated again, or made.

    Two at once, or one after a lost reply, send the same idempotency key and get the same price.
    """
    one = Money.of(1, account.currency)
    price = _unit_price(api, account.currency) or api.write(
        api.v1.prices.create,
        {
            "currency": account.currency.lower(),
            "unit_amount": mapping.to_wire(one),
            "lookup_key": mapping.unit_lookup_key(account.currency),
            "metadata": {"dealpay_unit": account.currency},
            "product_data": {
                "name": f"Payment in {account.currency}",
                "metadata": {"dealpay_unit": account.currency},
            },
            "expand": ["product"],
        },
        idempotency_key=f"dealpay-unit-{account.external_id}-{account.mode}-{account.currency}",
    )
    product = mapping.product(price)
    if product is None or product.price != one:
        raise Rejected(
            "unit_product_changed",
            _(
                "In Stripe, the lookup key %(key)s belongs to a price that isn't %(one)s. Take "
                "the key off that price, then try again. Nothing was charged.",
                key=mapping.unit_lookup_key(account.currency),
                one=one,
            ),
        )
    if not price["product"].get("active"):
        api.write(api.v1.products.update, price["product"]["id"], {"active": True})
    if not price["active"]:
        api.write(api.v1.prices.update, price["id"], {"active": True})
    return product


def _unit_price(api: Api, currency: str) -> dict[str, Any] | None:
    """The price of the unit product, archived or not, with its product expanded."""
    answer = api.read(
        api.v1.prices.list,
        {
            "lookup_keys": [mapping.unit_lookup_key(currency)],
            "expand": ["data.product"],
            "limit": 1,
        },
    )
    return next(iter(answer["data"]), None)


def _matching(prices: list[dict[str, Any]], query: str) -> list[Product]:
    products = [product for price in prices if (product := mapping.product(price))]
    return [product for product in products if query.strip().casefold() in product.name.casefold()]

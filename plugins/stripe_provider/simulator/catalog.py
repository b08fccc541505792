"""Products and prices."""

from decimal import Decimal

from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.currencies import check_amount
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import METADATA, RANGE, Params, Text, merged
from plugins.stripe_provider.simulator.listing import EXPAND, LISTING, matches, page

_AMOUNT: Params = {
    "currency!": str,
    "unit_amount": int,
    "unit_amount_decimal": Decimal,
    "recurring": {"interval!": {"day", "week", "month", "year"}, "interval_count": int},
    "tax_behavior": {"exclusive", "inclusive", "unspecified"},
}
_PRODUCT: Params = {
    "active": bool,
    "description?": Text(40_000),
    "metadata": METADATA,
    "statement_descriptor?": Text(22),
    "unit_label?": Text(12),
    "url?": str,
}
PRODUCT_DATA: Params = {
    "name!": Text(5000),
    "description": Text(40_000),
    "metadata": METADATA,
    "unit_label": Text(12),
}
PRICE_DATA: Params = _AMOUNT | {"product": str, "product_data": PRODUCT_DATA}
PRODUCT_CREATE: Params = {
    **_PRODUCT,
    **EXPAND,
    "id": str,
    "name!": Text(5000),
    "default_price_data": _AMOUNT | {"metadata": METADATA},
}
PRODUCT_UPDATE: Params = {**_PRODUCT, **EXPAND, "name": Text(5000), "default_price": str}
PRODUCT_LIST: Params = LISTING | {"active": bool, "ids": [str], "created": RANGE}
_PRICE: Params = {
    "active": bool,
    "lookup_key": Text(200),
    "metadata": METADATA,
    "nickname?": Text(5000),
    "transfer_lookup_key": bool,
    **EXPAND,
}
PRICE_CREATE: Params = _PRICE | PRICE_DATA
PRICE_UPDATE: Params = _PRICE
PRICE_LIST: Params = LISTING | {
    "active": bool,
    "created": RANGE,
    "currency": str,
    "lookup_keys": [str],
    "product": str,
    "type": {"one_time", "recurring"},
}


def create_product(account: Account, params: Params) -> Doc:
    id = params.get("id") or new_id("prod_", 14)
    if account.find("product", id):
        raise Refusal("Product already exists.", code="resource_already_exists", param="id")
    product = {
        "id": id,
        "object": "product",
        "active": params.get("active", True),
        "created": account.now(),
        "default_price": None,
        "description": params.get("description"),
        "images": [],
        "livemode": account.livemode,
        "marketing_features": [],
        "metadata": merged({}, params.get("metadata", {})),
        "name": params["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": params.get("statement_descriptor"),
        "tax_code": None,
        "type": "service",
        "unit_label": params.get("unit_label"),
        "updated": account.now(),
        "url": params.get("url"),
    }
    account.create(product, "product.created")
    if price_data := params.get("default_price_data"):
        price = create_price(account, {**price_data, "product": id})
        product = account.put(product | {"default_price": price["id"]})
    return product


def update_product(account: Account, params: Params, id: str) -> Doc:
    product = account.get("product", id)
    changes = {name: value for name, value in params.items() if name != "expand"}
    if "metadata" in changes:
        changes["metadata"] = merged(product["metadata"], changes["metadata"])
    if "default_price" in changes:
        account.get("price", changes["default_price"], "default_price")
    return account.update(product, changes | {"updated": account.now()}, "product.updated")


def list_products(account: Account, params: Params) -> Doc:
    wanted = params.get("ids")
    match = matches(params, "active")
    products = account.all("product", lambda one: match(one) and (wanted is None or one["id"] in wanted))
    return page("/v1/products", products, params)


def price_of(account: Account, params: Params, parent: str = "") -> Doc:
    """A new price, not yet written. ``parent`` prefixes the parameters that refusals name."""

    def named(name: str) -> str:
        return f"{parent}[{name}]" if parent else name

    currency = params["currency"].lower()
    if ("unit_amount" in params) == ("unit_amount_decimal" in params):
        raise Refusal(
            "You must specify exactly one of: unit_amount, unit_amount_decimal.",
            code="parameter_missing",
            param=named("unit_amount"),
        )
    given = "unit_amount" if "unit_amount" in params else "unit_amount_decimal"
    amount = Decimal(params[given])
    check_amount(amount, currency, named("unit_amount"))
    if ("product" in params) == ("product_data" in params):
        raise Refusal(
            "You must specify exactly one of: product, product_data.",
            code="parameter_missing",
            param=named("product"),
        )
    if "product" in params:
        product = account.get("product", params["product"], named("product"))
    else:
        product = create_product(account, params["product_data"])
    recurring = params.get("recurring")
    return {
        "id": new_id("price_1", 23),
        "object": "price",
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": account.livemode,
        "lookup_key": None,
        "metadata": merged({}, params.get("metadata", {})),
        "nickname": params.get("nickname"),
        "product": product["id"],
        "recurring": recurring
        and {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": int(amount) if amount == int(amount) else None,
        "unit_amount_decimal": format(amount.normalize(), "f"),
    }


def create_price(account: Account, params: Params) -> Doc:
    price = price_of(account, params)
    return account.create(price | _lookup_key(account, params), "price.created")


def retrieve_price(account: Account, params: Params, id: str) -> Doc:
    return account.find("inline_price", id) or account.get("price", id)


def update_price(account: Account, params: Params, id: str) -> Doc:
    price = account.get("price", id)
    product = account.get("product", price["product"])
    changes: Doc = {name: params[name] for name in ("active", "nickname") if name in params}
    if changes.get("active") is False and product["default_price"] == id:
        raise Refusal(
            "This price cannot be archived because it is the default price of its product.",
            param="active",
        )
    if "metadata" in params:
        changes["metadata"] = merged(price["metadata"], params["metadata"])
    if params.get("lookup_key") != price["lookup_key"]:
        changes |= _lookup_key(account, params)
    return account.update(price, changes, "price.updated")


def list_prices(account: Account, params: Params) -> Doc:
    keys = params.get("lookup_keys")
    match = matches(params, "active", "currency", "product", "type")
    prices = account.all("price", lambda one: match(one) and (keys is None or one["lookup_key"] in keys))
    return page("/v1/prices", prices, params)


def _lookup_key(account: Account, params: Params) -> Doc:
    """The lookup key as a change; one price at a time holds it."""
    if (key := params.get("lookup_key")) is None:
        return {}
    for holder in account.all("price", lambda one: one["lookup_key"] == key):
        if not params.get("transfer_lookup_key"):
            raise Refusal(
                f"A price (`{holder['id']}`) already uses that lookup key.", param="lookup_key"
            )
        account.update(holder, {"lookup_key": None}, "price.updated")
    return {"lookup_key": key}

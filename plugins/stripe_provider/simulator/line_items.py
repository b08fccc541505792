"""What is sold: the line items of a payment link, copied to each of its sessions."""

from decimal import ROUND_HALF_UP, Decimal

from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.catalog import PRICE_DATA, price_of
from plugins.stripe_provider.simulator.currencies import check_amount
from plugins.stripe_provider.simulator.errors import Refusal, no_such
from plugins.stripe_provider.simulator.forms import Params

CREATE: list[Params] = [{"price": str, "price_data": PRICE_DATA, "quantity!": int}]
UPDATE: list[Params] = [{"id!": str, "quantity": int}]
MOST_ITEMS = 20
MOST_QUANTITY = 999_999  # Stripe docs: the most that adjustable_quantity takes


def keep(account: Account, owner_id: str, items: list[Doc]) -> None:
    """Write the items of a link or a session."""
    account.put({"id": owner_id, "items": items}, "line_items")


def made(account: Account, given: list[Params]) -> list[Doc]:
    """New line items, not yet written. Raises Refusal for what can't be sold."""
    if not 1 <= len(given) <= MOST_ITEMS:
        raise Refusal(f"line_items must hold 1 to {MOST_ITEMS} items.", param="line_items")
    items = [
        _item(account, _price(account, one, f"line_items[{index}]"), one["quantity"], index)
        for index, one in enumerate(given)
    ]
    _check(items)
    return items


def changed(items: list[Doc], given: list[Params]) -> list[Doc]:
    """Items after an update; only their quantity can change."""
    by_id = {item["id"]: item for item in items}
    for index, one in enumerate(given):
        if (item := by_id.get(one["id"])) is None:
            raise no_such("line_item", one["id"], f"line_items[{index}][id]")
        quantity = one["quantity"] if "quantity" in one else item["quantity"]
        by_id[one["id"]] = item | _amounts(item["price"], quantity, index)
    changed = list(by_id.values())
    _check(changed)
    return changed


def _check(items: list[Doc]) -> None:
    currency = items[0]["currency"]
    if any(item["currency"] != currency for item in items):
        raise Refusal("All prices on a payment link must have the same currency.", param="line_items")
    check_amount(sum(item["amount_total"] for item in items), currency, "line_items")


def _price(account: Account, given: Params, param: str) -> Doc:
    if ("price" in given) == ("price_data" in given):
        raise Refusal(
            f"You must specify exactly one of: {param}[price], {param}[price_data].",
            code="parameter_missing",
            param=f"{param}[price]",
        )
    if "price_data" in given:
        price = price_of(account, given["price_data"], f"{param}[price_data]")
        # Found by its id, but not in the list of prices: Stripe keeps inline prices out of it.
        account.put(price, "inline_price")
    else:
        price = account.get("price", given["price"], f"{param}[price]")
    if not price["active"]:
        raise Refusal(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"{param}[price]",
        )
    if not account.get("product", price["product"])["active"]:
        raise Refusal(
            f"Price `{price['id']}` is not available to be purchased because its product is not active.",
            param=f"{param}[price]",
        )
    if price["type"] == "recurring":
        raise Refusal("This simulator has no subscriptions.", param=f"{param}[price]")
    return price


def _item(account: Account, price: Doc, quantity: int, index: int) -> Doc:
    return {
        "id": new_id("li_1", 23),
        "object": "item",
        "amount_discount": 0,
        "amount_tax": 0,
        "currency": price["currency"],
        "description": account.get("product", price["product"])["name"],
        "metadata": None,
        "price": price,
        **_amounts(price, quantity, index),
    }


def _amounts(price: Doc, quantity: int, index: int) -> Doc:
    if not 1 <= quantity <= MOST_QUANTITY:
        raise Refusal(
            f"Invalid integer: quantity must be between 1 and {MOST_QUANTITY} (it is {quantity}).",
            code="parameter_invalid_integer",
            param=f"line_items[{index}][quantity]",
        )
    exact = Decimal(price["unit_amount_decimal"]) * quantity
    total = int(exact.to_integral_value(ROUND_HALF_UP))
    return {"quantity": quantity, "amount_subtotal": total, "amount_total": total}

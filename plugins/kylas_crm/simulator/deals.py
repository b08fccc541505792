"""What the deal service does with the money of a deal."""

from decimal import Decimal
from typing import Any

from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals


def is_money(value: Any) -> bool:
    return isinstance(value, dict) and {"currencyId", "value"} <= value.keys()


def priced(deal: Doc) -> Doc:
    """``deal`` with the values that follow from its product lines, whatever was sent.

    Estimated is the sum of quantity times price, actual the same after discount; without lines
    the actual value is the estimated one until it is set. Raises Refused: 400 for a value that
    isn't money, the opaque 500 for a line without a discount.
    """
    for name in ("estimatedValue", "actualValue"):
        if deal.get(name) is not None and not is_money(deal[name]):
            raise refusals.invalid(f"Invalid {name}", "01001400")
    lines = deal.get("products")
    if not lines:
        actual = deal.get("actualValue") or deal.get("estimatedValue")
        return {**deal, "products": None, "actualValue": actual}
    if any(not isinstance(line.get("discount"), dict) for line in lines):
        raise refusals.something_went_wrong()
    currency = lines[0]["price"]["currencyId"]
    return {
        **deal,
        "estimatedValue": _money(currency, sum(map(_full, lines), Decimal())),
        "actualValue": _money(currency, sum(map(_discounted, lines), Decimal())),
    }


def _money(currency: int, value: Decimal) -> Doc:
    return {"currencyId": currency, "value": float(value)}


def _full(line: Doc) -> Decimal:
    return Decimal(str(line["price"]["value"])) * Decimal(str(line["quantity"]))


def _discounted(line: Doc) -> Decimal:
    discount = Decimal(str(line["discount"].get("value") or 0))
    if line["discount"].get("type") == "FLAT":
        return _full(line) - discount
    return _full(line) * (1 - discount / 100)

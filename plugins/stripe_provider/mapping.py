"""Between Stripe's objects and ours. Nothing here calls out.

Stripe counts money its own way, and not as ISO 4217 does; the table below is the only place that
knows, and it is read in both directions (Stripe docs: Supported currencies).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.api.errors import InvalidAmount
from core.api.money import Money, exponent
from core.api.payments import (
    Account,
    Link,
    Mode,
    Product,
)
from core.api.text import _

Raw = Mapping[str, Any]

LINK_ID = "dealpay_link_id"
"""The metadata key of our own id, on the link, its sessions and their payment intents."""
MAX_AMOUNT = 99_999_999
"""The most that Stripe takes in one payment, in its own units, whatever the currency."""

# Decimals on the wire: MGA has none here and two in ISO; ISK and UGX have two here and none in ISO.
_DECIMALS = {
    0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD"
    " CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL"
    " HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP"
    " MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR"
    " SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS WST"
    " XCD XCG YER ZAR ZMW",
    3: "BHD JOD KWD OMR TND",
}
_DECIMALS_OF = {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}
# Amounts sent are multiples of this: whole krónur and shillings, ten fils.
_STEP_OF = {"ISK": 100, "UGX": 100, **dict.fromkeys(_DECIMALS[3].split(), 10)}
CURRENCIES = frozenset(_DECIMALS_OF)


def to_wire(money: Money) -> int:
    """The integer that Stripe takes for ``money``. Raises InvalidAmount where there is none."""
    code = money.currency
    decimals, step = _decimals(code), _STEP_OF.get(code, 1)
    amount = _scaled(money.minor, decimals - exponent(code))
    if amount is None or amount % step:
        least = Decimal(step).scaleb(-decimals)
        raise InvalidAmount(
            _(
                "Stripe takes %(code)s in steps of %(least)s; %(money)s is between two of them.",
                code=code,
                least=least,
                money=money,
            )
        )
    return amount


def from_wire(amount: int, currency: str) -> Money:
    """The money that Stripe means by ``amount`` and a lower-case ``currency``."""
    code = currency.upper()
    minor = _scaled(amount, exponent(code) - _decimals(code))
    if minor is None:
        raise InvalidAmount(
            _("Stripe's amount %(amount)s is finer than %(code)s allows.", amount=amount, code=code)
        )
    return Money(minor, code)


def largest(code: str) -> Decimal:
    """The most that one payment in this currency can be, in major units."""
    return Decimal(MAX_AMOUNT).scaleb(-_decimals(code))


def _decimals(code: str) -> int:
    try:
        return _DECIMALS_OF[code]
    except KeyError:
        raise InvalidAmount(_("Stripe takes no payments in %(code)s.", code=code)) from None


def _scaled(amount: int, places: int) -> int | None:
    factor: int = 10 ** abs(places)
    if places >= 0:
        return amount * factor
    whole, rest = divmod(amount, factor)
    return None if rest else whole


def utc(seconds: int) -> datetime:
    """Stripe's times are seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def account(raw: Raw, mode: Mode, missing_permissions: tuple[str, ...]) -> Account:
    """The account, by the name that its owner would know it by."""
    dashboard = (raw.get("settings") or {}).get("dashboard") or {}
    profile = raw.get("business_profile") or {}
    return Account(
        external_id=raw["id"],
        name=dashboard.get("display_name") or profile.get("name") or raw.get("email") or raw["id"],
        mode=mode,
        currency=raw["default_currency"].upper(),
        country=raw.get("country"),
        missing_permissions=missing_permissions,
        # Where a restricted key isn't told it, nobody is alarmed.
        can_charge=raw.get("charges_enabled") is not False,
    )


def on_sale(price: Raw) -> bool:
    """Whether neither a price nor its expanded product is archived or deleted."""
    return bool(price["active"] and price["product"].get("active"))


def unit_lookup_key(currency: str) -> str:
    """What the price of the unit product is found by; Stripe lets a lookup key exist only once."""
    return f"dealpay_unit_{currency.lower()}"


def product(price: Raw) -> Product | None:
    """A price with its product expanded; None for one that price times quantity can't charge.

    A price without a whole unit amount comes in tiers, is chosen by the payer, or has fractions of
    a minor unit.
    """
    if price["type"] != "one_time" or price.get("unit_amount") is None:
        return None
    try:
        money = from_wire(price["unit_amount"], price["currency"])
    except InvalidAmount:
        return None
    item = price["product"]
    return Product(
        ref=price["id"],
        name=item["name"],
        price=money,
        description=item.get("description") or price.get("nickname"),
        unit=price.get("lookup_key") == unit_lookup_key(price["currency"]),
    )


def link(raw: Raw) -> Link:
    """The payment link as it is to be sent."""
    return Link(ref=raw["id"], url=raw["url"])

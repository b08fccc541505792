"""Money on the way to the vendor and back, in currencies with none, two and three decimals."""

from core.api.money import Money, exponent
from core.testing.conformance.check import Level, NotOffered, expect
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import ProviderRig


@check("provider.money.currencies", Level.SILVER)
def currencies(rig: ProviderRig) -> None:
    """The plugin's currencies are codes of ISO 4217, and the account's is one of them."""
    codes = rig.member.currencies
    expect(codes, "The plugin names no currencies.")
    for code in codes:
        Money(1, code)
    for code in rig.driver.currencies:
        expect(code in codes, f"The vendor takes {code}, and the plugin's currencies lack it.")


@check("provider.money.no_decimals", Level.SILVER)
def no_decimals(rig: ProviderRig) -> None:
    """Amounts in a currency without decimals arrive as they are, and come back as they are.

    Money counts minor units by ISO 4217: 4,500 yen are Money(4500, "JPY"). Where the vendor counts
    otherwise, one table in mapping.py says so and is read in both directions.
    """
    _round_trip(rig, 0)


@check("provider.money.two_decimals", Level.BRONZE)
def two_decimals(rig: ProviderRig) -> None:
    """Amounts in a currency with two decimals arrive as they are, and come back as they are."""
    _round_trip(rig, 2)


@check("provider.money.three_decimals", Level.SILVER)
def three_decimals(rig: ProviderRig) -> None:
    """Amounts in a currency with three decimals arrive as they are, and come back as they are."""
    _round_trip(rig, 3)


def _round_trip(rig: ProviderRig, decimals: int) -> None:
    code = next((code for code in rig.driver.currencies if exponent(code) == decimals), None)
    if code is None:
        raise NotOffered(f"the vendor takes no currency with {decimals or 'no'} decimals")
    rig.use(rig.driver.in_currency(rig.simulator, code))
    products = [rig.product()]
    if "list_products" in rig.offers:
        page = rig.call("list_products", ctx=rig.context(), query="", page=None)
        products += [one for one in page.items if not one.unit][:2]
    for number, product in enumerate(products):
        expect(
            product.price.currency == code, f"A product of an account in {code} has another currency."
        )
        request = rig.request(f"lnk_{number}", product, quantity=3)
        link = rig.create(request, key=f"key-{number}")
        there = rig.at_vendor(link).total
        expect(there == request.total, f"A link over {request.total} is one over {there} at the vendor.")
        rig.driver.pay(rig.simulator, link)
        money = rig.paid(link).money
        expect(money == request.total, f"Of {request.total} that were paid, fetch_status tells {money}.")

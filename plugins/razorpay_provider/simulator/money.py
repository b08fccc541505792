"""How Razorpay counts money, written down a second time on purpose: were the plugin's table shared,
a wrong entry would never be seen."""

from decimal import Decimal

from babel.numbers import format_currency

from plugins.razorpay_provider.simulator.errors import Refusal

# Razorpay docs: International payments, supported currencies.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP CRC CUP"
    " CVE CZK DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR JMD"
    " KES KGS KHR KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN"
    " NIO NOK NPR NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR SEK SGD SLL SOS SVC SZL THB TRY TTD"
    " TWD TZS UAH USD UYU UZS XCD YER ZAR ZMW",
    3: "BHD IQD JOD KWD OMR TND",
}
DECIMALS = {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}


def check_amount(amount: object, currency: object) -> None:
    """Raise Refusal where Razorpay would not take ``amount``."""
    if not isinstance(currency, str) or currency not in DECIMALS:
        raise Refusal("currency: wrong input fields sent.")
    if type(amount) is not int or amount == 0:
        raise Refusal("amount: cannot be blank.")
    if amount < 0 or (currency == "INR" and amount < 100):
        raise Refusal(f"amount: amount should be minimum 1.00 for {currency}")
    if DECIMALS[currency] == 3 and amount % 10:
        raise Refusal(f"amount: the last digit should be 0 for {currency}")


def shown(amount: int, currency: str) -> str:
    """An amount for a person: ``₹4,500.00``."""
    return str(format_currency(Decimal(amount).scaleb(-DECIMALS[currency]), currency, locale="en"))


def typed(amount: int, currency: str) -> str:
    """An amount as a person types it: ``4500.00``."""
    decimals = DECIMALS[currency]
    return f"{Decimal(amount).scaleb(-decimals):.{decimals}f}"


def wire(amount: str, currency: str) -> int:
    """What a person typed, in the smallest unit. Raises Refusal for anything but such an amount."""
    try:
        units = Decimal(amount.strip()).scaleb(DECIMALS[currency])
        whole = int(units)
    except (ArithmeticError, ValueError):
        raise Refusal("This is not an amount.") from None
    if units != whole or whole <= 0:
        raise Refusal("This is not an amount in this currency.")
    return whole

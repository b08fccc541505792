"""How Stripe counts money on the wire, written down a second time on purpose.

Stripe docs: Supported currencies. The plugin has its own table; were the simulator to share it, a
wrong entry would never be seen.
"""

from decimal import Decimal

from babel.numbers import format_currency

from plugins.stripe_provider.simulator.errors import Refusal

_ALL = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
    gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
    lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen
    pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
    top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
"""
_NO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE_DECIMALS = "bhd jod kwd omr tnd"
SUPPORTED = frozenset(_ALL.split())
_DECIMALS = dict.fromkeys(_NO_DECIMALS.split(), 0) | dict.fromkeys(_THREE_DECIMALS.split(), 3)
# Sent with two decimals that have to be zero; three-decimal currencies end in one zero.
_STEPS = {"isk": 100, "ugx": 100, **dict.fromkeys(_THREE_DECIMALS.split(), 10)}
MAXIMUM = 99_999_999


def check_amount(amount: Decimal | int, currency: str, param: str) -> None:
    """Raise Refusal where Stripe would not take ``amount`` wire units of ``currency``."""
    if currency not in SUPPORTED:
        raise Refusal(f"Invalid currency: {currency}.", param=param)
    if amount < 0:
        raise Refusal(
            "This value must be greater than or equal to 0.",
            code="parameter_invalid_integer",
            param=param,
        )
    if amount > MAXIMUM:
        most = shown(MAXIMUM, currency)
        raise Refusal(f"Amount must be no more than {most}", code="amount_too_large", param=param)
    step = _STEPS.get(currency)
    if step and amount % step:
        raise Refusal(
            f"Invalid amount: amounts in {currency} must be divisible by {step}.",
            code="parameter_invalid_integer",
            param=param,
        )


def shown(amount: int | Decimal, currency: str) -> str:
    """An amount of the wire for a person: ``₹4,500.00``."""
    major = Decimal(amount).scaleb(-_DECIMALS.get(currency, 2))
    return str(format_currency(major, currency.upper(), locale="en"))


def typed(amount: int, currency: str) -> str:
    """An amount of the wire as a person types it: ``4500.00``."""
    decimals = _DECIMALS.get(currency, 2)
    return f"{Decimal(amount).scaleb(-decimals):.{decimals}f}"


def wire(amount: str, currency: str) -> int:
    """What a person typed, in wire units. Raises ValueError for anything but such an amount."""
    decimals = _DECIMALS.get(currency, 2)
    try:
        units = Decimal(amount).scaleb(decimals)
        whole = int(units)
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"{amount!r} is not an amount") from error
    if units != whole:
        raise ValueError(f"{currency.upper()} has {decimals} decimals")
    return whole

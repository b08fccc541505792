"""Money: an integer number of minor units and an ISO 4217 currency, never a float."""

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Self

from core.api.errors import InvalidAmount
from core.api.text import _

# ISO 4217 minor units: every currency that isn't listed has two. Providers count in their
# own way for some (a table of their own says how); this one is what the core stores.
_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENT_OF = {code: exponent for exponent, codes in _EXPONENTS.items() for code in codes.split()}

# The default context rounds beyond 28 digits without a word; this one refuses.
_EXACT = Context(prec=60, Emax=60, Emin=-60, traps=[Inexact, InvalidOperation, Overflow])


def exponent(currency: str) -> int:
    """How many decimals ``currency`` has in ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _EXPONENT_OF.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """``minor`` minor units of ``currency``: ``Money(1250, "EUR")`` is 12.50 euro.

    Raises InvalidAmount for anything but an int and three capital letters.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise InvalidAmount(f"minor units are an integer, not {self.minor!r}")
        code = self.currency
        if not (
            isinstance(code, str)
            and len(code) == 3
            and code.isascii()
            and code.isalpha()
            and code.isupper()
        ):
            raise InvalidAmount(f"a currency is three capital letters, not {code!r}")

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Self:
        """Money from an amount in major units: ``Money.of("12.50", "EUR")``.

        Raises InvalidAmount when the amount is finer than the currency allows.
        """
        if isinstance(amount, float):
            raise InvalidAmount("an amount is a Decimal, an int or a str, never a float")
        try:
            minor = _EXACT.scaleb(Decimal(amount), exponent(currency))
            whole = int(minor)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise InvalidAmount(_("“%(typed)s” is not an amount.", typed=amount)) from error
        if minor != whole:
            raise InvalidAmount(
                _(
                    "%(currency)s has %(decimals)s decimals; %(amount)s has more.",
                    currency=currency,
                    decimals=exponent(currency),
                    amount=amount,
                )
            )
        return cls(whole, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's own number of decimals."""
        sign, digits, _ = Decimal(self.minor).as_tuple()
        return Decimal((sign, digits, -exponent(self.currency)))

    def __mul__(self, times: int) -> "Money":
        if type(times) is not int:
            return NotImplemented
        return Money(self.minor * times, self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._comparable(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._comparable(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._comparable(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._comparable(other)

    def _comparable(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise InvalidAmount(f"{self.currency} and {other.currency} don't add up")
        return other.minor

    def __str__(self) -> str:
        """``12.50 EUR``: for logs and notes; pages format money in the reader's locale."""
        return f"{self.amount:,f} {self.currency}"

"""Column types: aware UTC on both databases, money as two columns, flags, texts from outside."""

from enum import IntFlag
from typing import Any

from sqlalchemy import BigInteger, SmallInteger, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Composite, composite, mapped_column
from sqlalchemy.types import TypeDecorator

from core.api.money import Money


class FlagSet(TypeDecorator[IntFlag]):
    """A set of flags of one enum, stored as the sum of their values: up to 15 of them."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, flags: type[IntFlag]):
        super().__init__()
        self.flags = flags

    def process_bind_param(self, value: IntFlag | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> IntFlag | None:
        return None if value is None else self.flags(value)


class Shortened(TypeDecorator[str]):
    """Text that comes from outside, of which 255 letters are kept: PostgreSQL would refuse the row, and
    with it the payment that somebody with a long name has made."""

    impl = String(255)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value[:255] if value else value


def money_columns(name: str) -> Composite[Any]:
    """Money in two columns, ``<name>_minor`` and ``<name>_currency``."""
    return composite(
        Money,
        mapped_column(f"{name}_minor", BigInteger),
        mapped_column(f"{name}_currency", String(3)),
    )

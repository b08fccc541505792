"""Kylas's scalars: money from doubles, three ways to write a time, names by id, people."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from core.api.errors import InvalidAmount
from core.api.money import Money, exponent

Json = dict[str, Any]


def time(value: object) -> datetime | None:
    """Aware UTC from ``…02.157+0000``, ``…02.157Z`` or ``…37Z``; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def money(value: object, currency: str | None) -> Money | None:
    """Money from a double in major units, rounded to the currency's minor unit; None if it isn't any."""
    if currency is None or isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        # str first: Decimal(0.1) would carry the double's 55 digits along.
        minor = Decimal(str(value)).scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP)
        return Money(int(minor), currency)
    except (InvalidOperation, InvalidAmount, ValueError, OverflowError):
        return None


def iso_code(value: object) -> str | None:
    """``value`` where it is an ISO currency code."""
    is_code = (
        isinstance(value, str)
        and len(value) == 3
        and value.isascii()
        and value.isalpha()
        and value.isupper()
    )
    return str(value) if is_code else None


def currency_codes(rows: Iterable[object]) -> dict[str, str]:
    """ISO codes by id, from /v1/currencies or /v1/forex/currencies.

    A forex row has two ids; which of them a record uses isn't documented, so both lead to it.
    """
    return {
        str(row[key]): code
        for row in rows
        if isinstance(row, dict) and (code := iso_code(row.get("name")))
        for key in ("currencyValueId", "id")
        if row.get(key) is not None
    }


def stored_name(raw: Json, field: str, id: object) -> str | None:
    """The name that an answer's ``metaData.idNameStore`` gives for the id in ``field``."""
    store = (raw.get("metaData") or {}).get("idNameStore") or {}
    return (store.get(field) or {}).get(str(id))


def person_name(raw: Json) -> str:
    """First and last name; either may be missing."""
    return " ".join(part for key in ("firstName", "lastName") if (part := raw.get(key)))


def primary(entries: object) -> Json:
    """The primary e-mail or phone entry, else the first, else an empty one."""
    rows = [row for row in entries if isinstance(row, dict)] if isinstance(entries, list) else []
    return next((row for row in rows if row.get("primary")), rows[0] if rows else {})


def product_line(product: Json) -> Json:
    """A deal's product line to send back; without a discount object Kylas answers 500."""
    return {**product, "discount": product.get("discount") or {"type": "PERCENTAGE", "value": 0}}

"""The orders that the logs can be in, and the cursors that say where a page begins."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, literal, or_

from core.links.models import PaymentLink

By = Literal["created", "amount", "paid", "expiry"]
ORDERS: tuple[By, ...] = get_args(By)
_COLUMNS: dict[By, Any] = {
    "created": PaymentLink.created_at,
    "amount": PaymentLink.amount_minor,  # type: ignore[attr-defined]
    "paid": PaymentLink.paid_at,
    "expiry": PaymentLink.expires_at,
}
_LARGEST = 2**63


class BadCursor(ValueError):
    """A cursor that nobody was given for this order."""


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is ordered, and in which direction; links that lack it aren't in it.

    By amount is within one currency: the filter has to name it.
    """

    by: By = "created"
    descending: bool = True

    @property
    def column(self) -> Any:
        return _COLUMNS[self.by]

    @property
    def clauses(self) -> tuple[Any, Any]:
        """For ``order_by``."""
        column, id = self.column, PaymentLink.id
        return (column.desc(), id.desc()) if self.descending else (column, id)

    def key(self, link: PaymentLink) -> "Key":
        """Where a link stands in the list."""
        minor = self.by == "amount"
        return Key(link.amount.minor if minor else getattr(link, self.column.key), link.id)

    def after(self, key: "Key") -> ColumnElement[bool]:
        """That a link comes after that place."""
        value, column, id = literal(key.value, self.column.type), self.column, PaymentLink.id
        # The first condition says again what the others do: it is one that an index is entered by.
        if self.descending:
            return and_(column <= value, or_(column < value, id < key.id))
        return and_(column >= value, or_(column > value, id > key.id))

    def up_to(self, key: "Key") -> ColumnElement[bool]:
        """That a link comes before that place, or stands there."""
        value, column, id = literal(key.value, self.column.type), self.column, PaymentLink.id
        if self.descending:
            return and_(column >= value, or_(column > value, id >= key.id))
        return and_(column <= value, or_(column < value, id <= key.id))

    def precedes(self, one: "Key", other: "Key") -> bool:
        """Whether ``one`` stands before ``other``."""
        mine, others = (one.value, one.id), (other.value, other.id)
        return mine > others if self.descending else mine < others

    def sign(self, key: "Key") -> str:
        """The cursor of what follows that place."""
        value = key.value if isinstance(key.value, int) else key.value.isoformat()
        said = json.dumps([self._tag, value, key.id], separators=(",", ":"))
        return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")

    def read(self, cursor: str) -> "Key":
        """The place that a cursor means. Raises BadCursor."""
        try:
            said = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
            tag, value, id = json.loads(said)
            if tag != self._tag or not isinstance(id, str) or "\0" in id or not id.isprintable():
                raise BadCursor(cursor)
            return Key(self._value(value), id)
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise BadCursor(cursor) from error

    @property
    def _tag(self) -> str:
        return f"{'-' if self.descending else ''}{self.by}"

    def _value(self, said: Any) -> int | datetime:
        if self.by == "amount":
            if type(said) is not int or abs(said) >= _LARGEST:
                raise BadCursor(str(said)[:20])
            return said
        at = datetime.fromisoformat(said)
        if at.tzinfo is None:
            raise BadCursor(said)
        return at


@dataclass(frozen=True, slots=True)
class Key:
    """A place in a list: what it is ordered by, and the id for those that are alike in it."""

    value: Any
    id: str


NEWEST_FIRST = Order()

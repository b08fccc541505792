"""One account's objects. Nothing of another account can be reached through it."""

import re
import secrets
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.testing.store import Store
from plugins.stripe_provider.simulator.errors import no_such

Doc = dict[str, Any]
API_VERSION = "2026-05-27.dahlia"
VERSION_FORM = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass
class Account:
    """What one account holds, and the way its events leave.

    ``cause`` is the API request that changes are made for: every event names it.
    """

    doc: Doc
    store: Store
    clock: Callable[[], float]
    base_url: str
    announce: Callable[["Account", Doc], None]
    cause: Doc

    @property
    def id(self) -> str:
        return str(self.doc["id"])

    @property
    def name(self) -> str:
        return str(self.doc["name"])

    @property
    def currency(self) -> str:
        return str(self.doc["currency"])

    @property
    def livemode(self) -> bool:
        return bool(self.doc["livemode"])

    def now(self) -> int:
        return int(self.clock())

    def put(self, obj: Doc, kind: str | None = None) -> Doc:
        """Write an object; Stripe's own name of its kind is in the object."""
        return self.store.put(self._kind(kind or obj["object"]), obj["id"], obj)

    def find(self, kind: str, id: str) -> Doc | None:
        return self.store.get(self._kind(kind), id)

    def get(self, kind: str, id: str, param: str = "id") -> Doc:
        """The object. Raises Refusal (resource_missing), for another account's object as well."""
        if (obj := self.find(kind, id)) is None:
            raise no_such(kind, id, param)
        return obj

    def all(self, kind: str, where: Callable[[Doc], bool] = lambda doc: True) -> list[Doc]:
        """Newest first, as Stripe lists them."""
        return self.store.all(self._kind(kind), where)[::-1]

    def walk(
        self, kind: str, *, start: str | None = None, back: bool = True, **equal: str
    ) -> Iterator[Doc]:
        """As Store.walk: what is ``equal``, newest first, and no more of it than is asked for."""
        return self.store.walk(self._kind(kind), start=start, back=back, **equal)

    def delete(self, kind: str, id: str) -> None:
        self.store.delete(self._kind(kind), id)

    def create(self, obj: Doc, event: str | None = None) -> Doc:
        """Write a new object and say so."""
        self.put(obj)
        if event:
            self.emit(event, obj)
        return obj

    def update(self, obj: Doc, changes: Doc, event: str | None = None) -> Doc:
        """Write what differs; the event tells what it was before."""
        previous = {name: obj.get(name) for name, value in changes.items() if obj.get(name) != value}
        obj = self.put(obj | changes)
        if event and previous:
            self.emit(event, obj, previous)
        return obj

    def emit(self, type: str, obj: Doc, previous: Doc | None = None) -> Doc:
        """Record an event and hand it to the webhooks."""
        data: Doc = {"object": obj}
        if previous is not None:
            data["previous_attributes"] = previous
        event = {
            "id": new_id("evt_1", 23),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": self.livemode,
            "pending_webhooks": 0,
            "request": self.cause,
            "type": type,
        }
        self.put(event)
        self.announce(self, event)
        return event

    def _kind(self, kind: str) -> str:
        return f"{self.id} {kind}"

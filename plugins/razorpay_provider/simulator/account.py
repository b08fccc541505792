"""One account's objects. Nothing of another account can be reached through it."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass

from core.testing.store import Doc, Store
from plugins.razorpay_provider.simulator.errors import missing

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str = "") -> str:
    """Razorpay's ids are a prefix and fourteen letters and digits."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(14))


@dataclass
class Account:
    """What one account holds, and the way its events leave."""

    doc: Doc
    store: Store
    clock: Callable[[], float]
    base_url: str
    announce: Callable[["Account", Doc], None]

    @property
    def id(self) -> str:
        return str(self.doc["id"])

    @property
    def name(self) -> str:
        return str(self.doc["name"])

    @property
    def key_secret(self) -> str:
        """The secret that callbacks are signed with: that of the key in use."""
        keys = self.store.all("key", lambda key: key["account"] == self.id and not key["retired"])
        return str(keys[0]["secret"])

    def now(self) -> int:
        return int(self.clock())

    def put(self, kind: str, doc: Doc) -> Doc:
        return self.store.put(f"{self.id} {kind}", doc["id"], doc)

    def find(self, kind: str, id: str) -> Doc | None:
        return self.store.get(f"{self.id} {kind}", id)

    def get(self, kind: str, id: str) -> Doc:
        """The object. Raises Refusal, for another account's object as well."""
        if (doc := self.find(kind, id)) is None:
            raise missing()
        return doc

    def all(self, kind: str, where: Callable[[Doc], bool] = lambda doc: True) -> list[Doc]:
        """Newest first, as Razorpay lists them."""
        return self.store.all(f"{self.id} {kind}", where)[::-1]

    def delete(self, kind: str, id: str) -> None:
        self.store.delete(f"{self.id} {kind}", id)

    def emit(self, event: str, **entities: Doc) -> None:
        """Record an event and hand it to the webhooks; its id is no part of its body."""
        body = {
            "entity": "event",
            "account_id": f"acc_{self.id}",
            "event": event,
            "contains": list(entities),
            "payload": {name: {"entity": entity} for name, entity in entities.items()},
            "created_at": self.now(),
        }
        self.announce(self, self.put("event", {"id": new_id(), "body": body}))

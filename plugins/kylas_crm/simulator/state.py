"""What the simulated CRM remembers of one tenant, and how its services write times."""

from collections.abc import Callable
from datetime import UTC, datetime

from core.testing.store import Doc, Store


class Tenant:
    """The documents of one tenant: a foreign record isn't found, since nobody looks for it here."""

    def __init__(self, store: Store, id: int):
        self.id = id
        self._store = store

    def get(self, kind: str, id: str | int) -> Doc | None:
        return self._store.get(f"{self.id}/{kind}", id)

    def all(self, kind: str, where: Callable[[Doc], bool] = lambda doc: True) -> list[Doc]:
        return self._store.all(f"{self.id}/{kind}", where)

    def put(self, kind: str, doc: Doc, id: str | int | None = None) -> Doc:
        """Write a document under ``id``, or under its own."""
        return self._store.put(f"{self.id}/{kind}", doc["id"] if id is None else id, doc)

    def delete(self, kind: str, id: str | int) -> None:
        self._store.delete(f"{self.id}/{kind}", id)

    def details(self) -> Doc:
        """The tenant itself, as ``GET /v1/tenants`` shows it."""
        found = self._store.get("tenant", self.id)
        assert found
        return found


def seconds_time(epoch: float) -> str:
    """As the deal service writes times: ``2021-09-30T05:04:37Z``."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis_time(epoch: float) -> str:
    """As newer services write times: ``2022-08-08T13:43:02.157Z``."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def offset_time(epoch: float) -> str:
    """As older services write times: ``2022-08-08T13:43:02.157+0000``."""
    return millis_time(epoch)[:-1] + "+0000"


def named(id: int, name: str) -> Doc:
    return {"id": id, "name": name}


def full_name(person: Doc) -> str:
    """A user's or a contact's name; only the last name is mandatory."""
    return " ".join(part for part in (person.get("firstName"), person.get("lastName")) if part)


def owner_id(kind: str, record: Doc) -> int:
    """Whose record it is: deals nest the owner, everything else names a bare id."""
    return int(record["ownedBy"]["id"] if kind == "deal" else record["ownerId"])


def without_nulls(doc: Doc) -> Doc:
    """Contacts, and leads just made, leave out what has no value."""
    return {name: value for name, value in doc.items() if value is not None}

"""The accounts that a simulator starts with, and their keys."""

from dataclasses import dataclass

from core.testing.store import Store


@dataclass(frozen=True, slots=True)
class Start:
    """An account of the start state with the pair of keys that opens it."""

    id: str
    name: str
    currency: str
    key_id: str
    key_secret: str


NORTHWIND = Start(
    "NwTrading00001", "Northwind Trading", "INR", "rzp_test_northwind00001", "nwSecretSandbox000000001"
)
LAKESIDE = Start(
    "LkClinics00001", "Lakeside Clinics", "INR", "rzp_test_lakeside000001", "lkSecretSandbox000000001"
)
STARTS = (NORTHWIND, LAKESIDE)
RETIRED_KEY = ("rzp_test_northwind00000", "nwSecretSandbox000000000")


def add_accounts(store: Store) -> None:
    for start in STARTS:
        store.put("account", start.id, {"id": start.id, "name": start.name, "currency": start.currency})
        add_key(store, start.key_id, start.key_secret, start.id)
    add_key(store, *RETIRED_KEY, NORTHWIND.id, retired=True)


def add_key(store: Store, id: str, secret: str, account: str, *, retired: bool = False) -> None:
    """Let a pair of keys open ``account``; a retired one has been replaced."""
    store.put("key", id, {"id": id, "secret": secret, "account": account, "retired": retired})

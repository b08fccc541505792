"""The accounts that a simulator starts with, their keys and their products."""

from dataclasses import dataclass

from core.testing.store import Store
from plugins.stripe_provider.simulator.auth import add_key

# What making and following links needs; not enough to read the account or add an endpoint.
LINKS_ONLY = ("product_write", "plan_write", "payment_links_write", "checkout_session_read")


@dataclass(frozen=True, slots=True)
class Start:
    """An account of the start state. ``products`` are names with their price on the wire."""

    id: str
    name: str
    country: str
    currency: str
    key: str
    products: tuple[tuple[str, int], ...] = ()


NORTHWIND = Start(
    id="acct_1NorthwindTrading",
    name="Northwind Trading",
    country="IN",
    currency="inr",
    key="sk_test_northwind_sandbox_51Hq8",
    products=(("Onboarding package", 450_000), ("Annual licence", 1_200_000)),
)
LAKESIDE = Start(
    id="acct_1LakesideClinics",
    name="Lakeside Clinics",
    country="IN",
    currency="inr",
    key="sk_test_lakeside_sandbox_51Hq9",
)
SAKURA = Start(
    id="acct_1SakuraWorks",
    name="Sakura Works",
    country="JP",
    currency="jpy",
    key="sk_test_sakura_sandbox_51Hr0",
    products=(("Translation, per page", 3_000),),
)
GULF = Start(
    id="acct_1GulfInstruments",
    name="Gulf Instruments",
    country="KW",
    currency="kwd",
    key="sk_test_gulf_sandbox_51Hr1",
    products=(("Calibration", 45_500),),
)
EUROPA = Start(
    id="acct_1EuropaBooks",
    name="Europa Books",
    country="DE",
    currency="eur",
    key="sk_live_europa_sandbox_51Hr2",
    products=(("Box of books", 4_900),),
)
STARTS = (NORTHWIND, LAKESIDE, SAKURA, GULF, EUROPA)
RESTRICTED_KEY = "rk_test_northwind_links_only"
REVOKED_KEY = "sk_test_northwind_revoked_51Hq7"


def add_accounts(store: Store, now: int) -> None:
    """Write accounts and keys; products follow through the API's own handlers."""
    for start in STARTS:
        account = {
            "id": start.id,
            "name": start.name,
            "country": start.country,
            "currency": start.currency,
            "livemode": start.key.startswith("sk_live_"),
            "created": now,
            "email": f"accounts@{start.name.split()[0].lower()}.example",
        }
        store.put("account", start.id, account)
        add_key(store, start.key, start.id)
    add_key(store, RESTRICTED_KEY, NORTHWIND.id, name="Restricted key", permissions=LINKS_ONLY)
    add_key(store, REVOKED_KEY, NORTHWIND.id, name="Old secret key", expired=True)

"""What a provider tells beside links: past events, and what can be charged."""

from datetime import UTC, datetime, timedelta

from core.api.money import Money
from core.testing.conformance.check import Level, expect
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import ProviderRig


@check("provider.events.same", Level.GOLD, needs=("list_events",))
def same_events(rig: ProviderRig) -> None:
    """list_events tells the events that webhooks bring, under the same ids, newest first.

    It finds what an outage has lost. Under other ids everything would be applied twice.
    """
    since = datetime.now(UTC) - timedelta(minutes=10)
    rig.subscribe()
    link = rig.link()
    rig.deliveries()
    rig.driver.pay(rig.simulator, link)
    payment = rig.paid(link)
    rig.driver.refund(rig.simulator, link, payment.money)
    brought = {event.event_id for event in rig.parsed() if not event.ignored}
    items = rig.call("list_events", ctx=rig.context(), since=since, page=None).items
    listed = [event.event_id for event in items]
    expect(brought <= set(listed), "list_events lacks events that webhooks have brought.")
    times = [event.at for event in items if event.at]
    expect(times == sorted(times, reverse=True), "list_events doesn't tell the newest first.")


@check("provider.events.since", Level.GOLD, needs=("list_events",))
def events_since(rig: ProviderRig) -> None:
    """list_events leaves out what happened before ``since``, and ends."""
    rig.driver.pay(rig.simulator, rig.link())
    later = datetime.now(UTC) + timedelta(minutes=10)
    page = rig.call("list_events", ctx=rig.context(), since=later, page=None)
    expect(not page.items, "list_events tells events from before ``since``.")
    expect(page.next is None, "list_events names a next page where there is none.")


@check("provider.product.unit", Level.SILVER, needs=("ensure_unit_product",))
def unit_product(rig: ProviderRig) -> None:
    """The unit product costs 1 in the account's currency, and is found again.

    With it a quantity is an amount.
    """
    account = rig.open()
    first, second = rig.product(), rig.product()
    one = Money.of(1, account.currency)
    expect(first.unit and first.price == one, f"The unit product costs {first.price} and not {one}.")
    expect(first.ref == second.ref, "Asked for again, the unit product is another one.")


@check("provider.product.list", Level.SILVER, needs=("list_products",))
def products(rig: ProviderRig) -> None:
    """Products are in the account's currency, the unit product first, and can be looked for by name."""
    unit, account = rig.product(), rig.account
    page = rig.call("list_products", ctx=rig.context(), query="", page=None)
    if account:
        for one in page.items:
            code = one.price.currency
            expect(code == account.currency, f"A product is in {code}, not in {account.currency}.")
    if "ensure_unit_product" in rig.offers:
        expect(page.items and page.items[0] == unit, "The unit product isn't the first of the list.")
    name = unit.name.upper()
    found = rig.call("list_products", ctx=rig.context(), query=name, page=None).items
    expect(unit in found, "A product isn't found by its name in capital letters.")
    none = rig.call("list_products", ctx=rig.context(), query="no such product", page=None).items
    expect(not none, "Products are found by a name that they don't have.")

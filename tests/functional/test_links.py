"""Making a link: one for each form, or none and a reason that is true."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.api.money import Money
from core.api.payments import Product
from core.connections import service as connections
from core.links import service
from core.links.models import PaymentLink
from core.links.service import LinkFilter, Made
from plugins.stripe_provider.simulator import auth, catalog, seed
from tests.workspace import NOTE, Workspace

ASK = "POST /v1/payment_links"


def links_at_stripe(workspace: Workspace) -> list[str]:
    return [link["id"] for link in workspace.stripe.all("payment_link")]


def listed(workspace: Workspace) -> list[str]:
    """The payment link logs."""
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        return [link.id for link in service.list_links(session, LinkFilter()).links]


def fail(workspace: Workspace, kind: str, times: int | None = None, **more: float) -> None:
    workspace.sims.stripe.faults.add(kind, path="/v1/payment_links", method="POST", times=times, **more)


def archive(workspace: Workspace, product: Product, archived: bool) -> None:
    price = workspace.stripe.get("price", product.ref)
    catalog.update_product(workspace.stripe, {"active": not archived}, price["product"])


def check_found(workspace: Workspace, link_id: str) -> None:
    """There is one link at Stripe, it is the one here, and it was reported once."""
    link = workspace.link(link_id)
    assert (link.state, [link.provider_ref]) == ("open", links_at_stripe(workspace))
    assert service.made(workspace.app, workspace.tenant_id, link_id) == Made(link_id, "open")
    workspace.work()
    assert workspace.runs(link_id) == {NOTE: "done"}
    assert len(workspace.notes()) == 1


# Once


def test_two_clicks_at_once_make_one_link(workspace: Workspace) -> None:
    fail(workspace, "slow", times=1, seconds=0.3)
    new, together = workspace.new_link(), threading.Barrier(3)

    def click(_: int) -> Made:
        together.wait()
        return workspace.create(new)

    with ThreadPoolExecutor(3) as pool:
        made = set(pool.map(click, range(3)))
    (only,) = made
    assert only.outcome == "open"
    assert workspace.sims.asked(ASK) == 1
    check_found(workspace, only.link_id)


def test_a_form_that_was_changed_after_back_is_another_link(workspace: Workspace) -> None:
    new = workspace.new_link()
    first, again = workspace.create(new), workspace.create(new)
    changed = workspace.create(replace(new, quantity=5))
    assert first == again
    assert changed.link_id != first.link_id
    assert [workspace.link(one.link_id).amount for one in (first, changed)] == [
        Money(100, "INR"),
        Money(500, "INR"),
    ]


# Certainly not made


def check_refused(workspace: Workspace, made: Made, reason: str) -> None:
    assert (made.outcome, made.reason) == ("failed", reason)
    assert listed(workspace) == links_at_stripe(workspace) == []
    assert workspace.work() == 0
    assert workspace.notes() == []


def test_stripe_asks_to_slow_down(workspace: Workspace) -> None:
    fail(workspace, "rate_limited", times=1)
    new = workspace.new_link()
    made = workspace.create(new)
    check_refused(
        workspace,
        made,
        "Stripe gets too many requests at the moment. Nothing was done; try again shortly.",
    )
    again = workspace.create(replace(new, form_key=secrets.token_urlsafe(24)))
    check_found(workspace, again.link_id)


def test_the_product_was_archived_meanwhile(workspace: Workspace) -> None:
    product = workspace.product(Money(9900, "INR"))
    archive(workspace, product, True)
    made = workspace.create(workspace.new_link(product=product))
    check_refused(
        workspace,
        made,
        "This product was archived in Stripe. No link was made. "
        "Choose another product, or activate this one again in Stripe.",
    )


def test_the_total_is_more_than_stripe_takes(workspace: Workspace) -> None:
    product = workspace.product(Money(10_001, "INR"))
    made = workspace.create(workspace.new_link(product=product, quantity=10_000))
    check_refused(
        workspace,
        made,
        "1,000,100.00 INR is too much: Stripe takes at most 999,999.99 in one payment. "
        "No link was made. Divide the amount over several links.",
    )


def test_the_largest_quantity_of_the_unit_product_is_taken(workspace: Workspace) -> None:
    link_id = workspace.open_link(quantity=service.MAX_QUANTITY)
    assert workspace.link(link_id).amount == Money(99_999_900, "INR")


@pytest.mark.parametrize("quantity", [0, -1, 1_000_000])
def test_a_quantity_out_of_range_gets_no_draft(workspace: Workspace, quantity: int) -> None:
    with pytest.raises(ValueError, match="1 to 999999"):
        workspace.create(workspace.new_link(quantity=quantity))
    assert workspace.rows(PaymentLink) == []


def test_an_inactive_account_makes_no_link(workspace: Workspace) -> None:
    connections.update_account(
        workspace.app, workspace.owner, workspace.account_id, label="", active=False, settings=None
    )
    with pytest.raises(connections.NotConnected, match="not active any more"):
        workspace.create()
    assert workspace.rows(PaymentLink) == []


def test_the_key_was_revoked_meanwhile(workspace: Workspace) -> None:
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    check_refused(
        workspace,
        workspace.create(),
        "Stripe refuses this key: it is wrong, expired or revoked. Nothing was charged. "
        "Paste a key that is valid now.",
    )
    assert workspace.account().health == "failing"
    assert "wrong, expired or revoked" in str(workspace.account().last_error)

    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id)
    assert workspace.create().outcome == "open"
    assert (workspace.account().health, workspace.account().last_error) == ("ok", None)


# Closing


def test_a_deactivated_link_takes_no_payment(workspace: Workspace) -> None:
    link_id = workspace.open_link()
    assert service.deactivate(workspace.app, workspace.owner, link_id)
    assert service.deactivate(workspace.app, workspace.owner, link_id)
    assert workspace.link(link_id).state == "deactivated"
    assert workspace.events(link_id) == ["link.created", "link.deactivated"]
    assert not workspace.stripe.get("payment_link", links_at_stripe(workspace)[0])["active"]

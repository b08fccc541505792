"""What a rep reads when something isn't as it should be: what happened, and what to do now."""

import pytest

from core.connections import service as connections
from core.jobs.runner import DELAYS
from core.links.models import PaymentLink
from plugins.kylas_crm.simulator import seed_data
from plugins.stripe_provider.simulator import seed
from tests.pages import form_to, frame, problems, words
from tests.support import Browser, Clock
from tests.workspace import NOTE, Workspace

NEW = "/embed/kylas/links/new"


def fail(workspace: Workspace, kind: str) -> None:
    workspace.sims.stripe.faults.add(kind, path="/v1/payment_links", method="POST", times=None)


def test_stripe_is_busy_and_the_next_try_is_another_link(member: Browser, workspace: Workspace) -> None:
    fail(workspace, "rate_limited")
    form = form_to(member.get(frame("links/new")), NEW)
    form["quantity"] = "250"
    page = form.submit(status=422)
    assert problems(page) == [
        "Stripe gets too many requests at the moment. Nothing was done; try again shortly."
    ]
    assert workspace.stripe.all("payment_link") == []
    workspace.sims.stripe.faults.clear()
    again = form_to(page, NEW)
    assert again["quantity"].value == "250"
    assert "is ready to send." in words(again.submit(status=303).follow())
    assert len(workspace.stripe.all("payment_link")) == 1


def test_stripe_is_down_for_good_and_nobody_pretends_to_know(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    fail(workspace, "unavailable")
    page = form_to(member.get(frame("links/new")), NEW).submit(status=303).follow()
    assert "We are checking whether the link was created." in words(page)
    assert "Don't make it again" in words(page)
    for delay in DELAYS:
        clock.turn(seconds=delay)
        workspace.work()
    page = member.get(page.request.path_qs)
    assert "Nobody knows whether the link was made." in words(page)
    assert "No link was made" not in page.text
    assert not page.html.find(id="made").has_attr("data-refresh")
    assert "Not known" in words(member.get("/links"))


@pytest.mark.parametrize("record", ["DEAL/5485", "LEAD/3201", "DEAL/3101"])
def test_a_record_of_another_crm_tenant_is_not_there(
    member: Browser, workspace: Workspace, record: str
) -> None:
    page = member.get(frame("links/new", record), status=404)
    assert page.html.h1.string == "The record is gone"
    assert "No link was made." in words(page)
    form = form_to(member.get(frame("links/new")), NEW)
    form.action = frame("links/new", record)
    form.submit(status=404)
    assert workspace.rows(PaymentLink) == []


def test_the_account_was_switched_off_meanwhile(member: Browser, workspace: Workspace) -> None:
    form = form_to(member.get(frame("links/new")), NEW)
    connections.update_account(
        workspace.app, workspace.owner, workspace.account_id, label="", active=False, settings=None
    )
    page = form.submit()
    assert "Payment links need an active account at a payment provider." in words(page)
    assert workspace.rows(PaymentLink) == []


def test_the_price_was_changed_meanwhile(member: Browser, workspace: Workspace) -> None:
    """A price can't be changed in Stripe, so the old one is archived and a new one made."""
    page = member.get(frame("links/new"))
    licence = next(option for option in page.html.find_all("option") if "Annual" in option.text)
    form = form_to(page, NEW)
    form["product_ref"] = licence["value"]
    workspace.stripe.put(workspace.stripe.get("price", licence["value"]) | {"active": False})
    page = form.submit(status=422)
    assert problems(page) == ["This choice is no longer there. Choose another one."]
    assert workspace.stripe.all("payment_link") == []


def test_another_workspaces_product_can_not_be_charged(member: Browser, workspace: Workspace) -> None:
    (price,) = workspace.sims.stripe.account(seed.SAKURA.id).all("price")
    form = form_to(member.get(frame("links/new")), NEW)
    form["product_ref"].force_value(price["id"])
    assert problems(form.submit(status=422)) == ["This choice is no longer there. Choose another one."]
    assert workspace.rows(PaymentLink) == []


def test_a_note_that_was_refused_is_on_the_links_page_with_retry(
    member: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    store = workspace.sims.kylas.store
    key = store.get("api_key", seed_data.API_KEY_A)
    assert key
    store.delete("api_key", seed_data.API_KEY_A)
    workspace.work()
    page = member.get(f"/links/{link_id}")
    assert "Kylas does not accept this API key." in words(page)
    assert "Kylas does not accept this API key." in words(member.get("/crm"))

    store.put("api_key", seed_data.API_KEY_A, key)
    retry = form_to(page, f"/runs/{workspace.run(NOTE).id}/retry")
    assert "The action runs again in a moment." in words(retry.submit(status=303).follow())
    workspace.work()
    assert len(workspace.notes()) == 1

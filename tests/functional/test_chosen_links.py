"""Deactivating many links at once: chosen in the logs, asked about, and closed by jobs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update
from webtest import Form, TestResponse

from core.api.records import RecordRef
from core.audit.models import AuditEntry
from core.connections.models import PaymentAccount
from core.links import service as links
from core.links.chosen import MOST_CHOSEN
from core.links.models import LinkClosing
from core.people.models import User
from core.people.service import Member
from core.sandbox import demo
from plugins.stripe_provider.simulator import auth, seed
from tests.conftest import PASSWORD
from tests.pages import form_to, words
from tests.support import Browser
from tests.workspace import LEAD, Workspace

DEED = "/links/deactivate"
RAVIS, ASHAS = RecordRef("deal", "4486"), RecordRef("deal", "4485")


def choose(page: TestResponse, *ids: str) -> Form:
    """The form of the logs, with these links chosen."""
    form = form_to(page, DEED)
    for box in form.fields["link"]:
        box.checked = box._value in ids
    return form


def send(browser: Browser, ids: list[str], *, status: Any = None, **more: str) -> TestResponse:
    """The form with any ids, whether the page offers them or not."""
    token = browser.get("/links").forms[0]["csrf_token"].value
    fields = [("csrf_token", token), *(("link", id) for id in ids), *more.items()]
    return browser.post(DEED, fields, status=status)


def pay(workspace: Workspace, link_id: str) -> None:
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()


def test_chosen_links_are_named_first_and_then_closed_by_jobs(
    member: Browser, workspace: Workspace
) -> None:
    first, second = workspace.open_link(quantity=4500), workspace.open_link(LEAD, quantity=20)
    left, paid = workspace.open_link(), workspace.open_link()
    pay(workspace, paid)
    logs = member.get("/links?status=unpaid&column=amount")
    assert [box._value for box in form_to(logs, DEED).fields["link"]] == [left, second, first]
    page = choose(logs, first, second).submit()
    assert page.html.h1.get_text() == "Deactivate 2 links for ₹4,520.00\xa0INR in test mode?"
    assert "pay with them any more, and they" in words(page)
    assert workspace.record(LEAD).title in words(page)
    assert workspace.rows(LinkClosing) == []

    done = form_to(page, DEED).submit("sure", status=303)
    assert done.location.endswith("/links?status=unpaid&column=amount")
    assert "2 links are being deactivated at the provider." in words(done.follow())
    assert "The link is being deactivated at Stripe." in words(member.get(f"/links/{first}"))
    workspace.work()
    states = {id: workspace.link(id).state for id in (first, second, left, paid)}
    assert states == {first: "deactivated", second: "deactivated", left: "open", paid: "paid"}
    assert "Asha Rao deactivated the link" in words(member.get(f"/links/{first}"))
    entries = [one for one in workspace.rows(AuditEntry) if one.actor_id == workspace.owner.user_id]
    (asked,) = [one for one in entries if one.action == "links.closing_asked"]
    assert asked.detail == {"links": [second, first]}
    assert {one.target for one in entries if one.action == "link.deactivated"} == {first, second}


def test_what_happened_meanwhile_is_left_alone_and_said(member: Browser, workspace: Workspace) -> None:
    ids = [workspace.open_link() for _ in range(4)]
    page = choose(member.get("/links"), *ids).submit()
    pay(workspace, ids[0])
    links.deactivate(workspace.app, workspace.owner, ids[1])
    links.deactivate_chosen(workspace.app, workspace.owner, [ids[2]], None)
    said = words(form_to(page, DEED).submit("sure", status=303).follow())
    assert "1 link is being deactivated at the provider." in said
    assert "1 link stays as it is: it is paid." in said
    assert "1 link stays as it is: it takes no payments." in said
    assert "1 link is being deactivated already." in said
    assert len(workspace.rows(LinkClosing)) == 2
    workspace.work()
    assert workspace.link(ids[0]).state == "paid"
    again = send(member, ids[:2]).follow()  # there is nothing to ask about
    assert "1 link stays as it is: it is paid." in words(again)


def test_two_clicks_at_once_ask_for_each_link_once(workspace: Workspace) -> None:
    ids = [workspace.open_link() for _ in range(3)]

    together = Barrier(4)

    def click(order: list[str]) -> links.Chosen:
        together.wait(10)
        return links.deactivate_chosen(workspace.app, workspace.owner, order, None)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(click, [ids, ids[::-1]] * 2))
    assert sorted(len(one.links) for one in found) == [0, 0, 0, 3]
    assert [one.left for one in found if not one.links] == [{"waiting": 3}] * 3
    assert len(workspace.rows(LinkClosing)) == 3


def test_links_of_others_are_as_unknown_as_those_that_there_are_not(
    browser: Browser, workspace: Workspace
) -> None:
    theirs, others = workspace.open_link(RAVIS), workspace.open_link(ASHAS)
    browser.sign_in(demo.REP, demo.PASSWORD)
    asked = workspace.sims.asked("GET")
    page = send(browser, [theirs, others])
    assert page.html.h1.get_text().startswith("Deactivate 1 link for")
    assert "1 link stays as it is: it isn't there, or isn't yours to change." in words(page)
    assert others not in page
    assert workspace.sims.asked("GET") == asked  # the CRM isn't asked for each

    for more in ({}, {"sure": "yes"}):
        for_others = words(send(browser, [others], **more).follow())
        assert for_others == words(send(browser, ["lnk_nothing"], **more).follow())
    assert "2 links are" not in words(send(browser, [theirs, others], sure="yes").follow())
    assert [row.link_id for row in workspace.rows(LinkClosing)] == [theirs]


def test_another_workspace_closes_nothing(
    browser: Browser, workspace: Workspace, stranger: Member
) -> None:
    link_id = workspace.open_link()
    browser.sign_in(stranger.email, PASSWORD)
    said = words(send(browser, [link_id], sure="yes").follow())
    assert "1 link stays as it is: it isn't there, or isn't yours to change." in said
    assert workspace.rows(LinkClosing) == []


def test_no_link_too_many_links_and_those_twice(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    page = choose(member.get("/links?status=open")).submit(status=303)
    assert page.location.endswith("/links?status=open")
    assert "No link was chosen. Choose those to deactivate first." in words(page.follow())
    more = [f"lnk_{number}" for number in range(MOST_CHOSEN + 1)]
    page = send(member, [link_id, link_id, *more])
    assert page.html.h1.get_text().startswith("Deactivate 1 link for")
    assert "99 links stay as they are: they aren't there" in words(page)
    assert "2 links stay as they are: at most 100 are deactivated at once." in words(page)


def test_a_link_that_could_not_be_closed_says_so_and_may_be_chosen_again(
    member: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    workspace.work()
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    send(member, [link_id], sure="yes")
    workspace.work()
    page = member.get(f"/links/{link_id}")
    assert "could not be deactivated at Stripe, so it can still be paid." in words(page)
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id)
    send(member, [link_id], sure="yes")
    workspace.work()
    assert workspace.link(link_id).state == "deactivated"
    assert len(workspace.rows(LinkClosing)) == 1


@pytest.mark.parametrize("change", [(User, {"role": "viewer"}), (PaymentAccount, {"provider": "gone"})])
def test_there_are_boxes_only_for_whoever_and_whatever_can(
    browser: Browser, workspace: Workspace, change: tuple[type, dict[str, str]]
) -> None:
    link_id = workspace.open_link()
    model, values = change
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(update(model).values(**values))
    browser.sign_in(demo.OWNER, demo.PASSWORD)
    page = browser.get("/links")
    assert link_id in page
    assert page.html.select("form.choosing, tbody input") == []
    if model is User:
        send(browser, [link_id], status=403)
    else:
        said = words(send(browser, [link_id], sure="yes").follow())
        assert "1 link stays payable: Dealpay can't take it back at its provider." in said
    assert workspace.rows(LinkClosing) == []

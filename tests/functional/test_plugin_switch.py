"""A workspace switches plugins off and on: at once, for itself, and with no money left lying."""

import pytest

from core.audit.models import AuditEntry
from core.links.models import PaymentLink
from core.people.service import Member
from core.sandbox import demo
from tests.conftest import PASSWORD
from tests.pages import form_to, frame, words
from tests.support import Browser
from tests.workspace import MOVE_DEAL, PAID_NOTE, Workspace


def switch(browser: Browser, plugin_id: str) -> str:
    """Press the switch of a plugin; what the page says then."""
    page = form_to(browser.get("/plugins"), f"/plugins/{plugin_id}/switch").submit("on", status=303)
    return words(page.follow())


def card(browser: Browser, plugin_id: str) -> str:
    found = browser.get("/plugins").html.find("article", {"aria-labelledby": f"plugin-{plugin_id}"})
    return " ".join(found.get_text(" ").split())


def test_the_page_says_what_each_is_used_for(member: Browser, workspace: Workspace) -> None:
    assert "Used here for 1 connected account" in card(member, "stripe_provider")
    assert "Used here for the CRM of Northwind Trading" in card(member, "kylas_crm")
    assert "Pages /x/kylas_crm/" in card(member, "kylas_crm")
    assert "Used here for 2 rules" in card(member, "actions_pipeline")
    assert "Used here for nothing yet" in card(member, "razorpay_provider")
    assert "create_link" in card(member, "stripe_provider")


def test_a_provider_that_is_off_makes_no_links_and_serves_those_there_are(
    member: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    assert "Stripe is off in your workspace." in switch(member, "stripe_provider")
    assert "Links that were made are still paid" in card(member, "stripe_provider")
    page = member.get(frame("links/new"))
    assert "Stripe is switched off" in words(page)
    assert not page.forms
    workspace.pay(link_id)
    assert workspace.deliver() == [200]
    workspace.work()
    assert workspace.link(link_id).state == "paid"
    assert workspace.runs(link_id)[MOVE_DEAL] == "done"
    assert "Stripe is on in your workspace." in switch(member, "stripe_provider")
    assert form_to(member.get(frame("links/new")), "/embed/kylas/links/new")


def test_a_form_that_was_open_makes_no_link_either(member: Browser, workspace: Workspace) -> None:
    form = form_to(member.get(frame("links/new")), "/embed/kylas/links/new")
    switch(member, "stripe_provider")
    assert "Stripe is switched off" in words(form.submit())
    assert workspace.rows(PaymentLink) == []


def test_a_provider_that_is_off_is_offered_to_nobody(member: Browser) -> None:
    switch(member, "razorpay_provider")
    page = member.get("/accounts/new?provider=razorpay")
    assert "Razorpay" not in words(page)


def test_rules_leave_out_an_action_that_is_off_and_say_so(member: Browser, workspace: Workspace) -> None:
    switch(member, "notes")
    link_id = workspace.open_link()
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    runs = workspace.runs(link_id)
    assert (runs[PAID_NOTE], runs[MOVE_DEAL]) == ("skipped", "done")
    said = "The plugin Write a note is switched off in this workspace."
    assert workspace.run(PAID_NOTE).result == said
    assert said in words(member.get(f"/links/{link_id}"))
    assert workspace.notes() == []
    assert "Write a note" not in words(member.get("/rules/new"))


def test_a_crm_that_is_off_shows_nothing_and_is_written_nothing(
    member: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    workspace.work()
    switch(member, "kylas_crm")
    assert "Kylas is switched off" in words(member.get(frame("links")))
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    assert workspace.link(link_id).state == "paid"
    assert workspace.runs(link_id)[MOVE_DEAL] == "skipped"
    assert workspace.moves() == 0


def test_a_plugins_own_pages_are_gone_for_those_who_have_it_off(member: Browser, wsgi: object) -> None:
    path = "/x/kylas_crm/callback?code=1"
    member.get(path, status=303)
    switch(member, "kylas_crm")
    member.get(path, status=404)
    Browser(wsgi).get(path, status=303)


def test_other_workspaces_notice_nothing(member: Browser, stranger: Member, wsgi: object) -> None:
    switch(member, "stripe_provider")
    theirs = Browser(wsgi)
    theirs.sign_in(stranger.email, PASSWORD)
    assert "Active" in card(theirs, "stripe_provider")
    assert "Stripe" in words(theirs.get("/accounts/new?provider=stripe"))


def test_it_is_written_down_who_did_it(member: Browser, workspace: Workspace) -> None:
    switch(member, "notes")
    switch(member, "notes")
    entries = [
        (entry.action, entry.target, entry.actor_id)
        for entry in workspace.rows(AuditEntry)
        if entry.target == "notes"
    ]
    who = workspace.owner.user_id
    assert entries == [("plugin.switched_off", "notes", who), ("plugin.switched_on", "notes", who)]


@pytest.mark.parametrize("id", ["nobody", "stripe"])
def test_a_plugin_that_isnt_there(member: Browser, id: str) -> None:
    token = form_to(member.get("/plugins"), "/plugins/notes/switch")["csrf_token"].value
    member.post(f"/plugins/{id}/switch", {"csrf_token": token, "on": "off"}, status=404)


def test_reps_switch_nothing(workspace: Workspace, wsgi: object) -> None:
    rep = Browser(wsgi)
    rep.sign_in(demo.REP, demo.PASSWORD)
    rep.get("/plugins", status=403)

"""A plugin whose folder is gone: what was made with it stays readable, and nothing breaks."""

import pytest
from sqlalchemy import update

from core.connections.models import CrmConnection, PaymentAccount
from core.rules.models import RuleAction
from tests.pages import frame, words
from tests.support import Browser
from tests.workspace import Workspace

GONE = "acme_pay"


def retire(workspace: Workspace, model: type, **values: str) -> None:
    """Let rows name what no plugin provides, as they do once its folder was deleted."""
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(update(model).values(**values).execution_options(synchronize_session=False))


def card(browser: Browser, name: str) -> str:
    found = [one for one in browser.get("/plugins").html.find_all("article") if one.h2.text == name]
    return " ".join(found[0].get_text(" ").split()) if found else ""


@pytest.fixture
def link_id(workspace: Workspace) -> str:
    """An open link of a provider that is gone."""
    made = workspace.open_link()
    retire(workspace, PaymentAccount, provider=GONE)
    return made


def test_the_page_says_that_it_is_gone_and_what_it_was_used_for(member: Browser, link_id: str) -> None:
    said = card(member, GONE)
    assert "Gone" in said
    assert "No installed plugin provides this payment provider any more." in said
    assert "Used here for 1 connected account" in said


def test_its_links_stay_readable_with_a_banner(member: Browser, link_id: str) -> None:
    page = member.get(f"/links/{link_id}")
    assert f"The plugin of its payment provider ( {GONE} ) is not installed" in words(page)
    assert "The link is shown as it was last known" in words(page)
    assert not [form for form in page.html.find_all("form") if link_id in form["action"]]
    for path in ("/", "/links", "/accounts", "/deliveries", "/rules", frame("links")):
        member.get(path)


def test_its_account_says_so(member: Browser, workspace: Workspace, link_id: str) -> None:
    page = member.get(f"/accounts/{workspace.account_id}")
    assert "The plugin of this provider is not loaded." in words(page)


def test_no_new_link_is_made_with_it(member: Browser, link_id: str) -> None:
    page = member.get(frame("links/new"))
    assert "No account is connected" in words(page)


def test_the_rounds_go_on_without_it(workspace: Workspace, link_id: str) -> None:
    for task in workspace.app.jobs.periodics.values():
        task.function(workspace.app)
    retire(workspace, PaymentAccount, provider="stripe")
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    assert workspace.link(link_id).state == "paid"


def test_an_action_that_is_gone_fails_its_runs_until_it_is_back(
    member: Browser, workspace: Workspace
) -> None:
    retire(workspace, RuleAction, action="acme_action")
    link_id = workspace.open_link()
    workspace.work()
    assert set(workspace.runs(link_id).values()) == {"failed"}
    assert "No installed plugin provides this action any more." in card(member, "acme_action")
    member.get("/rules")
    member.get(f"/links/{link_id}")


def test_a_crm_that_is_gone(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    retire(workspace, CrmConnection, crm="acme_crm")
    assert "the CRM of Northwind Trading" in card(member, "acme_crm")
    for path in ("/", "/links", f"/links/{link_id}", "/crm", "/rules", "/rules/new"):
        member.get(path)

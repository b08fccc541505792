"""What each rule has done: how it went, what it went by, and what can be tried again."""

import pytest
from sqlalchemy import inspect

from core.db.base import new_id
from core.rules import service
from core.rules.history import LATELY
from core.rules.models import ActionRun
from tests.functional.test_query_counts import counted
from tests.functional.test_rule_pages import rule
from tests.pages import form_to, words
from tests.rules import add_rule
from tests.support import Browser
from tests.workspace import MOVE_DEAL, NOTE, Workspace


def add_runs(workspace: Workspace, first: ActionRun, count: int, **more: object) -> None:
    """More runs like the first one, each about something else."""
    names = [column.key for column in inspect(ActionRun).column_attrs]
    given = {name: getattr(first, name) for name in names} | more
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        for _ in range(count):
            id = new_id("run")
            session.add(ActionRun(**given | {"id": id, "subject_id": id}))


@pytest.fixture
def noted(workspace: Workspace) -> ActionRun:
    """The run of a note that was written."""
    workspace.open_link(quantity=1250)
    workspace.work()
    return workspace.run(NOTE)


def test_a_run_says_what_it_went_by(member: Browser, workspace: Workspace, noted: ActionRun) -> None:
    page = member.get(f"/rules/{noted.rule_id}/runs")
    said = words(page)
    assert "Note written" in said
    assert "Amount of the link ₹1,250.00" in said or "Amount of the link 1,250.00" in said
    assert "Event A payment link is made" in said
    assert "Note Payment link {{link.id}}" in said
    assert workspace.record().title in said
    assert page.html.find("a", href=f"/links/{noted.link_id}")


def test_secrets_are_not_among_it(member: Browser, workspace: Workspace) -> None:
    config = workspace.app.plugins.action("send_webhook").Config(url="https://receiver.example/hooks")
    rule_id = add_rule(workspace.app, workspace.owner, "Tell", "link.created", ("send_webhook", config))
    workspace.open_link()
    page = member.get(f"/rules/{rule_id}/runs")
    assert "https://receiver.example/hooks" in words(page)
    assert "whsec_" not in page.text
    assert "$sealed" not in page.text


def test_the_pages_go_on_where_the_last_one_ended(
    member: Browser, workspace: Workspace, noted: ActionRun
) -> None:
    add_runs(workspace, noted, 60)
    page = member.get(f"/rules/{noted.rule_id}/runs")
    assert len(page.html.find("tbody").find_all("tr")) == 50
    page = page.click("Older")
    assert len(page.html.find("tbody").find_all("tr")) == 11
    assert "Older" not in words(page)


def test_what_failed_is_retried_alone_or_all_at_once(
    member: Browser, workspace: Workspace, noted: ActionRun
) -> None:
    add_runs(workspace, noted, 3, job_state="failed", result="The note was refused.")
    path = f"/rules/{noted.rule_id}/runs"
    page = member.get(f"{path}?show=failed")
    assert words(page).count("The note was refused.") == 3
    run = workspace.rows(ActionRun, ActionRun.job_state == "failed")[0]
    page = form_to(page, f"/runs/{run.id}/retry").submit(status=303).follow()
    assert page.request.path == path
    assert "Retry all 2 that failed" in words(page)
    page = form_to(page, f"/rules/{noted.rule_id}/retry").submit(status=303).follow()
    assert "2 actions run again." in page.text
    workspace.work()
    assert workspace.rows(ActionRun, ActionRun.job_state == "failed") == []
    assert "Nothing failed" in words(member.get(f"{path}?show=failed"))
    assert len(workspace.notes()) == 4


def test_the_list_says_how_each_went_lately(
    member: Browser, workspace: Workspace, noted: ActionRun
) -> None:
    add_runs(workspace, noted, 2, job_state="failed")
    add_runs(workspace, noted, 1)
    said = words(member.get("/rules"))
    assert "2 of the last 4 went well" in said
    assert "Never ran yet" in said
    add_runs(workspace, noted, LATELY)
    assert f"{LATELY} of the last {LATELY} went well" in words(member.get("/rules"))


def test_the_list_asks_once_for_all_rules(
    member: Browser, workspace: Workspace, noted: ActionRun
) -> None:
    config = workspace.app.plugins.action("write_note").Config(template="x")

    def add(count: int) -> None:
        for _ in range(count):
            id = add_rule(workspace.app, workspace.owner, "More", "link.paid", ("write_note", config))
            add_runs(workspace, noted, 2, rule_id=id)

    add(1)
    member.get("/rules")
    with counted(workspace) as few:
        member.get("/rules")
    add(10)
    with counted(workspace) as many:
        member.get("/rules")
    assert len(many) == len(few)


def test_the_history_asks_as_often_for_fifty_as_for_five(
    member: Browser, workspace: Workspace, noted: ActionRun
) -> None:
    path = f"/rules/{noted.rule_id}/runs"
    add_runs(workspace, noted, 4)
    member.get(path)
    with counted(workspace) as few:
        member.get(path)
    add_runs(workspace, noted, 45)
    with counted(workspace) as many:
        member.get(path)
    assert many == few


def test_a_rule_that_has_done_nothing_says_so(member: Browser, workspace: Workspace) -> None:
    assert "It has done nothing yet" in words(member.get(f"/rules/{rule(workspace, MOVE_DEAL).id}/runs"))


def test_there_is_no_history_of_a_rule_that_is_not_there(member: Browser, workspace: Workspace) -> None:
    member.get("/rules/rul_nobody/runs", status=404)
    token = form_to(member.get("/rules/new"), "/rules/new")["csrf_token"].value
    member.post("/rules/rul_nobody/retry", {"csrf_token": token}, status=404)
    assert service.retry_all(workspace.app, workspace.owner, "rul_nobody") == 0

"""The page "After payment actions"."""

import re

import pytest
from webtest import TestResponse

from core.people.service import Member
from core.rules.models import ActionRun, Rule
from plugins.kylas_crm.simulator import seed_data
from plugins.notes.texts import DRAFTS
from tests.conftest import PASSWORD
from tests.pages import form_to, problems, words
from tests.support import Browser
from tests.workspace import MOVE_DEAL, NOTE, Workspace

NEW = "/rules/new"


def choose(page: TestResponse, path: str = NEW, **fields: str) -> TestResponse:
    """Choose in a form and press Next, as a browser without scripts does.

    What is asked of the first action is called without its number: ``write_note__template``.
    """
    form = form_to(page, path)
    for name, value in fields.items():
        of_the_rule = name in ("event", "name") or name.startswith("only__")
        form[f"{'' if of_the_rule else '1-'}{name.replace('__', '-')}"] = value
    return form.submit("step", value="choices", status=200)


def rule(workspace: Workspace, name: str) -> Rule:
    (found,) = workspace.rows(Rule, Rule.name == name)
    assert isinstance(found, Rule)
    return found


def test_each_rule_is_a_sentence(member: Browser, workspace: Workspace) -> None:
    page = member.get("/rules")
    card = page.html.find("article", attrs={"aria-labelledby": rule(workspace, MOVE_DEAL).id})
    said = " ".join(card.dl.get_text(" ").split())
    what = "Move the deal to Won in Default Deal Pipeline."
    assert said == f"When A payment link is paid in full Then {what}"


def test_a_rule_is_made_of_choices_that_the_crm_offers_now(
    member: Browser, workspace: Workspace
) -> None:
    page = member.get(NEW)
    assert form_to(page, NEW)["event"].value == "link.paid"
    page = choose(page, event="payment.failed")
    page = choose(page, action="move_stage")
    page = choose(page, move_stage__record_kind="deal")
    page = choose(page, move_stage__pipeline_id=str(seed_data.DEAL_PIPELINE))
    form = form_to(page, NEW)
    stages = {label: value for value, _, label in form["1-move_stage-stage_id"].options}
    form["1-move_stage-stage_id"] = stages["Negotiation"]
    form["name"] = "Failed: back to the table"
    page = form.submit(status=303).follow()
    assert "The rule is saved." in words(page)
    saved = rule(workspace, "Failed: back to the table")
    assert (saved.event, saved.enabled) == ("payment.failed", True)
    assert saved.actions[0].summary == "Move the deal to Negotiation in Default Deal Pipeline."


def test_a_stage_that_asks_for_a_reason_gets_one(member: Browser) -> None:
    page = choose(member.get(NEW), event="payment.failed")
    page = choose(page, action="move_stage")
    page = choose(page, move_stage__record_kind="deal")
    page = choose(page, move_stage__pipeline_id=str(seed_data.DEAL_PIPELINE))
    assert "Reason" not in words(page)
    stages = {label: value for value, _, label in form_to(page, NEW)["1-move_stage-stage_id"].options}
    page = choose(page, move_stage__stage_id=stages["Closed Lost"])
    form = form_to(page, NEW)
    refused = form.submit(status=422)
    assert problems(refused) == ['"Closed Lost" needs a reason. Choose one from the list.']
    form["1-move_stage-reason"] = form["1-move_stage-reason"].options[1][0]
    form.submit(status=303)


def test_a_note_has_a_text_to_begin_with(member: Browser, workspace: Workspace) -> None:
    page = choose(member.get(NEW), event="payment.refunded")
    page = choose(page, action="write_note")
    form = form_to(page, NEW)
    assert form["1-write_note-template"].value == DRAFTS["payment.refunded"]
    another = choose(page, event="link.paid")
    assert form_to(another, NEW)["1-write_note-template"].value == DRAFTS["link.paid"]
    form["event"] = "payment.refunded"
    form["1-write_note-template"] = ""
    emptied = form.submit(status=422)
    assert form_to(emptied, NEW)["1-write_note-template"].value == ""
    form["1-write_note-template"] = "{{refund.amount}} went back."
    form.submit(status=303)
    (saved,) = (one for one in workspace.rows(Rule) if one.event == "payment.refunded")
    assert saved.actions[0].config == {"template": "{{refund.amount}} went back."}


def test_an_unfinished_rule_says_what_is_missing(member: Browser) -> None:
    form = form_to(member.get(NEW), NEW)
    assert problems(form.submit(status=422)) == ["Choose an action."]
    page = choose(member.get(NEW), event="link.paid")
    page = choose(page, action="write_note")
    form = form_to(page, NEW)
    form["1-write_note-template"] = "Paid: {{payment.amout}}"
    page = form.submit(status=422)
    assert "amout" in problems(page)[0]
    assert form_to(page, NEW)["1-write_note-template"].value == "Paid: {{payment.amout}}"


def test_a_rule_is_changed_in_place(member: Browser, workspace: Workspace) -> None:
    before = rule(workspace, NOTE)
    path = f"/rules/{before.id}"
    form = form_to(member.get(path), path)
    assert form["1-write_note-template"].value == before.actions[0].config["template"]
    form["1-write_note-template"] = "A link for {{link.amount}}."
    form.submit(status=303)
    after = rule(workspace, NOTE)
    assert after.actions[0].id == before.actions[0].id
    assert after.actions[0].summary == "Write a note: A link for {{link.amount}}."


def test_a_stage_that_is_gone_from_the_crm_is_marked(member: Browser, workspace: Workspace) -> None:
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    tenant = workspace.sims.kylas.tenant(seed_data.TENANT_A)
    pipeline = tenant.get("pipeline", seed_data.DEAL_PIPELINE)
    assert pipeline
    stages = [stage for stage in pipeline["stages"] if stage["name"] != "Won"]
    tenant.put("pipeline", pipeline | {"stages": stages})
    page = member.get(path)
    assert problems(page) == ["This choice is no longer there. Choose another one."]
    assert problems(form_to(page, path).submit(status=422)) == ["Choose “Stage”."]
    assert rule(workspace, MOVE_DEAL).actions[0].config["stage_name"] == "Won"


def test_with_the_crm_down_what_was_good_can_stay(member: Browser, workspace: Workspace) -> None:
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    workspace.sims.kylas.faults.add("unavailable", times=None)
    page = member.get(path)
    assert re.search("These choices could not be loaded: .*Pipeline, Stage", words(page))
    form = form_to(page, path)
    assert form["1-move_stage-stage_id"].options[0][2] == "Won"
    form["name"] = "Renamed"
    form.submit(status=303)
    assert rule(workspace, "Renamed").actions[0].config["stage_name"] == "Won"


def test_with_the_crm_down_nothing_new_is_taken_for_good(member: Browser, workspace: Workspace) -> None:
    page = choose(member.get(NEW), action="move_stage")
    page = choose(page, move_stage__record_kind="deal")
    page = choose(page, move_stage__pipeline_id=str(seed_data.DEAL_PIPELINE))
    form = form_to(page, NEW)
    form["1-move_stage-stage_id"] = form["1-move_stage-stage_id"].options[1][0]
    form["name"] = "Typed"
    workspace.sims.kylas.faults.add("unavailable", times=None)
    page = form.submit(status=422)
    assert "Kylas gave no usable answer" in problems(page)[0]
    kept = form_to(page, NEW)
    assert kept["name"].value == "Typed"
    assert kept["1-move_stage-stage_id"].value == form["1-move_stage-stage_id"].value
    assert workspace.rows(Rule, Rule.name == "Typed") == []


def test_a_rule_that_is_off_does_nothing(member: Browser, workspace: Workspace) -> None:
    path = f"/rules/{rule(workspace, NOTE).id}/enabled"
    page = form_to(member.get("/rules"), path).submit("enabled", status=303).follow()
    assert "The rule is off now." in words(page)
    workspace.open_link()
    assert workspace.work() == 0
    form_to(page, path).submit("enabled")
    assert rule(workspace, NOTE).enabled


def test_deleting_asks_first_and_leaves_what_was_done(member: Browser, workspace: Workspace) -> None:
    workspace.open_link()
    workspace.work()
    path = f"/rules/{rule(workspace, NOTE).id}/delete"
    page = member.get("/rules")
    assert f"Delete the rule “{NOTE}”?" in words(page)
    page = form_to(page, path).submit(status=303).follow()
    assert workspace.rows(Rule, Rule.name == NOTE) == []
    assert NOTE in page.html.find("table").text


def test_a_run_that_was_given_up_can_be_retried(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        run = session.get_one(ActionRun, workspace.run(NOTE).id)
        run.job_state, run.result = "failed", "The note was refused."
    path = f"/runs/{run.id}/retry"
    assert "The note was refused." in words(member.get("/rules"))
    page = form_to(member.get(f"/links/{link_id}"), path).submit(status=303).follow()
    assert page.request.path == f"/links/{link_id}"
    assert "The action runs again in a moment." in words(page)
    workspace.work()
    assert workspace.runs(link_id) == {NOTE: "done"}
    assert len(workspace.notes()) == 1


@pytest.mark.parametrize("deed", ["", "/enabled", "/delete", "/retry"])
def test_another_workspace_can_not_touch_a_rule(
    browser: Browser, stranger: Member, workspace: Workspace, deed: str
) -> None:
    browser.sign_in(stranger.email, PASSWORD)
    token = browser.get("/rules").forms[0]["csrf_token"].value
    path = f"/rules/{rule(workspace, NOTE).id}{deed}"
    browser.post(path, {"csrf_token": token, "enabled": "off"}, status=404)
    browser.get(f"/rules/{rule(workspace, NOTE).id}/runs", status=404)
    assert rule(workspace, NOTE).enabled

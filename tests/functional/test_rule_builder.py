"""A rule of several actions: built with buttons, run in order, and changed by two people at once."""

import re

import pytest
from webtest import TestResponse

from core.rules import service
from core.rules.choices import MOST
from core.rules.models import ActionRun, Rule
from core.rules.service import ActionDraft
from plugins.kylas_crm.simulator import seed_data
from plugins.notes.texts import DRAFTS
from tests.functional.test_rule_pages import NEW, choose, rule
from tests.pages import form_to, problems, words
from tests.rules import add_rule
from tests.support import Browser, Clock
from tests.workspace import MOVE_DEAL, NOTE, Workspace

NAME = "Two notes"


def press(page: TestResponse, step: str, path: str = NEW, status: int = 200) -> TestResponse:
    """Press one of the buttons that change the list of actions."""
    return form_to(page, path).submit("step", value=step, status=status)


def two_notes(member: Browser, first: str = "One.", second: str = "Two.") -> TestResponse:
    """The form of a rule with two notes, filled in."""
    page = press(choose(choose(member.get(NEW), action="write_note"), name=NAME), "add")
    form = form_to(page, NEW)
    form["2-action"] = "write_note"
    page = form.submit("step", value="choices")
    form = form_to(page, NEW)
    form["1-write_note-template"], form["2-write_note-template"] = first, second
    return form.submit("step", value="choices")


def texts(saved: Rule) -> list[str]:
    return [action.config["template"] for action in saved.actions]


def note(workspace: Workspace, text: str, **more: str) -> ActionDraft:
    config = workspace.app.plugins.action("write_note").Config(template=text)
    return ActionDraft("write_note", config, **more)  # type: ignore[arg-type]


def pay(workspace: Workspace) -> str:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    return link_id


# Built


def test_actions_are_added_moved_and_removed_without_a_script(
    member: Browser, workspace: Workspace
) -> None:
    page = press(two_notes(member), "up-2")
    form = form_to(page, NEW)
    assert [field.value for field in form.fields["row"]] == ["2", "1"]
    assert form["1-write_note-template"].value == "One."
    assert form["name"].value == NAME
    form.submit(status=303)
    assert texts(rule(workspace, NAME)) == ["Two.", "One."]

    saved = rule(workspace, NAME)
    path = f"/rules/{saved.id}"
    form = form_to(press(member.get(path), "remove-1", path), path)
    assert "2-action" in form.fields
    assert "1-action" not in form.fields
    form.submit(status=303)
    kept = rule(workspace, NAME)
    assert texts(kept) == ["One."]
    assert kept.actions[0].id == saved.actions[1].id


def test_the_button_that_was_pressed_keeps_the_focus(member: Browser) -> None:
    added = press(two_notes(member), "add")
    assert added.html.find(attrs={"autofocus": True})["id"] == "action-3"
    page = press(two_notes(member), "down-1")
    assert page.html.find(attrs={"autofocus": True})["id"] == "up-1"  # there is no further down
    assert page.html.find(id="down-1").has_attr("disabled")
    assert press(page, "remove-1").html.find(attrs={"autofocus": True})["id"] == "add-action"


def test_enter_saves_and_presses_no_other_button(member: Browser) -> None:
    form = member.get(NEW).html.find("form", attrs={"data-choices": True})
    first = form.find("button")
    assert not first.has_attr("name")


def test_the_last_action_can_not_be_removed(member: Browser) -> None:
    page = member.get(NEW)
    assert page.html.find(id="remove-1") is None
    token = form_to(page, NEW)["csrf_token"].value
    page = member.post(NEW, {"csrf_token": token, "row": "1", "step": "remove-1"}, status=200)
    assert "1-action" in form_to(page, NEW).fields


def test_a_rule_has_ten_actions_at_most(member: Browser) -> None:
    page = member.get(NEW)
    for _ in range(11):
        page = press(page, "add")
    assert len(form_to(page, NEW).fields["row"]) == 10


def test_what_is_wrong_with_the_second_action_is_said_there(member: Browser) -> None:
    page = two_notes(member, second="{{nonsense}}")
    page = form_to(page, NEW).submit(status=422)
    assert len(problems(page)) == 1
    assert "nonsense" in problems(page)[0]
    assert page.html.find(role="alert").a["href"] == "#field-2-write_note-template"
    assert form_to(page, NEW)["1-write_note-template"].value == "One."


def test_an_action_that_is_not_made_for_the_event_stays_and_says_so(
    member: Browser, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace.app.plugins.action("send_webhook"), "triggers", ("link.paid",))
    page = choose(member.get(NEW), action="send_webhook")
    form = form_to(page, NEW)
    form["1-send_webhook-url"] = "https://example.com/hooks"
    form["event"] = "link.part_paid"
    page = form.submit("step", value="choices")
    assert form_to(page, NEW)["1-send_webhook-url"].value == "https://example.com/hooks"
    page = form_to(page, NEW).submit(status=422)
    assert problems(page) == ["“Send a webhook” isn't made for this event. Choose another one."]


@pytest.mark.parametrize("name", ["支払い ✓ 😀", "\u202eمدفوع", "<b>&amp;</b>", "a" * 120])
def test_names_in_any_writing(member: Browser, workspace: Workspace, name: str) -> None:
    page = choose(member.get(NEW), action="write_note")
    form = form_to(page, NEW)
    form["name"], form["1-write_note-template"] = name, name
    form.submit(status=303)
    assert rule(workspace, name).actions[0].config == {"template": name}
    assert name in member.get("/rules").html.find("main").text


@pytest.mark.parametrize(
    "bad",
    [{"row": "x"}, {"row": "9999"}, {"step": "up-77"}, {"step": "nonsense"}, {"version": "x" * 50}],
)
def test_a_form_that_nobody_sent_from_here(member: Browser, bad: dict[str, str]) -> None:
    token = form_to(member.get(NEW), NEW)["csrf_token"].value
    fields = {"csrf_token": token, "step": "choices", "event": "link.paid", **bad}
    member.post(NEW, fields, status=200)


# Templates


def test_a_template_fills_the_form(member: Browser, workspace: Workspace) -> None:
    page = member.get("/rules")
    offered = {link["href"] for link in page.html.select("a[href*='template=']")}
    assert offered == {
        f"{NEW}?template={one}" for one in ("paid", "part_paid", "failed", "expired", "refunded")
    }
    page = member.get(f"{NEW}?template=part_paid")
    form = form_to(page, NEW)
    assert form["event"].value == "link.part_paid"
    assert form["1-write_note-template"].value == DRAFTS["link.part_paid"]
    form.submit(status=303)
    assert rule(workspace, "Part paid: note what is left").event == "link.part_paid"


def test_a_template_asks_for_the_stage(member: Browser) -> None:
    page = form_to(member.get(f"{NEW}?template=paid"), NEW).submit(status=422)
    assert "Choose “Stage”." in problems(page)


def test_what_the_crm_does_not_offer_is_in_no_template(
    member: Browser, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = workspace.app.plugins.crm_connectors["kylas"]
    monkeypatch.setattr(entry, "capabilities", entry.capabilities - {"move_stage"})
    page = member.get("/rules")
    offered = [link["href"] for link in page.html.select("a[href*='template=']")]
    assert f"{NEW}?template=paid" not in offered
    assert f"{NEW}?template=part_paid" in offered


# In order


def test_the_second_action_waits_for_the_first(workspace: Workspace, clock: Clock) -> None:
    add_rule(
        workspace.app,
        workspace.owner,
        NAME,
        "link.created",
        note(workspace, "One."),
        note(workspace, "Two."),
    )
    workspace.sims.kylas.faults.add("unavailable", path="/v1/notes/relation", times=2)
    workspace.open_link()
    workspace.work()
    assert [run.job_state for run in workspace.rows(ActionRun)] == ["pending"] * 3
    for _ in range(4):
        clock.turn(seconds=60)
        workspace.work()
    assert workspace.notes()[1:] == ["One.", "Two."]


@pytest.mark.parametrize(("on_failure", "written"), [("stop", []), ("go_on", ["Two."])])
def test_what_follows_a_failure_is_the_rules_choice(
    workspace: Workspace, on_failure: str, written: list[str]
) -> None:
    move = workspace.app.plugins.action("move_stage").Config(
        record_kind="deal", pipeline_id=str(seed_data.DEAL_PIPELINE), stage_id="999"
    )
    first = ActionDraft("move_stage", move, on_failure)  # type: ignore[arg-type]
    add_rule(workspace.app, workspace.owner, NAME, "link.created", first, note(workspace, "Two."))
    workspace.open_link()
    workspace.work()
    assert [text for text in workspace.notes() if text == "Two."] == written
    one, two = workspace.rows(ActionRun, ActionRun.rule_name == NAME)
    assert one.job_state == "failed"
    if on_failure == "stop":
        assert (two.job_state, two.result) == (
            "failed",
            "Not done, because the action before it failed. Retry that one: this one follows.",
        )


def test_a_retried_action_takes_along_those_that_were_left_out(workspace: Workspace) -> None:
    one, two = note(workspace, "One."), note(workspace, "Two.")
    add_rule(workspace.app, workspace.owner, NAME, "link.created", one, two)
    workspace.open_link()
    workspace.sims.kylas.store.delete("api_key", seed_data.API_KEY_A)
    workspace.work()
    first, second = workspace.rows(ActionRun, ActionRun.rule_name == NAME)
    assert (first.job_state, second.job_state) == ("failed", "failed")
    workspace.sims.kylas.reset()
    assert service.retry_run(workspace.app, workspace.owner, first.id)
    workspace.work()
    assert workspace.notes() == ["One.", "Two."]


def test_where_the_record_stood_before_decides_for_all_actions(
    member: Browser, workspace: Workspace
) -> None:
    """The first action moves the deal out of the stage that the rule is for."""
    saved = rule(workspace, MOVE_DEAL)
    path = f"/rules/{saved.id}"
    page = press(member.get(path), "add", path)
    form = form_to(page, path)
    form["2-action"], form["only-record_kind"] = "write_note", "deal"
    form = form_to(form.submit("step", value="choices"), path)
    form["only-stage_id"] = str(seed_data.DEAL_NEGOTIATION)
    form["2-write_note-template"] = "It is won."
    form.submit(status=303)
    pay(workspace)
    assert workspace.stage() == "Won"
    assert "It is won." in workspace.notes()


# For some only


def test_a_rule_for_a_pipeline_and_an_owner(member: Browser, workspace: Workspace) -> None:
    page = choose(member.get(NEW), action="write_note", only__record_kind="deal", name=NAME)
    form = form_to(page, NEW)
    form["only-pipeline_id"] = str(seed_data.DEAL_PIPELINE)
    form["only-owner_id"] = str(seed_data.RAVI)
    form["1-write_note-template"] = "His."
    form.submit(status=303)
    said = words(member.get("/rules"))
    assert "it is in the pipeline Default Deal Pipeline, it belongs to Ravi Iyer" in said
    pay(workspace)
    (run,) = workspace.rows(ActionRun, ActionRun.rule_name == NAME)
    owner = workspace.record().owner
    assert owner
    if owner.id == str(seed_data.RAVI):
        assert run.job_state == "done"
    else:
        assert (
            run.result == f"The rule is for records of Ravi Iyer, and this one belongs to {owner.name}."
        )


def test_ten_thousand_users_are_searched_and_not_shown(member: Browser, workspace: Workspace) -> None:
    tenant = workspace.sims.kylas.tenant(seed_data.TENANT_A)
    like = tenant.all("user")[0]
    for number in range(2000):
        tenant.put(
            "user", like | {"id": 900_000 + number, "firstName": f"User{number}", "lastName": "Many"}
        )
    page = member.get(NEW)
    shown = form_to(page, NEW)["only-owner_id"].options
    assert len(shown) <= MOST + 2
    assert re.search(r"There are [0-9]+ to choose from", words(page))
    form = form_to(page, NEW)
    form["find-only-owner_id"] = "user1999"
    page = form.submit("step", value="choices")
    found = [label for _, _, label in form_to(page, NEW)["only-owner_id"].options]
    assert found == ["Any", "User1999 Many"]


# Two at once


def test_a_stale_form_drops_nobodys_work(member: Browser, workspace: Workspace) -> None:
    path = f"/rules/{rule(workspace, NOTE).id}"
    mine, theirs = form_to(member.get(path), path), form_to(member.get(path), path)
    theirs["1-write_note-template"] = "Theirs."
    theirs.submit(status=303)
    mine["1-write_note-template"] = "Mine."
    page = mine.submit(status=422)
    assert "Somebody else has changed this rule" in words(page)
    assert texts(rule(workspace, NOTE)) == ["Theirs."]
    again = form_to(page, path)
    assert again["1-write_note-template"].value == "Mine."
    again.submit(status=303)
    assert texts(rule(workspace, NOTE)) == ["Mine."]


def test_a_form_sent_twice_is_one_rule(member: Browser, workspace: Workspace) -> None:
    form = form_to(two_notes(member), NEW)
    form.submit(status=303)
    form.submit(status=303)
    assert len(workspace.rows(Rule, Rule.name == NAME)) == 1
    form["1-write_note-template"] = "Changed after going back."
    page = form.submit(status=422)
    assert "Somebody else has changed this rule" in words(page)
    form_to(page, NEW).submit(status=303)
    assert texts(rule(workspace, NAME)) == ["Changed after going back.", "Two."]


def test_a_webhook_sent_twice_keeps_the_secret_that_is_shown(
    member: Browser, workspace: Workspace
) -> None:
    page = choose(choose(member.get(NEW), action="send_webhook"), name=NAME)
    form = form_to(page, NEW)
    form["1-send_webhook-url"] = "https://example.com/hooks"
    form.submit(status=303)
    before = rule(workspace, NAME).actions[0].config
    page = form.submit(status=303).follow()
    assert rule(workspace, NAME).actions[0].config == before
    assert "Copy this now" in words(page)


def test_what_was_typed_survives_the_rule(member: Browser, workspace: Workspace) -> None:
    saved = rule(workspace, NOTE)
    path = f"/rules/{saved.id}"
    form = form_to(member.get(path), path)
    form["1-write_note-template"] = "Typed while it was deleted."
    service.delete_rule(workspace.app, workspace.owner, saved.id)
    page = form.submit(status=404)
    assert "This rule is not there any more" in words(page)
    kept = form_to(page, NEW)
    assert kept["1-write_note-template"].value == "Typed while it was deleted."
    kept.submit(status=303)
    assert texts(rule(workspace, NOTE)) == ["Typed while it was deleted."]


# In each other's way


def test_two_rules_that_move_the_same_are_named(member: Browser, workspace: Workspace) -> None:
    assert "changes the same" not in words(member.get("/rules"))
    moves = rule(workspace, MOVE_DEAL)
    config = dict(moves.actions[0].config) | {
        "stage_id": str(seed_data.DEAL_PROPOSAL),
        "stage_name": "Proposal sent",
    }
    other = workspace.app.plugins.action("move_stage").Config(**config)
    page = member.get(NEW)
    add_rule(workspace.app, workspace.owner, "Back", "payment.succeeded", ("move_stage", other))
    page = member.get("/rules")
    assert f"“{MOVE_DEAL}” changes the same on the same event" in words(page)
    assert "“Back” changes the same on the same event" in words(page)
    path = f"/rules/{moves.id}"
    page = form_to(member.get(path), path).submit(status=303).follow()
    assert "“Back” changes the same" in page.html.select_one(".flashes").text
    service.set_enabled(workspace.app, workspace.owner, moves.id, False)
    assert "changes the same" not in words(member.get("/rules"))


@pytest.mark.parametrize(
    "fault", ["unavailable", "server_error", "rate_limited", "malformed", "lost_reply"]
)
def test_whatever_the_crm_answers_the_form_can_be_used(
    member: Browser, workspace: Workspace, fault: str
) -> None:
    workspace.sims.kylas.faults.add(fault, times=None)
    page = choose(member.get(NEW), action="write_note")
    assert "These choices could not be loaded" in words(page)
    form = form_to(page, NEW)
    form["name"] = NAME
    form.submit(status=303)
    assert rule(workspace, NAME)


def test_a_preview_of_nothing(member: Browser) -> None:
    assert "Nothing of this kind has happened yet." in words(member.get(NEW))

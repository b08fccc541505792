"""Rules that are for some payments only: from the form to what they do and leave."""

from typing import Any

from core.rules.models import ActionRun
from plugins.kylas_crm.simulator import seed_data
from tests.functional.test_rule_pages import NEW, choose, rule
from tests.pages import form_to, problems, words
from tests.support import Browser
from tests.workspace import DEAL, LEAD, Workspace

NAME = "Large ones"


def add(member: Browser, **conditions: str) -> Any:
    page = choose(choose(member.get(NEW), event="payment.succeeded"), action="write_note")
    page = choose(page, only__record_kind=conditions.pop("record_kind", ""))
    form = form_to(page, NEW)
    form["name"], form["1-write_note-template"] = NAME, "A large one."
    for name, value in conditions.items():
        form[f"only-{name}"] = value
    return form.submit(status="*")


def pay(workspace: Workspace, *args: Any, quantity: int) -> None:
    workspace.pay(workspace.open_link(*args, quantity=quantity))
    workspace.deliver()
    workspace.work()


def runs(workspace: Workspace) -> list[tuple[str, str | None]]:
    found = workspace.rows(ActionRun, ActionRun.rule_name == NAME)
    return [(run.job_state, run.result) for run in found]


def test_small_payments_are_left_alone(member: Browser, workspace: Workspace) -> None:
    assert add(member, currency="INR", at_least="1000").status_int == 303
    pay(workspace, quantity=999)
    assert runs(workspace) == []
    pay(workspace, quantity=1000)
    assert [state for state, _ in runs(workspace)] == ["done"]
    page = member.get("/rules")
    assert "Only if the amount is at least 1,000 INR Then" in words(page)


def test_a_rule_for_leads(member: Browser, workspace: Workspace) -> None:
    add(member, record_kind="lead")
    pay(workspace, DEAL, quantity=10)
    assert runs(workspace) == []
    pay(workspace, LEAD, quantity=10)
    assert [state for state, _ in runs(workspace)] == ["done"]


def test_a_rule_for_a_stage_looks_when_its_turn_comes(member: Browser, workspace: Workspace) -> None:
    stage = str(seed_data.DEAL_PROPOSAL)
    assert add(member, record_kind="deal", stage_id=stage).status_int == 303
    assert rule(workspace, NAME).only_if == {
        "record_kind": "deal",
        "stage_id": stage,
        "stage_name": "Proposal sent",
    }
    pay(workspace, DEAL, quantity=10)
    [(state, result)] = runs(workspace)
    assert (state, result) == (
        "skipped",
        "The rule is for Proposal sent, and the record is in Negotiation.",
    )


def test_conditions_stay_in_the_form_and_may_go(member: Browser, workspace: Workspace) -> None:
    add(member, currency="INR", at_least="1000", product="unit")
    saved = rule(workspace, NAME)
    path = f"/rules/{saved.id}"
    form = form_to(member.get(path), path)
    assert (form["only-currency"].value, form["only-at_least"].value) == ("INR", "1000")
    for name in ("currency", "at_least", "product"):
        form[f"only-{name}"] = ""
    form.submit(status=303)
    assert rule(workspace, NAME).only_if is None
    pay(workspace, quantity=1)
    assert len(runs(workspace)) == 1


def test_what_is_wrong_is_said_and_kept(member: Browser, workspace: Workspace) -> None:
    page = add(member, at_least="1000")
    assert problems(page) == ["Choose the currency of the amount."]
    form = form_to(page, NEW)
    assert (form["only-at_least"].value, form["1-write_note-template"].value) == ("1000", "A large one.")
    form["only-currency"], form["only-at_most"] = "INR", "many"
    assert problems(form.submit(status=422)) == ["Enter a number."]


def test_a_note_needs_no_crm_for_its_form(member: Browser, workspace: Workspace) -> None:
    workspace.sims.kylas.faults.add("unavailable", times=None)
    assert add(member, currency="INR", at_least="1000").status_int == 303

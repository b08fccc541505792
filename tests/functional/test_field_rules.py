"""Rules that set a field of the CRM or give a record to somebody: from the form to the record."""

from core.rules.models import ActionRun
from plugins.kylas_crm.simulator import seed_data
from tests.functional.test_rule_pages import NEW, choose, rule
from tests.pages import form_to, problems, words
from tests.support import Browser
from tests.workspace import DEAL, LEAD, Workspace


def stored(workspace: Workspace, kind: str, id: str) -> dict[str, object]:
    return workspace.sims.kylas.tenant(seed_data.TENANT_A).get(kind, id) or {}


def pay(workspace: Workspace, link_id: str) -> None:
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()


def the_run(workspace: Workspace, action: str) -> ActionRun:
    (found,) = workspace.rows(ActionRun, ActionRun.action == action)
    assert isinstance(found, ActionRun)
    return found


def test_a_payment_sets_a_field_and_moves_the_deal(member: Browser, workspace: Workspace) -> None:
    page = choose(member.get(NEW), event="payment.succeeded")
    page = choose(page, action="set_field")
    page = choose(page, set_field__record_kind="deal")
    page = choose(page, set_field__field_id="cfPaymentStatus")
    form = form_to(page, NEW)
    labels = {label: value for value, _, label in form["1-set_field-choice"].options}
    form["1-set_field-choice"] = labels["Paid"]
    form["name"] = "Paid: say so"
    form.submit(status=303)
    saved = rule(workspace, "Paid: say so")
    assert saved.actions[0].summary == 'Set Payment status of the deal to "Paid".'
    pay(workspace, workspace.open_link())
    assert stored(workspace, DEAL.kind, DEAL.id)["customFieldValues"] == {
        "cfPaymentStatus": {"id": 91003, "name": "Paid"}
    }
    assert workspace.stage() == "Won"
    assert the_run(workspace, "set_field").result == 'Set Payment status to "Paid"'


def test_a_value_that_is_none_for_the_field_is_refused(member: Browser) -> None:
    page = choose(member.get(NEW), event="link.paid")
    page = choose(page, action="set_field")
    page = choose(page, set_field__record_kind="deal")
    page = choose(page, set_field__field_id="cfAmountReceived")
    form = form_to(page, NEW)
    form["1-set_field-text"] = "{{amount}} {{currency}}"
    assert problems(form.submit(status=422)) == ['"Amount received" takes a number such as 1250.50.']
    form["1-set_field-text"] = "{{amount}}"
    form.submit(status=303)


def test_a_payment_gives_a_lead_to_somebody(member: Browser, workspace: Workspace) -> None:
    page = choose(member.get(NEW), event="payment.succeeded")
    page = choose(page, action="change_owner")
    form = form_to(page, NEW)
    form["1-change_owner-record_kind"] = "lead"
    form["1-change_owner-user_id"] = str(seed_data.MEERA)
    form.submit(status=303)
    pay(workspace, workspace.open_link(LEAD))
    assert stored(workspace, LEAD.kind, LEAD.id)["ownerId"] == seed_data.MEERA


def test_the_form_says_why_no_task_can_be_made(member: Browser) -> None:
    said = words(member.get(NEW))
    assert "“Make a task” can't be chosen: Kylas does not offer create_task" in said
    assert "“Set a field” can't be chosen" not in said

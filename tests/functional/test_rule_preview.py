"""What a rule would do, looked at before it is saved: the exact writes, and none of them made."""

from core.rules.models import Rule
from plugins.kylas_crm.simulator import seed_data
from plugins.notes.texts import DRAFTS
from tests.functional.test_query_counts import counted
from tests.functional.test_rule_builder import press
from tests.functional.test_rule_pages import NEW, choose, rule
from tests.pages import form_to, problems, words
from tests.support import Browser
from tests.workspace import DEAL, LEAD, MOVE_DEAL, Workspace


def paid(workspace: Workspace, *args: object, quantity: int = 1250) -> str:
    """A paid link, everything that follows still to be done."""
    link_id = workspace.open_link(*args, quantity=quantity)  # type: ignore[arg-type]
    workspace.pay(link_id)
    workspace.deliver()
    for delivery in workspace.deliveries():
        workspace.app.jobs.run(workspace.app, "webhook_deliveries", delivery.id)
    return link_id


def test_a_move_names_both_stages_and_is_not_made(member: Browser, workspace: Workspace) -> None:
    paid(workspace)
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    page = form_to(member.get(path), path).submit("step", value="preview", status=200)
    title = workspace.record().title
    assert f"Move the deal “{title}” from Negotiation to Won." in words(page)
    assert (workspace.stage(), workspace.moves()) == ("Negotiation", 0)
    assert workspace.notes() == []
    workspace.work()
    page = form_to(member.get(path), path).submit("step", value="preview", status=200)
    assert "would do nothing: was in Won already" in words(page)


def test_a_note_is_shown_as_it_would_be_written(member: Browser, workspace: Workspace) -> None:
    paid(workspace)
    page = choose(member.get(f"{NEW}?template=part_paid"), event="link.paid")
    form = form_to(page, NEW)
    form["1-write_note-template"] = "{{payer.name}} paid {{payment.amount}}: 支払い <b>✓</b>"
    page = form.submit("step", value="preview", status=200)
    shown = page.html.select_one("#preview pre").get_text()
    assert shown == "Meena Payer paid 1,250.00 INR: 支払い <b>✓</b>"
    assert workspace.notes() == []
    assert form_to(page, NEW)["1-write_note-template"].value.startswith("{{payer.name}}")


def test_a_webhook_shows_its_body_and_no_secret(member: Browser, workspace: Workspace) -> None:
    paid(workspace)
    page = choose(member.get(NEW), action="send_webhook")
    form = form_to(page, NEW)
    form["1-send_webhook-url"] = "https://receiver.example/hooks"
    page = form.submit("step", value="preview", status=200)
    assert "Post a signed message to receiver.example." in words(page)
    assert '"type": "link.paid"' in page.html.select_one("#preview pre").get_text()
    assert "whsec_" not in page.html.select_one("#preview").get_text()
    assert workspace.rows(Rule, Rule.event == "link.paid", Rule.name.like("%webhook%")) == []


def test_the_payment_to_try_it_on_can_be_chosen(member: Browser, workspace: Workspace) -> None:
    paid(workspace, DEAL)
    paid(workspace, LEAD)
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    form = form_to(member.get(path), path)
    on_the_lead, on_the_deal = form["preview-event"].options
    form["preview-event"] = on_the_lead[0]
    page = form.submit("step", value="preview", status=200)
    assert "the rule is for deals, this is a lead" in words(page)
    assert form_to(page, path)["preview-event"].value == on_the_lead[0]
    form["preview-event"] = on_the_deal[0]
    assert "Move the deal" in words(form.submit("step", value="preview", status=200))


def test_conditions_are_looked_at_first(member: Browser, workspace: Workspace) -> None:
    paid(workspace, quantity=10)
    paid(workspace, quantity=1000)
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    form = form_to(member.get(path), path)
    form["only-currency"], form["only-at_least"] = "INR", "500"
    page = form.submit("step", value="choices")
    assert "It would have run on 1 of the last 2" in words(page)
    form = form_to(page, path)
    form["preview-event"] = form["preview-event"].options[1][0]
    page = form.submit("step", value="preview", status=200)
    assert "The rule is only for this: the amount is at least 500 INR." in words(page)


def test_where_the_record_stands_is_asked(member: Browser, workspace: Workspace) -> None:
    paid(workspace)
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    form = form_to(member.get(path), path)
    form["only-record_kind"] = "deal"
    form = form_to(form.submit("step", value="choices"), path)
    form["only-stage_id"] = str(seed_data.DEAL_PROPOSAL)
    page = form.submit("step", value="preview", status=200)
    assert "The rule is for Proposal sent, and the record is in Negotiation." in words(page)


def test_all_actions_are_shown_in_their_order(member: Browser, workspace: Workspace) -> None:
    paid(workspace)
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    page = press(member.get(path), "add", path)
    form = form_to(page, path)
    form["2-action"] = "write_note"
    page = form_to(form.submit("step", value="choices"), path).submit("step", value="preview")
    shown = [item.get_text(" ", strip=True) for item in page.html.select("#preview ol > li")]
    assert len(shown) == 2
    assert shown[0].startswith("Move the deal")
    assert shown[1].startswith("Write a note on the deal")


def test_what_is_not_filled_in_is_said_instead(member: Browser, workspace: Workspace) -> None:
    paid(workspace)
    page = form_to(member.get(NEW), NEW).submit("step", value="preview", status=422)
    assert problems(page) == ["Choose an action."]


def test_a_crm_that_is_down_is_said(member: Browser, workspace: Workspace) -> None:
    paid(workspace)
    path = f"/rules/{rule(workspace, MOVE_DEAL).id}"
    form = form_to(member.get(path), path)
    workspace.sims.kylas.faults.add("unavailable", times=None)
    page = form.submit("step", value="preview", status=200)
    assert "would fail:" in words(page)
    assert workspace.moves() == 0


def test_every_event_can_be_tried(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link(quantity=100)
    visit = workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    workspace.refund(visit, 2500, settled=True)
    workspace.dispute(visit, 2500)
    workspace.deliver()
    workspace.work()
    for event in (
        "link.created",
        "payment.succeeded",
        "link.paid",
        "payment.refunded",
        "dispute.opened",
    ):
        page = choose(choose(member.get(NEW), event=event), action="write_note")
        page = form_to(page, NEW).submit("step", value="preview", status=200)
        note = page.html.select_one("#preview pre").get_text()
        assert note, event
        assert DRAFTS[event].partition("{{")[0] in note
        assert "not known" not in note.replace("Answer by not known", "")


def test_thirty_payments_ask_as_often_as_three(member: Browser, workspace: Workspace) -> None:
    for _ in range(3):
        paid(workspace, quantity=1)
    member.get(NEW)
    with counted(workspace) as few:
        member.get(NEW)
    for _ in range(5):
        paid(workspace, quantity=1)
    with counted(workspace) as more:
        member.get(NEW)
    assert len(more) == len(few)

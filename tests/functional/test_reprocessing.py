"""Another turn for deliveries: by schedule, by hand, one or all that failed."""

from core.audit.models import AuditEntry
from core.inbox.models import WebhookDelivery
from plugins.stripe_provider.simulator import auth, seed
from tests.deliveries import copied, delivery, down, paid, up
from tests.functional.test_webhooks import about, receive
from tests.pages import form_to, words
from tests.support import Browser, Clock
from tests.workspace import LEAD, Workspace

NEW_KEY = "sk_test_northwind_rolled_51Hq9"
ASKED = "The provider is asked what is true now: nothing is paid or noted twice."


def test_a_delivery_tells_what_was_tried(member: Browser, workspace: Workspace, clock: Clock) -> None:
    id = paid(workspace)
    down(workspace)
    for _ in range(3):
        workspace.work()
        clock.turn(minutes=1)
    page = member.get(f"/deliveries/{id}")
    log = [entry.get_text(" ", strip=True) for entry in page.html.select(".timeline li")]
    assert len(log) == 4
    assert "Received, its signature verified, and stored." in log[-1]
    assert "Stripe" in log[0]
    up(workspace)
    clock.turn(minutes=1)
    workspace.work()
    page = member.get(f"/deliveries/{id}")
    assert "Processed" in words(page)
    assert len(page.html.select(".timeline li")) == 5
    link_id = delivery(workspace, id).link_id
    assert page.html.find("main").find("a", href=f"/links/{link_id}")
    assert not page.html.find(id="delivery").has_attr("data-refresh")


def test_what_failed_is_reprocessed_by_hand(member: Browser, workspace: Workspace) -> None:
    id = paid(workspace)
    event = delivery(workspace, id).event
    link = workspace.stripe.get("payment_link", event["link_ref"])
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        row = session.get_one(WebhookDelivery, id)
        row.job_state, row.result, row.attempts = "failed", "The provider said no.", 1
    assert link
    page = member.get(f"/deliveries/{id}")
    assert "The provider said no." in words(page)
    page = form_to(page, f"/deliveries/{id}/reprocess").submit(status=303).follow()
    assert "The event is in line, and applied again in a moment." in words(page)
    assert page.html.find(id="delivery")["data-refresh"] == "3"
    assert "Reprocessed. by Asha Rao" in words(page)
    workspace.work()
    assert delivery(workspace, id).job_state == "done"
    entry = workspace.rows(AuditEntry, AuditEntry.action == "delivery.reprocessed")[0]
    assert (entry.target, entry.actor_id) == (id, workspace.owner.user_id)
    assert entry.detail == {"event": event["event_id"], "was": "failed"}


def test_reprocessing_what_was_applied_does_nothing_twice(member: Browser, workspace: Workspace) -> None:
    id = paid(workspace)
    workspace.work()
    link_id = delivery(workspace, id).link_id
    assert link_id
    before = workspace.events(link_id), workspace.runs(link_id), workspace.notes(), workspace.moves()
    form_to(member.get(f"/deliveries/{id}"), f"/deliveries/{id}/reprocess").submit(status=303)
    assert workspace.work() == 1
    assert delivery(workspace, id).job_state == "done"
    assert len(workspace.payments(link_id)) == 1
    assert before == (
        workspace.events(link_id),
        workspace.runs(link_id),
        workspace.notes(),
        workspace.moves(),
    )


def test_what_the_provider_means_for_nobody_is_not_reprocessed(
    member: Browser, workspace: Workspace
) -> None:
    receive(workspace, about("link_created", workspace, workspace.open_link()))
    (one,) = workspace.deliveries()
    page = member.get(f"/deliveries/{one.id}")
    assert page.html.find("main").form is None
    token = page.forms[0]["csrf_token"].value
    page = member.post(f"/deliveries/{one.id}/reprocess", {"csrf_token": token}, status=303).follow()
    assert "There is nothing to be done again" in words(page)
    assert delivery(workspace, one.id).job_state == "skipped"


def test_all_that_failed_or_waits_is_reprocessed_as_far_as_the_filters_reach(
    member: Browser, workspace: Workspace
) -> None:
    first, second = paid(workspace), paid(workspace, LEAD)
    down(workspace)
    workspace.work()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.get_one(WebhookDelivery, first).job_state = "failed"
        for number in range(450):
            failed = copied(delivery(workspace, first), f"whd_0{number:03}")
            failed.job_state, failed.type = "failed", "of.another.type"
            session.add(failed)
    up(workspace)
    page = member.get("/deliveries?type=checkout")
    assert "2 events could not be applied yet." in words(page)
    assert ASKED in words(page)
    page = form_to(page, "/deliveries/reprocess").submit(status=303).follow()
    assert "2 events are in line, and applied again in a moment." in words(page)
    assert page.html.find(id="type")["value"] == "checkout"
    workspace.work()
    assert {delivery(workspace, id).job_state for id in (first, second)} == {"done"}
    page = member.get("/deliveries")
    assert "450 events could not be applied yet." in words(page)
    page = form_to(page, "/deliveries/reprocess").submit(status=303).follow()
    assert "450 events are in line" in words(page)
    assert "could not be applied" not in words(page)
    entries = workspace.rows(AuditEntry, AuditEntry.action == "deliveries.reprocessed")
    assert [entry.detail["count"] for entry in entries] == [2, 200, 200, 50]


def test_a_new_key_takes_up_at_once_what_waited_for_it(member: Browser, workspace: Workspace) -> None:
    id = paid(workspace)
    store = workspace.sims.stripe.store
    auth.add_key(store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    workspace.work()
    assert workspace.work() == 0  # its time hasn't come
    auth.add_key(store, NEW_KEY, seed.NORTHWIND.id)
    path = f"/accounts/{workspace.account_id}"
    form = form_to(member.get(path), f"{path}/key")
    form["key-secret_key"] = NEW_KEY
    form.submit(status=303)
    workspace.work()
    assert delivery(workspace, id).job_state == "done"
    log = words(member.get(f"/deliveries/{id}"))
    assert "The account got a new key." in log
    assert "wrong, expired or revoked" in log

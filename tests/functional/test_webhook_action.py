"""Rules that send webhooks: from the rule's form to the receiver, and what becomes of the secret."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from core.rules.configs import opened
from core.rules.models import ActionRun, Rule
from core.sandbox import demo
from plugins.actions_webhook import simulator
from plugins.actions_webhook.simulator import SECRET, WebhookReceiver
from tests.functional.conftest import Address
from tests.functional.test_rule_pages import NEW, choose, rule
from tests.pages import form_to, problems, words
from tests.support import Browser, Clock
from tests.workspace import Workspace

OTHER = "whsec_" + "A" * 32


@pytest.fixture
def receiver(ini: dict[str, str], address: Address) -> Iterator[WebhookReceiver]:
    """Asked for before the app, which may call it: it is in no public network."""
    receiver = WebhookReceiver(base_url=address.url, held=True)
    address.vendor = receiver
    ini["dealpay.actions_webhook.origins"] = f"http://hooks.internal {address.url}"
    yield receiver
    receiver.store.close()


def add(member: Browser, url: str, secret: str = SECRET, event: str = "payment.succeeded") -> None:
    form = form_to(choose(choose(member.get(NEW), event=event), action="send_webhook"), NEW)
    form["name"], form["1-send_webhook-url"], form["1-send_webhook-secret"] = "Tell them", url, secret
    form.submit(status=303)


def pay(workspace: Workspace) -> None:
    workspace.pay(workspace.open_link(quantity=250))
    workspace.deliver()
    workspace.work()


def the_run(workspace: Workspace) -> ActionRun:
    (found,) = workspace.rows(ActionRun, ActionRun.action == "send_webhook")
    assert isinstance(found, ActionRun)
    return found


def test_a_payment_is_told_signed(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace
) -> None:
    add(member, f"{receiver.base_url}/hooks/orders")
    assert rule(workspace, "Tell them").actions[0].summary == "Send a webhook to 127.0.0.1."
    pay(workspace)
    [message] = receiver.messages()
    run = the_run(workspace)
    assert (run.job_state, run.result) == ("done", "127.0.0.1 answered 200")
    assert message["id"] == run.id
    assert message["message"]["data"]["payment"]["amount"] == {"minor": 25_000, "currency": "INR"}


def test_a_receiver_that_is_down_is_tried_again(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace, clock: Clock
) -> None:
    receiver.faults.add("unavailable")
    receiver.faults.add("lost_reply")
    add(member, f"{receiver.base_url}/hooks/orders")
    pay(workspace)
    assert the_run(workspace).last_error == "127.0.0.1 answered 503."
    for _ in range(2):
        clock.turn(minutes=1)
        workspace.work()
    assert the_run(workspace).job_state == "done"
    assert len(receiver.messages()) == 1


def test_a_no_is_shown_and_may_be_retried(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace
) -> None:
    add(member, f"{receiver.base_url}/hooks/orders", OTHER)
    pay(workspace)
    assert the_run(workspace).job_state == "failed"
    page = member.get("/rules")
    assert "127.0.0.1 refused the message: it answered 401." in words(page)
    saved = rule(workspace, "Tell them")
    form = form_to(member.get(f"/rules/{saved.id}"), f"/rules/{saved.id}")
    form["1-send_webhook-secret"] = SECRET
    form.submit(status=303)
    form_to(member.get("/rules"), f"/runs/{the_run(workspace).id}/retry").submit(status=303)
    workspace.work()
    assert the_run(workspace).job_state == "done"
    assert len(receiver.messages()) == 1


def test_the_secret_is_sealed_and_never_sent_back(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace
) -> None:
    add(member, f"{receiver.base_url}/hooks/orders")
    pay(workspace)
    saved, run = rule(workspace, "Tell them"), the_run(workspace)
    action = saved.actions[0]
    assert SECRET not in repr((action.config, run.config, run.event, run.result))
    page = member.get(f"/rules/{saved.id}")
    assert SECRET not in page.text
    form = form_to(page, f"/rules/{saved.id}")
    assert form["1-send_webhook-secret"].value == ""
    form["name"] = "Tell them still"
    form.submit(status=303)
    action = rule(workspace, "Tell them still").actions[0]
    kept = opened(workspace.app, workspace.tenant_id, action.id, action.config)
    assert kept["secret"].get_secret_value() == SECRET


def test_a_secret_that_is_made_is_shown_once_and_signs(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = choose(choose(member.get(NEW), event="payment.succeeded"), action="send_webhook")
    assert "Leave it empty to have one made, which you see once." in words(page)
    add(member, f"{receiver.base_url}/hooks/orders", secret="")
    with workspace.app.db.engine.connect() as connection:
        sessions = repr(connection.execute(text("select * from web_sessions")).all())
    shown = member.get("/rules").html.find("input", attrs={"aria-label": "Signing secret"})["value"]
    assert shown.startswith("whsec_")
    assert shown not in sessions
    assert shown not in member.get("/rules").text
    saved = rule(workspace, "Tell them")
    form = form_to(member.get(f"/rules/{saved.id}"), f"/rules/{saved.id}")
    assert "Leave it empty to keep the one that is stored." in words(member.get(f"/rules/{saved.id}"))
    assert "Copy this now" not in words(form.submit(status=303).follow())
    monkeypatch.setattr(simulator, "SECRET", shown)
    pay(workspace)
    assert len(receiver.messages()) == 1


def test_a_made_secret_is_shown_to_whoever_saved_the_rule(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace, wsgi: Any
) -> None:
    add(member, f"{receiver.base_url}/hooks/orders", secret="")
    other = Browser(wsgi)
    other.sign_in(demo.OWNER, demo.PASSWORD)
    assert "Copy this now" not in words(other.get("/rules"))
    assert "Copy this now" in words(member.get("/rules"))


def test_a_sealed_secret_opens_for_its_own_action_only(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace
) -> None:
    add(member, f"{receiver.base_url}/hooks/orders")
    stolen = rule(workspace, "Tell them").actions[0].config
    add(member, f"{receiver.base_url}/hooks/orders", OTHER, event="link.created")
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        other = session.query(Rule).filter_by(name="Tell them", event="link.created").one()
        other.actions[0].config = stolen
        rule_id = other.id
    page = member.get(f"/rules/{rule_id}")
    assert form_to(page, f"/rules/{rule_id}")["1-send_webhook-url"].value.endswith("/hooks/orders")
    assert "Leave it empty to have one made" in words(page)
    workspace.open_link()
    workspace.work()
    run = workspace.rows(ActionRun, ActionRun.action == "send_webhook")[-1]
    assert run.job_state == "failed"
    assert run.result == "The rule's secret can't be opened any more: enter it again in the rule."
    assert receiver.messages() == []


def test_what_is_wrong_is_said_beside_it(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace
) -> None:
    form = form_to(choose(choose(member.get(NEW), event="link.paid"), action="send_webhook"), NEW)
    form["1-send_webhook-url"], form["1-send_webhook-secret"] = "http://example.com/", "whsec_short"
    assert problems(form.submit(status=422)) == [
        "Behind whsec_ a signing secret is base64; copy all of it."
    ]
    form["1-send_webhook-secret"] = SECRET
    page = form.submit(status=422)
    assert problems(page) == ["The address has to begin with https://."]
    assert form_to(page, NEW)["1-send_webhook-url"].value == "http://example.com/"


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://localhost/hook", "https://10.1.2.3/"])
def test_nothing_private_is_called(
    receiver: WebhookReceiver, member: Browser, workspace: Workspace, url: str
) -> None:
    add(member, url)
    pay(workspace)
    run = the_run(workspace)
    assert run.job_state == "failed"
    assert "is in a private network, or is this server itself" in (run.last_error or "")

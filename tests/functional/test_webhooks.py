"""What becomes of each of Stripe's sample events: answer, delivery, link, payment, runs."""

import copy
import json
from dataclasses import dataclass
from typing import Any

import pytest

from core.api.money import Money
from core.inbox.models import WebhookDelivery
from core.links.models import Dispute, Refund
from core.testing.store import Doc
from plugins.stripe_provider import mapping
from plugins.stripe_provider.simulator import signed
from tests.contract.schema import DATA
from tests.rules import add_rule
from tests.support import Browser
from tests.workspace import MOVE_DEAL, MOVE_LEAD, PAID_NOTE, Workspace, everything

EVENTS: dict[str, Doc] = json.loads((DATA / "stripe-events.json").read_text())["events"]
SAMPLE_LINK = "plink_1TestLink000000000000001"

PENDING, FAILED, LINK_PAID = "payment.pending", "payment.failed", "link.paid"
SUCCESS = {MOVE_DEAL: "done", MOVE_LEAD: "skipped", PAID_NOTE: "done", LINK_PAID: "done"}

APPLIED = "The link's payments were brought up to date."
NOT_FOLLOWED = "Dealpay doesn't follow events of this type."
NO_LINK = "The checkout wasn't opened from a payment link."
NOT_OURS = "It is about a payment link that this workspace didn't make."


@dataclass(frozen=True)
class Case:
    """What is expected of one event, which comes after ``before``."""

    delivery: str
    reason: str
    link: str
    payment: str | None = None
    runs: tuple[tuple[str, str], ...] = ()
    before: str | None = None
    problem: str | None = None
    taken: tuple[tuple[str, int], ...] = ()


def paid(before: str | None = None) -> Case:
    return Case("done", APPLIED, "paid", "succeeded", tuple(SUCCESS.items()), before)


def ignored(reason: str, link: str = "open", payment: str | None = None, **more: Any) -> Case:
    return Case("skipped", reason, link, payment, **more)


#: What came back is on the ledger beside the payment, whose own state stays.
def afterwards(state: str, minor: int) -> Case:
    """A refund or a dispute of a payment of 12.34 EUR."""
    return Case("done", APPLIED, "paid", "succeeded", before="paid_card", taken=((state, minor),))


TABLE = {
    "paid_card": paid(),
    "paid_jpy_zero_decimal": paid(),
    "paid_kwd_three_decimal": paid(),
    "paid_isk_wire_two_decimal": paid(),
    "free_by_promo_code": Case(
        "done", APPLIED, "open", "succeeded", problem="0.00 EUR was paid where 12.34 EUR was asked."
    ),
    "delayed_1_completed_unpaid": Case("done", APPLIED, "open", "pending", ((PENDING, "done"),)),
    "delayed_2_succeeded": paid("delayed_1_completed_unpaid"),
    "delayed_2_failed": Case(
        "done", APPLIED, "open", "failed", ((FAILED, "done"),), "delayed_1_completed_unpaid"
    ),
    "expired": Case("done", APPLIED, "open"),
    "other_app_same_account": ignored(NOT_OURS),
    "no_payment_link_plain_checkout": ignored(NO_LINK),
    "link_created": ignored(NOT_FOLLOWED),
    "link_used_up": ignored(NOT_FOLLOWED),
    "declined": ignored(NO_LINK),
    "refund_created": afterwards("succeeded", 1234),
    "refund_failed": afterwards("failed", 1234),
    "charge_refunded_full": afterwards("succeeded", 1234),
    "charge_refunded_partial": afterwards("succeeded", 234),
    "dispute_opened": afterwards("open", 1234),
    "dispute_lost": afterwards("lost", 1234),
    "dispute_won": afterwards("won", 1234),
}


def test_the_table_names_every_sample() -> None:
    assert set(TABLE) == set(EVENTS)
    assert len(EVENTS) == 21


def amount_of(event: Doc) -> Money:
    """What a link must ask for to fit the event; 12.34 EUR where the event names no amount."""
    session = event["data"]["object"]
    return mapping.from_wire(session.get("amount_total") or 1234, session.get("currency") or "eur")


def about(name: str, workspace: Workspace, link_id: str) -> Doc:
    """A sample event, about our link where it was about the link of the samples; made true."""
    event = copy.deepcopy(EVENTS[name])
    about = event["data"]["object"]
    if about.get("payment_link") == SAMPLE_LINK:
        about["payment_link"] = workspace.link(link_id).provider_ref
        about["metadata"] = workspace.stripe.get("payment_link", about["payment_link"])["metadata"]
    workspace.sims.stripe.adopt(event)
    return event


def receive(workspace: Workspace, event: Doc) -> int:
    at = int(workspace.app.clock().timestamp())
    return workspace.send(*signed(event, workspace.signing_secret(), at))


def note_when(workspace: Workspace, *events: str) -> None:
    """A rule for each event, called as the event is."""
    config = workspace.app.plugins.action("write_note").Config(template="{{payment.amount}} {{date}}")
    for event in events:
        add_rule(workspace.app, workspace.owner, event, event, ("write_note", config))


@pytest.mark.parametrize("name", TABLE)
def test_an_event(workspace: Workspace, name: str) -> None:
    case = TABLE[name]
    note_when(workspace, PENDING, FAILED, LINK_PAID)
    product = workspace.product(amount_of(EVENTS[name]))
    link_id = workspace.open_link(product=product)
    if case.before:
        assert receive(workspace, about(case.before, workspace, link_id)) == 200
    workspace.work()
    before = workspace.runs(link_id)

    event = about(name, workspace, link_id)
    assert receive(workspace, event) == 200
    workspace.work()

    delivery = workspace.deliveries()[-1]
    assert (delivery.event_id, delivery.type) == (event["id"], event["type"])
    assert (delivery.job_state, delivery.result) == (case.delivery, case.reason)
    assert workspace.link(link_id).state == case.link
    payments = workspace.payments(link_id)
    assert [payment.state for payment in payments] == ([case.payment] if case.payment else [])
    assert [payment.problem for payment in payments if payment.problem] == (
        [case.problem] if case.problem else []
    )
    taken = [*workspace.rows(Refund), *workspace.rows(Dispute)]
    assert [(one.state, one.amount.minor) for one in taken] == list(case.taken)
    caused = {rule: state for rule, state in workspace.runs(link_id).items() if rule not in before}
    assert caused == dict(case.runs)


def test_an_event_of_the_other_mode_is_stored_and_ignored(workspace: Workspace) -> None:
    event = about("paid_card", workspace, workspace.open_link()) | {"livemode": True}
    assert receive(workspace, event) == 200
    (delivery,) = workspace.deliveries()
    assert delivery.job_state == "skipped"
    assert delivery.result == "The event isn't of the test mode that the key is for."


def test_an_inactive_accounts_events_are_stored_and_applied(workspace: Workspace) -> None:
    link_id = workspace.open_link()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.merge(workspace.account()).active = False
    workspace.pay(link_id)
    assert workspace.deliver() == [200]
    workspace.work()
    assert workspace.link(link_id).state == "paid"
    assert workspace.runs(link_id)[MOVE_DEAL] == "done"


def test_an_unknown_address_is_not_found(workspace: Workspace) -> None:
    sent = signed(EVENTS["paid_card"], workspace.signing_secret())
    token = workspace.account().webhook_token
    for path in ("/webhooks/stripe/unknown", f"/webhooks/paypal/{token}", f"/webhooks/stripe/{token}x"):
        assert workspace.send(*sent, path=path) == 404
    assert everything(workspace.app, WebhookDelivery) == []


def test_the_body_has_a_limit(workspace: Workspace) -> None:
    at = int(workspace.app.clock().timestamp())
    event = EVENTS["paid_card"] | {"padding": "x" * 1024 * 1024}
    assert workspace.send(*signed(event, workspace.signing_secret(), at)) == 413
    assert everything(workspace.app, WebhookDelivery) == []


def test_while_the_providers_plugin_is_gone_stripe_is_to_come_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    (held,) = workspace.sims.stripe.deliveries.held or []
    with monkeypatch.context() as gone:
        gone.delitem(workspace.app.plugins._providers, "stripe")
        assert workspace.deliver() == [503]
    assert workspace.send(held.body, held.headers()) == 200
    workspace.work()
    assert workspace.link(link_id).state == "paid"


def test_only_a_post_is_taken(workspace: Workspace, browser: Browser) -> None:
    assert browser.get(workspace.webhook_path, expect_errors=True).status_int in (404, 405)
    assert browser.put(workspace.webhook_path, "{}", expect_errors=True).status_int in (404, 405)


def test_an_id_as_long_as_it_may_be_is_taken(workspace: Workspace) -> None:
    event = about("paid_card", workspace, workspace.open_link())
    event["id"], event["data"]["object"]["payment_link"] = "evt_" + "1" * 251, "plink_" + "1" * 249
    assert receive(workspace, event) == 200
    workspace.work()
    (delivery,) = workspace.deliveries()
    assert (delivery.job_state, delivery.result) == ("skipped", NOT_OURS)


def test_a_link_that_was_copied_at_the_provider_is_not_ours(workspace: Workspace) -> None:
    """Whoever duplicates a link in the dashboard duplicates our id in its metadata."""
    link_id = workspace.open_link()
    event = about("paid_card", workspace, link_id)
    event["data"]["object"]["payment_link"] = "plink_1ACopyOfOurs"
    assert receive(workspace, event) == 200
    workspace.work()
    (delivery,) = workspace.deliveries()
    assert (delivery.job_state, delivery.result) == ("skipped", NOT_OURS)
    assert workspace.link(link_id).state == "open"

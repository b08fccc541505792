"""What may come after a payment: refunds, disputes, second payments; told by webhooks or found."""

from collections.abc import Callable

import pytest
import requests

from core.connections.service import crm_port
from core.links import service as links
from core.links.models import Dispute, Flag, Refund
from core.rules.models import ActionRun, Rule
from plugins.stripe_provider.simulator import endpoints
from plugins.stripe_provider.simulator import links as provider_links
from tests.functional.test_webhooks import note_when
from tests.pages import words
from tests.rules import add_rule
from tests.support import Browser, Clock
from tests.workspace import MOVE_DEAL, Workspace

REFUNDED, OPENED, CLOSED = "payment.refunded", "dispute.opened", "dispute.closed"
NONE, ATTENTION = Flag(0), Flag.NEEDS_ATTENTION

Learn = Callable[[str], None]


@pytest.fixture
def following(workspace: Workspace) -> Workspace:
    """A note is written on each event after a payment, and a refund takes the deal back."""
    (endpoint,) = workspace.stripe.all("webhook_endpoint")
    endpoints.update(workspace.stripe, {"enabled_events": ["*"]}, endpoint["id"])
    note_when(workspace, REFUNDED, OPENED, CLOSED)
    move_when(workspace, REFUNDED, "Negotiation")
    return workspace


def move_when(workspace: Workspace, event: str, stage: str) -> None:
    """A rule that moves a deal in the pipeline where the sandbox's own rule moves it."""
    (known,) = workspace.rows(Rule, Rule.name == MOVE_DEAL)
    config, action = known.actions[0].config, workspace.app.plugins.action("move_stage")
    crm = crm_port(workspace.app, workspace.tenant_id)
    (pipeline,) = (one for one in crm.list_pipelines("deal") if one.id == config["pipeline_id"])
    (wanted,) = (one for one in pipeline.stages if one.name == stage)
    add_rule(
        workspace.app,
        workspace.owner,
        f"{event}: {stage}",
        event,
        ("move_stage", action.Config(**config | {"stage_id": wanted.id, "stage_name": stage})),
    )


@pytest.fixture(params=["told", "found"])
def learn(request: pytest.FixtureRequest, following: Workspace) -> Learn:
    """How the app learns what has happened to a link; then all that follows is done.

    Stripe's webhooks tell it, or they are lost and it is found by asking.
    """

    def told(link_id: str) -> None:
        following.deliver()
        following.work()

    def found(link_id: str) -> None:
        following.sims.stripe.deliveries.held = []
        links.refresh(following.app, following.tenant_id, link_id)
        following.work()

    return told if request.param == "told" else found


def outcomes(workspace: Workspace, event: str, action: str) -> list[str]:
    """How the runs of an action on an event ended."""
    mine = (ActionRun.event_name == event, ActionRun.action == action)
    return [run.job_state for run in workspace.rows(ActionRun, *mine)]


def test_parts_that_are_refunded_add_up(following: Workspace, learn: Learn) -> None:
    link_id = following.open_link(quantity=100)
    visit = following.pay(link_id)
    learn(link_id)
    for minor, flag, stage in (
        (4000, Flag.REFUNDED_PART, "Won"),
        (3500, Flag.REFUNDED_PART, "Won"),
        (2500, Flag.REFUNDED_FULL, "Negotiation"),
    ):
        following.refund(visit, minor)
        learn(link_id)
        assert following.link(link_id).flags == flag
        assert following.stage() == stage
    assert following.link(link_id).state == "paid"
    assert following.moves() == 2
    assert following.events(link_id).count(REFUNDED) == 3
    assert outcomes(following, REFUNDED, "write_note") == ["done"] * 3
    assert outcomes(following, REFUNDED, "move_stage") == ["skipped", "skipped", "done"]


def test_of_two_payments_one_goes_back(following: Workspace, learn: Learn) -> None:
    link_id = following.open_link()
    first, second = following.pay(link_id), following.pay(link_id, name="Somebody Else")
    learn(link_id)
    assert following.link(link_id).flags == Flag.OVERPAID | ATTENTION
    following.refund(second)
    learn(link_id)
    assert (following.link(link_id).state, following.link(link_id).flags) == ("paid", NONE)
    assert [one.state for one in following.payments(link_id)] == ["succeeded", "succeeded"]
    assert (following.stage(), outcomes(following, REFUNDED, "move_stage")) == ("Won", ["skipped"])
    following.refund(first)
    learn(link_id)
    assert following.link(link_id).flags == Flag.REFUNDED_FULL
    assert following.stage() == "Negotiation"


def test_a_refund_that_the_bank_sends_back(following: Workspace, learn: Learn) -> None:
    link_id = following.open_link()
    visit = following.pay(link_id)
    refund = following.refund(visit)
    learn(link_id)
    assert following.link(link_id).flags == Flag.REFUNDED_FULL
    following.settle_refund(refund, succeeded=False)
    learn(link_id)
    assert following.link(link_id).flags == ATTENTION
    assert following.events(link_id)[-2:] == [REFUNDED, "refund.returned"]
    following.refund(visit)
    learn(link_id)
    assert following.link(link_id).flags == Flag.REFUNDED_FULL
    assert sorted(one.state for one in following.rows(Refund)) == ["failed", "succeeded"]


def test_a_refund_of_a_bank_debit_waits_for_the_bank(following: Workspace, learn: Learn) -> None:
    link_id = following.open_link()
    visit = following.pay(link_id, method="bank_debit")
    following.settle(visit, "succeeded")
    refund = following.refund(visit)
    learn(link_id)
    assert following.link(link_id).flags == NONE
    assert following.events(link_id)[-1] == "refund.pending"
    following.settle_refund(refund, succeeded=True)
    learn(link_id)
    assert following.link(link_id).flags == Flag.REFUNDED_FULL
    assert outcomes(following, REFUNDED, "write_note") == ["done"]


@pytest.mark.parametrize(("won", "flags", "left"), [(True, NONE, 100), (False, Flag.DISPUTED, 0)])
def test_a_dispute(following: Workspace, learn: Learn, won: bool, flags: Flag, left: int) -> None:
    move_when(following, CLOSED, "Negotiation")
    link_id = following.open_link()
    visit = following.pay(link_id)
    learn(link_id)
    dispute = following.dispute(visit)
    learn(link_id)
    assert following.link(link_id).flags == Flag.DISPUTED | ATTENTION
    following.close_dispute(dispute, won=won)
    learn(link_id)
    assert following.link(link_id).flags == flags
    (row,) = following.rows(Dispute)
    assert (row.state, row.reason) == ("won" if won else "lost", "fraudulent")
    assert following.events(link_id)[-2:] == [OPENED, CLOSED]
    assert outcomes(following, OPENED, "write_note") == ["done"]
    assert outcomes(following, CLOSED, "write_note") == ["done"]
    assert following.stage() == ("Won" if won else "Negotiation")
    told = following.rows(ActionRun, ActionRun.event_name == CLOSED)[-1].event
    assert told["link"]["left"] == {"minor": left, "currency": "INR"}


def test_what_was_paid_after_the_link_was_closed_is_late(following: Workspace, learn: Learn) -> None:
    """Somebody closed it in Stripe's dashboard, while a customer had its page open."""
    link_id = following.open_link()
    link = following.link(link_id)
    assert link.url
    assert link.provider_ref
    visit = requests.get(link.url, allow_redirects=False, timeout=30).headers["Location"]
    provider_links.update(following.stripe, {"active": False}, link.provider_ref)
    links.refresh(following.app, following.tenant_id, link_id)
    assert following.link(link_id).state == "deactivated"
    card = {"method": "card", "number": "4242424242424242", "expiry": "12/34", "code": "123"}
    form = {"name": "Meena Payer", "email": "meena@payer.example", **card}
    requests.post(visit, data=form, allow_redirects=False, timeout=30)
    learn(link_id)
    assert following.link(link_id).state == "paid"
    assert following.link(link_id).flags == Flag.PAID_LATE | ATTENTION
    following.refund(visit)
    learn(link_id)
    assert following.link(link_id).flags == Flag.PAID_LATE | Flag.REFUNDED_FULL


def test_the_page_of_a_link_shows_what_came_after_its_payment(
    following: Workspace, member: Browser, clock: Clock
) -> None:
    link_id = following.open_link(quantity=100)
    visit = following.pay(link_id)
    following.refund(visit, 4000)
    following.deliver()
    following.work()
    said = words(member.get(f"/links/{link_id}"))
    assert "Paid Refunded in part TEST" in said
    assert "Refunded ₹40.00 INR Net ₹60.00 INR" in said
    assert "Refund to Meena Payer \N{MINUS SIGN}₹40.00 INR Refunded" in said
    assert "₹40.00 INR went back to Meena Payer. ₹60.00 INR of the payment is left." in said
    assert "Confirmed with Stripe just now" in said
    following.dispute(visit)
    following.deliver()
    following.work()
    said = words(member.get(f"/links/{link_id}"))
    assert (
        "Meena Payer disputes ₹100.00 INR with their bank (fraudulent). Answer it with Stripe by" in said
    )
    assert "Dispute by Meena Payer fraudulent ₹100.00 INR Dispute open" in said
    clock.turn(days=10)
    assert "An answer was due by" in words(member.get(f"/links/{link_id}"))


def test_links_that_need_attention_are_a_filter_of_the_logs(
    following: Workspace, member: Browser
) -> None:
    assert "No payment links yet" in words(member.get("/links"))
    fine, twice = following.open_link(), following.open_link()
    assert "Nothing needs attention" in words(member.get("/links?status=attention"))
    for link_id in (fine, twice, twice):
        following.pay(link_id)
    following.deliver()
    following.work()
    page = member.get("/links?status=attention")
    (row,) = page.html.find("main").select("tbody tr")
    assert row.th.a["href"] == f"/links/{twice}"
    assert "Paid Needs attention Overpaid TEST" in " ".join(row.get_text(" ").split())
    assert page.html.find("option", selected=True).text == "Needs attention"
    assert "1.00 INR was paid once more" in words(member.get(f"/links/{twice}"))

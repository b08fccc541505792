"""Events that can't be applied yet: what is tried again and again, and what is given up."""

import pytest

from core.api.errors import CredentialsError, NotFound, Throttled, Unsupported
from core.connections import service as connections
from core.inbox import tasks
from core.inbox.models import DeliveryEntry, WebhookDelivery
from core.jobs.runner import DELAYS
from core.links import service as links
from core.links.models import Refund
from core.people.service import Member
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import auth, seed
from tests.deliveries import delivery, down, paid, up
from tests.functional.test_webhooks import EVENTS, about, amount_of, receive
from tests.support import Clock
from tests.workspace import LEAD, Workspace, everything

THEIR_KEY = "sk_test_of_the_other_51Hq9"
NOT_KNOWN_YET = "The payment that it is about isn't known here yet."
NOT_OURS = "It is about a payment that wasn't made on a payment link of this workspace."


def answer(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Whatever asks for the truth about a link gets ``error``."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(links, "refresh", fail)


def use_up_the_schedule(workspace: Workspace, clock: Clock) -> None:
    workspace.work()
    for delay in (*DELAYS, DELAYS[-1]):
        clock.turn(seconds=delay)
        workspace.work()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CredentialsError("The key was revoked."), "The key was revoked."),
        (Unsupported("The plugin is off."), "The plugin is off."),
        (
            ZeroDivisionError(),
            "Something unexpected went wrong (ZeroDivisionError); the log says more.",
        ),
    ],
)
def test_what_says_nothing_about_the_event_is_never_given_up(
    workspace: Workspace,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    reason: str,
) -> None:
    id = paid(workspace)
    with monkeypatch.context() as broken:
        answer(broken, error)
        use_up_the_schedule(workspace, clock)
    waits = delivery(workspace, id)
    assert (waits.job_state, waits.last_error) == ("pending", reason)
    assert (waits.due_at - clock()).total_seconds() == DELAYS[-1]
    # The log says it for each try of the schedule, and not every few hours from then on.
    assert [entry.text for entry in workspace.rows(DeliveryEntry)] == [reason] * len(DELAYS)
    clock.turn(seconds=DELAYS[-1])
    workspace.work()
    assert delivery(workspace, id).job_state == "done"


def test_a_provider_that_is_down_for_a_day_costs_no_payment(workspace: Workspace, clock: Clock) -> None:
    id = paid(workspace)
    down(workspace)
    use_up_the_schedule(workspace, clock)
    assert delivery(workspace, id).job_state == "pending"
    up(workspace)
    clock.turn(hours=8)
    workspace.work()
    assert workspace.link(str(delivery(workspace, id).link_id)).state == "paid"


def test_only_a_no_of_the_provider_is_final(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = paid(workspace)
    answer(monkeypatch, NotFound("The provider doesn't know this link any more."))
    workspace.work()
    one = delivery(workspace, id)
    assert (one.job_state, one.attempts) == ("failed", 1)
    assert one.result == "The provider doesn't know this link any more."
    assert one.body


def test_waiting_for_the_rate_limit_is_no_try(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = paid(workspace)
    answer(monkeypatch, Throttled("Too many requests.", retry_after=5))
    workspace.work()
    one = delivery(workspace, id)
    assert (one.job_state, one.attempts) == ("pending", 0)
    assert workspace.rows(DeliveryEntry) == []


def test_a_refund_that_overtakes_its_payment_waits_for_it(workspace: Workspace, clock: Clock) -> None:
    product = workspace.product(amount_of(EVENTS["paid_card"]))
    link_id = workspace.open_link(product=product)
    payment = about("paid_card", workspace, link_id)
    assert receive(workspace, about("refund_created", workspace, link_id)) == 200
    workspace.work()
    (refund,) = workspace.deliveries()
    assert (refund.job_state, refund.attempts, refund.last_error) == ("pending", 0, NOT_KNOWN_YET)
    assert receive(workspace, payment) == 200
    for _ in range(2):
        clock.turn(minutes=1)
        workspace.work()
    assert [one.job_state for one in workspace.deliveries()] == ["done", "done"]
    assert {one.link_id for one in workspace.deliveries()} == {link_id}
    assert len(workspace.rows(Refund)) == 1


def test_a_refund_of_somebody_elses_payment_is_let_go(workspace: Workspace, clock: Clock) -> None:
    receive(workspace, about("refund_created", workspace, workspace.open_link()))
    for _ in range(11):
        workspace.work()
        clock.turn(minutes=1)
    (refund,) = workspace.deliveries()
    assert (refund.job_state, refund.result) == ("skipped", NOT_OURS)


def test_an_event_about_a_link_that_is_still_being_made_waits_for_it(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = paid(workspace)
    with monkeypatch.context() as early:
        early.setattr(links, "refresh", lambda *_: False)
        workspace.work()
        waits = delivery(workspace, id)
        assert (waits.job_state, waits.last_error) == (
            "pending",
            "Its payment link is still being made.",
        )
        clock.turn(minutes=10)
        workspace.work()
    assert delivery(workspace, id).job_state == "skipped"


def test_one_workspaces_key_holds_up_no_other_workspace(workspace: Workspace, stranger: Member) -> None:
    """Both have connected the same account, and both are told of the same payment."""
    auth.add_key(workspace.sims.stripe.store, THEIR_KEY, seed.NORTHWIND.id)
    settings = StripeSettings(secret_key=THEIR_KEY)
    connections.connect_account(workspace.app, stranger, "stripe", "", settings)
    link_id = workspace.open_link()
    workspace.pay(link_id)
    assert workspace.deliver() == [200, 200]
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    workspace.work()
    states = {one.tenant_id: one.job_state for one in everything(workspace.app, WebhookDelivery)}
    assert states == {workspace.tenant_id: "pending", stranger.tenant_id: "skipped"}


def test_bodies_are_emptied_some_at_a_time(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        paid(workspace, LEAD)
    workspace.work()
    monkeypatch.setattr(tasks, "_AT_ONCE", 2)
    clock.turn(days=30, minutes=1)
    assert tasks.clean_up(workspace.app) == "Bodies emptied: 3."
    assert {one.body for one in workspace.deliveries()} == {""}
    assert tasks.clean_up(workspace.app) is None

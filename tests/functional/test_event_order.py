"""The events of one payment, in any order and any number: the same end, each effect once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.stripe_provider.simulator import endpoints
from tests.functional.test_webhooks import FAILED, LINK_PAID, PENDING, SUCCESS, note_when
from tests.workspace import NOTE, Workspace

#: What happens next: the bank settles, the jobs run, or one of the events so far is delivered.
STEPS = st.lists(st.one_of(st.sampled_from(["settle", "work"]), st.integers(0, 9)), max_size=9)

some = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def listening(workspace: Workspace) -> Workspace:
    """Every event of the account is delivered, and a note is written on each that rules know."""
    (endpoint,) = workspace.stripe.all("webhook_endpoint")
    endpoints.update(workspace.stripe, {"enabled_events": ["*"]}, endpoint["id"])
    note_when(workspace, PENDING, FAILED, LINK_PAID)
    return workspace


def play(workspace: Workspace, steps: list[Any], *, outcome: str | None = None) -> str:
    """A new link that is paid, by a bank debit where there is an ``outcome``; its id.

    In the end all that has happened was delivered at least once.
    """
    workspace.sims.reset_crm()
    happened = workspace.sims.stripe.deliveries.held = []
    link_id = workspace.open_link()
    visit = workspace.pay(link_id, method="bank_debit" if outcome else "card")
    for step in [*steps, "settle"]:
        if step == "work":
            workspace.work()
        elif step != "settle":
            deliver(workspace, happened[step % len(happened)])
        elif outcome:
            workspace.settle(visit, outcome)
    for one in happened:
        deliver(workspace, one)
    workspace.work()
    return link_id


def deliver(workspace: Workspace, one: Any) -> None:
    assert workspace.send(one.body, one.headers()) == 200


def check_paid(workspace: Workspace, link_id: str, *, waited: bool) -> None:
    link, (payment,) = workspace.link(link_id), workspace.payments(link_id)
    assert (link.state, payment.state, payment.problem) == ("paid", "succeeded", None)
    runs = workspace.runs(link_id)
    assert runs.pop(PENDING, "done") == "done"
    assert runs == {NOTE: "done", **SUCCESS}
    assert workspace.events(link_id)[-2:] == ["payment.succeeded", "link.paid"]
    assert workspace.events(link_id)[:-2] in (
        ["link.created", "link.opened"],
        ["link.created", "link.opened", "payment.pending"][: 2 + waited],
    )
    assert (workspace.stage(), workspace.moves()) == ("Won", 1)
    # The notes about the link, its payment, and the link being paid; and that it is on its way.
    assert len(workspace.notes()) == 3 + workspace.events(link_id).count("payment.pending")


@some
@given(steps=STEPS)
def test_a_card_payment(listening: Workspace, steps: list[Any]) -> None:
    check_paid(listening, play(listening, steps), waited=False)


@some
@given(steps=STEPS)
def test_a_bank_debit_that_arrives(listening: Workspace, steps: list[Any]) -> None:
    check_paid(listening, play(listening, steps, outcome="succeeded"), waited=True)


@some
@given(steps=STEPS)
def test_a_bank_debit_that_fails(listening: Workspace, steps: list[Any]) -> None:
    link_id = play(listening, steps, outcome="failed")
    link, (payment,) = listening.link(link_id), listening.payments(link_id)
    assert (link.state, payment.state) == ("open", "failed")
    runs = listening.runs(link_id)
    assert runs.pop(PENDING, "done") == "done"
    assert runs == {NOTE: "done", FAILED: "done"}
    assert (listening.stage(), listening.moves()) == ("Negotiation", 0)
    assert len(listening.notes()) == 2 + listening.events(link_id).count("payment.pending")


def test_every_event_twice_at_once(listening: Workspace) -> None:
    """Stripe may send the copies of an event at the same moment, on two connections."""
    link_id = listening.open_link()
    listening.pay(link_id)
    held = listening.sims.stripe.deliveries.held or []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: deliver(listening, one), [one for one in held for _ in range(4)]))
    assert len(listening.deliveries()) == len(held)
    listening.work()
    check_paid(listening, link_id, waited=False)


def test_a_late_event_takes_nothing_back(listening: Workspace) -> None:
    """The word that a debit is on its way comes again after the money has arrived."""
    link_id = listening.open_link()
    visit = listening.pay(link_id, method="bank_debit")
    early = list(listening.sims.stripe.deliveries.held or ())
    listening.deliver()
    listening.work()
    assert listening.payments(link_id)[0].state == "pending"
    listening.settle(visit, "succeeded")
    listening.deliver()
    listening.work()
    for one in early:
        deliver(listening, one)
    listening.work()
    check_paid(listening, link_id, waited=True)


def test_two_customers_pay_one_link(listening: Workspace) -> None:
    """Both payments are kept, all follows once, and the second is there for a person to look at."""
    link_id = listening.open_link()
    listening.pay(link_id)
    listening.pay(link_id, name="Somebody Else")
    listening.deliver()
    listening.work()
    first, second = sorted(listening.payments(link_id), key=lambda one: one.problem or "")
    assert (first.state, first.problem) == ("succeeded", None)
    assert second.state == "succeeded"
    assert second.problem == "1.00 INR was paid once more: the link was paid already."
    assert listening.runs(link_id) == {NOTE: "done", **SUCCESS}
    assert listening.moves() == 1

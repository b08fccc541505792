"""Payments, refunds and disputes told in any order, twice, or not at all: one look ends it the same.

The look at the end is what the sweep does, and "Check now".
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.links import service as links
from core.links.models import Dispute, Refund
from core.rules.models import ActionRun
from tests.functional import test_refunds
from tests.functional.test_event_order import deliver
from tests.functional.test_refunds import CLOSED, OPENED, REFUNDED
from tests.workspace import Workspace

following = test_refunds.following

PRICE = 1000  # minor units


@dataclass(frozen=True)
class Life:
    """What happens to a link: its payment goes back in ``parts``, or none of it.

    ``second`` is what becomes of a second payment, where there is one.
    """

    parts: tuple[int, ...]
    second: Literal["kept", "refunded", "disputed", "won", "lost"] | None

    def acts(self, workspace: Workspace, link_id: str) -> Iterator[None]:
        """Each step is one thing that happens at the provider."""
        first, second = workspace.pay(link_id), ""
        yield
        if self.second:
            second = workspace.pay(link_id, name="Somebody Else")
            yield
        for minor in self.parts:
            workspace.refund(first, minor)
            yield
        if self.second == "refunded":
            workspace.refund(second)
            yield
        elif self.second in ("disputed", "won", "lost"):
            dispute = workspace.dispute(second)
            yield
            if self.second != "disputed":
                workspace.close_dispute(dispute, won=self.second == "won")


LIVES = st.builds(
    Life,
    st.sampled_from([(), (400,), (400, 600), (PRICE,)]),
    st.sampled_from([None, "kept", "refunded", "disputed", "won", "lost"]),
)
#: What comes next: something happens, the jobs run, or one of the events so far is delivered.
STEPS = st.lists(st.one_of(st.sampled_from(["happen", "work"]), st.integers(0, 19)), max_size=10)


def play(workspace: Workspace, life: Life, steps: list[Any]) -> dict[str, Any]:
    """What a new link comes to, when only the events of ``steps`` arrive before somebody looks."""
    workspace.sims.reset_crm()
    told = workspace.sims.stripe.deliveries.held = []
    link_id = workspace.open_link(quantity=PRICE // 100)
    acts = life.acts(workspace, link_id)
    for step in steps:
        if step == "happen":
            next(acts, None)
        elif step == "work":
            workspace.work()
        elif told:
            deliver(workspace, told[step % len(told)])
    list(acts)
    links.refresh(workspace.app, workspace.tenant_id, link_id)
    workspace.work()
    return comes_to(workspace, link_id)


def play_in_order(workspace: Workspace, life: Life) -> dict[str, Any]:
    """What a new link comes to, when each event arrives at once."""
    workspace.sims.reset_crm()
    workspace.sims.stripe.deliveries.held = []
    link_id = workspace.open_link(quantity=PRICE // 100)
    acts = life.acts(workspace, link_id)
    while True:
        happened = next(acts, "all") is None
        workspace.deliver()
        workspace.work()
        if not happened:
            return comes_to(workspace, link_id)


def comes_to(workspace: Workspace, link_id: str) -> dict[str, Any]:
    link = workspace.link(link_id)
    runs = workspace.rows(ActionRun, ActionRun.link_id == link_id)
    notes = [run for run in runs if run.action == "write_note"]
    assert {run.job_state for run in runs} <= {"done", "skipped"}
    assert len(workspace.notes()) == len(notes)
    return {
        "link": (link.state, link.flags),
        "payments": Counter((one.state, one.problem) for one in workspace.payments(link_id)),
        "refunds": Counter(
            (one.state, one.amount) for one in workspace.rows(Refund, Refund.link_id == link_id)
        ),
        "disputes": [one.state for one in workspace.rows(Dispute, Dispute.link_id == link_id)],
        "effects": Counter((run.rule_name, run.job_state) for run in runs if run.event_name != OPENED),
        "history": Counter(name for name in workspace.events(link_id) if name != OPENED),
        "stage": (workspace.stage(), workspace.moves()),
        # A dispute that is over before anybody hears of it was never told to be open.
        "opened": Counter(workspace.events(link_id))[OPENED] <= 1,
    }


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(life=LIVES, steps=STEPS)
def test_it_ends_as_if_every_event_had_come_in_order(
    following: Workspace, life: Life, steps: list[Any]
) -> None:
    assert play(following, life, steps) == play_in_order(following, life)


def test_a_life_with_everything_in_it(following: Workspace) -> None:
    """What the comparison above compares is there to be compared."""
    end = play(following, Life((400, 600), "lost"), [])
    assert end["history"][REFUNDED] == 2
    assert end["history"][CLOSED] == 1
    assert end["effects"][REFUNDED, "done"] == 2
    assert end["disputes"] == ["lost"]
    assert end["stage"] == ("Won", 1)

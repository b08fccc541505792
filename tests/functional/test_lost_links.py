"""What becomes of a link when nobody knows whether it was made: it is found, never made twice."""

import threading
from collections.abc import Callable

import pytest

from core.api.money import Money
from core.jobs.runner import DELAYS
from core.jobs.worker import Worker
from core.links import ledger, service
from core.links.clarify import NOT_MADE
from core.links.drafts import write_draft
from core.links.models import PaymentLink
from core.links.sweep import sweep
from core.plugin_host.entries import ProviderEntry
from tests.functional.test_links import ASK, archive, check_found, fail, links_at_stripe, listed
from tests.pages import form_to, words
from tests.support import Browser, Clock, each_engine
from tests.workspace import Workspace

pytestmark = each_engine


def resume(workspace: Workspace, clock: Clock) -> None:
    """Time goes by until the job takes the link up again."""
    clock.turn(seconds=DELAYS[0])
    workspace.work()


# An answer that doesn't come


def test_a_lost_reply_is_found_again(workspace: Workspace, clock: Clock) -> None:
    fail(workspace, "lost_reply", times=3)
    made = workspace.create()
    assert made.outcome == "checking"
    assert "may have been done" in str(made.reason)
    assert listed(workspace) == [made.link_id]
    assert len(links_at_stripe(workspace)) == 1
    resume(workspace, clock)
    check_found(workspace, made.link_id)


def test_an_answer_that_is_none_is_found_again(workspace: Workspace, clock: Clock) -> None:
    fail(workspace, "malformed", times=1)
    made = workspace.create()
    assert made.outcome == "checking"
    resume(workspace, clock)
    check_found(workspace, made.link_id)


def test_stripe_is_down_while_it_is_asked(workspace: Workspace, clock: Clock) -> None:
    """A 503 doesn't say how far Stripe came."""
    fail(workspace, "unavailable")
    made = workspace.create()
    assert made.outcome == "checking"
    resume(workspace, clock)
    assert service.made(workspace.app, workspace.tenant_id, made.link_id).outcome == "checking"
    workspace.sims.stripe.faults.clear()
    clock.turn(seconds=DELAYS[1])
    workspace.work()
    check_found(workspace, made.link_id)


def test_stripe_is_slower_than_we_wait(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ProviderEntry.context.__kwdefaults__, "timeout", 0.2)
    fail(workspace, "slow", times=1, seconds=0.5)
    made = workspace.create()
    assert made.outcome == "checking"
    while workspace.sims.stripe.in_flight.busy:
        threading.Event().wait(0.02)
    assert len(links_at_stripe(workspace)) == 1
    resume(workspace, clock)
    check_found(workspace, made.link_id)


def test_a_further_try_that_is_refused_has_the_first_searched_for(
    workspace: Workspace, clock: Clock
) -> None:
    product = workspace.product(Money(9900, "INR"))
    fail(workspace, "lost_reply", times=3)
    made = workspace.create(workspace.new_link(product=product))
    archive(workspace, product, True)
    resume(workspace, clock)
    check_found(workspace, made.link_id)


def test_a_refusal_is_believed_once_no_earlier_try_can_be_under_way(
    workspace: Workspace, clock: Clock
) -> None:
    product = workspace.product(Money(9900, "INR"))
    fail(workspace, "unavailable", times=3)
    made = workspace.create(workspace.new_link(product=product))
    archive(workspace, product, True)
    resume(workspace, clock)
    still = service.made(workspace.app, workspace.tenant_id, made.link_id)
    assert still.outcome == "checking"
    assert "No link was made" not in str(still.reason)
    assert made.link_id in str(still.reason)
    clock.turn(minutes=10)
    workspace.work()
    told = service.made(workspace.app, workspace.tenant_id, made.link_id)
    assert told.outcome == "failed"
    assert str(told.reason).startswith(NOT_MADE)
    assert "archived" in str(told.reason)
    assert listed(workspace) == [made.link_id], "whoever asked for it must be able to read that"
    assert links_at_stripe(workspace) == []


def test_a_refusal_while_the_list_is_silent_says_nothing(workspace: Workspace, clock: Clock) -> None:
    product = workspace.product(Money(9900, "INR"))
    fail(workspace, "lost_reply", times=3)
    made = workspace.create(workspace.new_link(product=product))
    archive(workspace, product, True)
    workspace.sims.stripe.faults.add("unavailable", path="/v1/payment_links", method="GET", times=None)
    resume(workspace, clock)
    assert service.made(workspace.app, workspace.tenant_id, made.link_id).outcome == "checking"
    workspace.sims.stripe.faults.clear()
    clock.turn(seconds=DELAYS[1])
    workspace.work()
    check_found(workspace, made.link_id)


def give_up(workspace: Workspace, clock: Clock) -> None:
    """Time goes by until nothing is tried any more."""
    for delay in DELAYS:
        clock.turn(seconds=delay)
        workspace.work()


def test_what_nobody_could_find_out_stays_in_the_logs(workspace: Workspace, clock: Clock) -> None:
    fail(workspace, "unavailable")
    made = workspace.create()
    give_up(workspace, clock)
    given_up = service.made(workspace.app, workspace.tenant_id, made.link_id)
    assert given_up.outcome == "unknown"
    assert made.link_id in str(given_up.reason)
    assert listed(workspace) == [made.link_id]
    workspace.sims.stripe.faults.clear()
    clock.turn(days=2)
    workspace.work()
    assert links_at_stripe(workspace) == []


def test_the_sweep_finds_out_what_was_given_up(workspace: Workspace, clock: Clock) -> None:
    lost, never = workspace.new_link(), workspace.new_link(quantity=2)
    fail(workspace, "lost_reply", times=3)
    there = workspace.create(lost)
    fail(workspace, "unavailable")
    not_there = workspace.create(never)
    give_up(workspace, clock)
    workspace.sims.stripe.faults.clear()
    assert service.made(workspace.app, workspace.tenant_id, there.link_id).outcome == "unknown"
    clock.turn(days=1)
    sweep(workspace.app)
    check_found(workspace, there.link_id)
    told = service.made(workspace.app, workspace.tenant_id, not_there.link_id)
    assert (told.outcome, told.reason) == ("failed", NOT_MADE)
    assert len(links_at_stripe(workspace)) == 1
    clock.turn(days=40)
    asked = workspace.sims.asked("GET /v1/payment_links")
    sweep(workspace.app)
    assert service.made(workspace.app, workspace.tenant_id, not_there.link_id).outcome == "failed"
    assert workspace.sims.asked("GET /v1/payment_links") == asked + 1, "of the open one only"


def test_stripe_forgets_keys_so_a_day_later_its_list_is_searched(
    workspace: Workspace, clock: Clock
) -> None:
    fail(workspace, "lost_reply")
    made = workspace.create()
    asked = workspace.sims.asked(ASK)
    workspace.sims.stripe.faults.clear()
    clock.turn(hours=23, seconds=1)
    workspace.work()
    assert workspace.sims.asked(ASK) == asked
    check_found(workspace, made.link_id)


def test_what_is_not_in_the_list_a_day_later_was_never_made(workspace: Workspace, clock: Clock) -> None:
    fail(workspace, "unavailable", times=3)
    made = workspace.create()
    asked = workspace.sims.asked(ASK)
    clock.turn(hours=23, seconds=1)
    workspace.work()
    assert workspace.sims.asked(ASK) == asked
    told = service.made(workspace.app, workspace.tenant_id, made.link_id)
    assert (told.outcome, told.reason) == ("failed", NOT_MADE)
    assert listed(workspace) == [made.link_id]


def test_while_the_list_is_silent_nobody_says_that_it_was_not_made(
    workspace: Workspace, clock: Clock
) -> None:
    fail(workspace, "lost_reply")
    made = workspace.create()
    workspace.sims.stripe.faults.add("unavailable", path="/v1/payment_links", method="GET", times=None)
    clock.turn(hours=23, seconds=1)
    workspace.work()
    assert service.made(workspace.app, workspace.tenant_id, made.link_id).outcome == "checking"
    workspace.sims.stripe.faults.clear()
    clock.turn(seconds=DELAYS[1])
    workspace.work()
    check_found(workspace, made.link_id)


def test_a_provider_that_can_not_search_leaves_it_to_the_rep(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = workspace.app.plugins.payment_providers["stripe"]
    monkeypatch.setattr(entry, "capabilities", entry.capabilities - {"find_link"})
    fail(workspace, "lost_reply")
    made = workspace.create()
    clock.turn(hours=23, seconds=1)
    workspace.work()
    late = service.made(workspace.app, workspace.tenant_id, made.link_id)
    assert late.outcome == "unknown"
    assert "Nobody could tell for a day whether this link was made." in str(late.reason)
    clock.turn(days=1)
    sweep(workspace.app)
    assert service.made(workspace.app, workspace.tenant_id, made.link_id).outcome == "unknown"


def test_check_now_looks_for_a_draft_that_was_given_up(
    workspace: Workspace, member: Browser, clock: Clock
) -> None:
    fail(workspace, "unavailable")
    made = workspace.create()
    give_up(workspace, clock)
    workspace.sims.stripe.faults.clear()
    path = f"/links/{made.link_id}"
    page = form_to(member.get(path), f"{path}/check").submit(status=303).follow()
    assert "It was tried a moment ago: look again in a few minutes." in words(page)
    clock.turn(minutes=10)
    page = form_to(page, f"{path}/check").submit(status=303).follow()
    assert "The link was never made. Make it again." in words(page)
    assert "Not made" in words(page)


def test_the_webhook_is_faster_than_the_answer(workspace: Workspace, clock: Clock) -> None:
    fail(workspace, "lost_reply", times=3)
    made = workspace.create()
    (ref,) = links_at_stripe(workspace)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.get_one(PaymentLink, made.link_id).url = f"{workspace.sims.stripe.base_url}/pay/{ref}"
    workspace.pay(made.link_id)
    assert workspace.deliver() == [200]
    workspace.work()
    link = workspace.link(made.link_id)
    assert (link.state, link.provider_ref) == ("paid", ref)
    assert workspace.events(made.link_id) == [
        "link.created",
        "link.opened",
        "payment.succeeded",
        "link.paid",
    ]
    resume(workspace, clock)
    assert workspace.link(made.link_id).job_state == "done"
    assert links_at_stripe(workspace) == [ref]
    assert len(workspace.notes()) == 2


# The app stops in between


def test_a_draft_is_taken_up_after_a_crash(workspace: Workspace, clock: Clock) -> None:
    link_id = write_draft(workspace.app, workspace.owner, workspace.new_link())
    assert link_id
    clock.turn(seconds=80)
    assert workspace.work() == 0  # whoever wrote it may be at work on it still
    clock.turn(seconds=11)
    workspace.work()
    check_found(workspace, link_id)


def test_a_crash_before_the_answer_was_written_down(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crashing:
        crashing.setattr(ledger, "opened", crash)
        with pytest.raises(KeyboardInterrupt):
            workspace.create()
    (link,) = workspace.rows(PaymentLink)
    assert (link.state, link.job_state) == ("draft", "running")
    worker = Worker(workspace.app, alone=True)
    worker.start()
    try:
        wait_until(lambda: workspace.link(link.id).state == "open")
    finally:
        worker.stop()
    check_found(workspace, link.id)


def crash(*_: object) -> None:
    raise KeyboardInterrupt


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        threading.Event().wait(0.05)
    pytest.fail("it didn't come to that within five seconds")


def test_a_draft_that_was_never_asked_for_is_not_made_days_later(
    workspace: Workspace, clock: Clock
) -> None:
    link_id = write_draft(workspace.app, workspace.owner, workspace.new_link())
    assert link_id
    clock.turn(days=2)
    workspace.work()
    late = service.made(workspace.app, workspace.tenant_id, link_id)
    assert late.outcome == "failed"
    assert late.reason == (
        "This link was not made: Dealpay was stopped before it could ask for it. Make it again."
    )
    assert listed(workspace) == links_at_stripe(workspace) == []

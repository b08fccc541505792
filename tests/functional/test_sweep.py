"""Webhooks that never came: what they would have said is asked for, and all ends the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.inbox.models import WebhookDelivery
from core.inbox.sweep import BACK, OVERLAP, sweep, sweep_account
from plugins.stripe_provider import events
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import auth, endpoints, refunds, seed
from tests.functional.test_query_counts import counted
from tests.pages import words
from tests.support import Browser, Clock
from tests.workspace import LEAD, MOVE_DEAL, MOVE_LEAD, NOTE, PAID_NOTE, Workspace

LIST = "GET /v1/events"


def lose_webhooks(workspace: Workspace) -> None:
    """What was sent so far arrived nowhere, and won't."""
    workspace.sims.stripe.deliveries.held = []


def three_days(workspace: Workspace, clock: Clock) -> tuple[str, str, str]:
    """Three links: one is paid by card and refunded in part, one by a debit, and a debit fails."""
    paid, debited, refused = (
        workspace.open_link(quantity=4500),
        workspace.open_link(LEAD, quantity=20),
        workspace.open_link(LEAD, quantity=30),
    )
    workspace.work()
    lose_webhooks(workspace)
    workspace.pay(paid)
    visits = [workspace.pay(link, method="bank_debit") for link in (debited, refused)]
    clock.turn(days=2)
    workspace.settle(visits[0], "succeeded")
    workspace.settle(visits[1], "failed")
    (intent,) = workspace.stripe.all("payment_intent", lambda one: one["amount"] == 450_000)
    refunds.create(workspace.stripe, {"payment_intent": intent["id"], "amount": 10_000})
    clock.turn(days=1)
    lose_webhooks(workspace)
    return paid, debited, refused


def check_end(workspace: Workspace, links: tuple[str, str, str]) -> None:
    paid, debited, refused = links
    assert [workspace.link(one).state for one in links] == ["paid", "paid", "open"]
    assert [workspace.payments(one)[0].state for one in links] == ["succeeded", "succeeded", "failed"]
    assert workspace.runs(paid)[MOVE_DEAL] == workspace.runs(debited)[MOVE_LEAD] == "done"
    assert workspace.runs(paid)[PAID_NOTE] == workspace.runs(debited)[PAID_NOTE] == "done"
    assert workspace.runs(refused)[NOTE] == "done"
    assert MOVE_LEAD not in workspace.runs(refused)
    assert (workspace.stage(), workspace.moves(), workspace.moves(LEAD)) == ("Won", 1, 1)
    assert workspace.events(paid).count("payment.succeeded") == 1
    assert workspace.events(paid).count("payment.refunded") == 1
    assert {one.job_state for one in workspace.deliveries()} <= {"done", "skipped"}


def test_three_days_without_webhooks_end_the_same(workspace: Workspace, clock: Clock) -> None:
    (endpoint,) = workspace.stripe.all("webhook_endpoint")
    endpoints.update(workspace.stripe, {"disabled": True}, endpoint["id"])
    links = three_days(workspace, clock)
    assert workspace.work() == 0
    said = sweep(workspace.app)
    assert said
    assert "1 accounts" in said
    workspace.work()
    check_end(workspace, links)
    notes = len(workspace.notes()), len(workspace.notes(LEAD))
    # What comes after all changes nothing any more.
    clock.turn(hours=2)
    sweep(workspace.app)
    workspace.work()
    check_end(workspace, links)
    assert (len(workspace.notes()), len(workspace.notes(LEAD))) == notes


def test_a_webhook_that_comes_after_the_sweep_is_known(workspace: Workspace) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    sweep(workspace.app)
    before = len(workspace.deliveries())
    assert set(workspace.deliver()) == {200}
    assert len(workspace.deliveries()) == before
    workspace.work()
    assert workspace.moves() == 1
    assert [one.source for one in workspace.deliveries()] == ["sweep"] * before


def test_what_a_webhook_brought_is_not_stored_again(workspace: Workspace) -> None:
    workspace.pay(workspace.open_link())
    workspace.deliver()
    workspace.work()
    before = [one.id for one in workspace.deliveries()]
    found = sweep_account(workspace.app, workspace.tenant_id, workspace.account_id)
    assert (found.new, found.complete) == (0, True)
    assert found.seen == len(before)
    assert [one.id for one in workspace.deliveries()] == before


def test_two_sweeps_at_once_find_each_event_once(workspace: Workspace, clock: Clock) -> None:
    links = three_days(workspace, clock)
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(
                lambda _: sweep_account(workspace.app, workspace.tenant_id, workspace.account_id),
                range(4),
            )
        )
    # One that only begins when another has ended finds the mark moved, and nothing left to see.
    assert len({one.seen for one in found} - {0}) == 1
    assert sum(one.new for one in found) == len(workspace.deliveries())
    assert len({one.event_id for one in workspace.deliveries()}) == len(workspace.deliveries())
    workspace.work()
    check_end(workspace, links)


def test_of_two_runs_at_once_one_reads_the_account(workspace: Workspace) -> None:
    before = workspace.sims.asked(LIST)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: sweep(workspace.app), range(4)))
    assert workspace.sims.asked(LIST) == before + 1
    assert sum(one is not None for one in said) == 1


# How far it has been read


def test_all_is_read_before_the_mark_moves(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGE_SIZE", 1)
    links = three_days(workspace, clock)
    workspace.sims.stripe.faults.add("unavailable", path="/v1/events", times=None)
    said = sweep(workspace.app)
    assert said
    assert "Stripe can't be reached" in said
    account = workspace.account()
    assert account.swept_to is None
    assert "Stripe can't be reached" in str(account.sweep_problem)
    assert sweep(workspace.app) is None, "it isn't tried again at once"

    workspace.sims.stripe.faults.clear()
    clock.turn(minutes=16)
    first = sweep_account(workspace.app, workspace.tenant_id, workspace.account_id, pages=2)
    assert (first.seen, first.complete) == (2, False)
    account = workspace.account()
    assert (account.swept_to, account.sweep_problem) == (None, None)
    assert account.sweep_rest
    began = clock()
    clock.turn(minutes=5)
    assert sweep(workspace.app), "the rest is due at once"
    account = workspace.account()
    assert (account.swept_to, account.sweep_rest) == (began, None)
    workspace.work()
    check_end(workspace, links)


def test_a_reading_that_fails_half_way_goes_on_there(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGE_SIZE", 2)
    links = three_days(workspace, clock)
    sweep_account(workspace.app, workspace.tenant_id, workspace.account_id, pages=1)
    workspace.sims.stripe.faults.add("rate_limited", path="/v1/events", times=None)
    assert sweep(workspace.app)
    rest = workspace.account().sweep_rest
    assert rest
    workspace.sims.stripe.faults.clear()
    clock.turn(minutes=16)
    assert sweep(workspace.app)
    workspace.work()
    check_end(workspace, links)
    seen = [one.event_id for one in workspace.deliveries()]
    assert len(seen) == len(set(seen))


def test_a_place_that_the_provider_forgot_is_dropped(workspace: Workspace, clock: Clock) -> None:
    links = three_days(workspace, clock)
    now = clock()
    lost = {"since": now.isoformat(), "until": now.isoformat(), "page": "evt_long_gone"}
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.get_one(PaymentAccount, workspace.account_id).sweep_rest = lost
    assert "accounts failed" in str(sweep(workspace.app))
    assert workspace.account().sweep_rest is None
    clock.turn(hours=1, minutes=1)
    assert sweep(workspace.app)
    workspace.work()
    check_end(workspace, links)


def since(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The times from which events are asked for, as they are asked."""
    asked: list[object] = []
    list_page = events.list_page

    def noted(api: object, mode: object, since: object, page: object) -> object:
        asked.append(since)
        return list_page(api, mode, since, page)  # type: ignore[arg-type]

    monkeypatch.setattr(events, "list_page", noted)
    return asked


def test_it_goes_back_to_the_last_reading_and_a_little_further(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = since(workspace, monkeypatch)
    connected, began = workspace.account().created_at, clock()
    sweep(workspace.app)
    clock.turn(days=40)
    sweep(workspace.app)
    assert asked == [max(connected - OVERLAP, began - BACK), clock() - BACK]
    last = clock()
    clock.turn(hours=2)
    sweep(workspace.app)
    assert asked[-1] == last - OVERLAP
    week = clock() - timedelta(days=7)
    sweep_account(workspace.app, workspace.tenant_id, workspace.account_id, back_to=week)
    assert asked[-1] == week
    clock.turn(days=10)
    sweep_account(workspace.app, workspace.tenant_id, workspace.account_id, back_to=clock())
    assert asked[-1] == clock() - timedelta(days=10) - OVERLAP


def test_an_account_is_read_hourly_while_its_webhooks_work(workspace: Workspace, clock: Clock) -> None:
    def next_in() -> timedelta:
        clock.turn(days=1)
        sweep(workspace.app)
        return workspace.account().sweep_at - clock()

    assert timedelta(hours=1) <= next_in() <= timedelta(minutes=66)
    workspace.pay(workspace.open_link())
    assert timedelta(minutes=5) <= next_in() < timedelta(minutes=6)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.get_one(PaymentAccount, workspace.account_id).active = False
    assert timedelta(hours=6) <= next_in() < timedelta(hours=7)


# Several accounts


def test_a_key_that_was_revoked_stops_no_other_account(
    workspace: Workspace, member: Browser, clock: Clock
) -> None:
    other = connections.connect_account(
        workspace.app, workspace.owner, "stripe", "Clinics", StripeSettings(secret_key=seed.LAKESIDE.key)
    ).account_id
    links = three_days(workspace, clock)
    auth.add_key(workspace.sims.stripe.store, seed.LAKESIDE.key, seed.LAKESIDE.id, expired=True)
    said = str(sweep(workspace.app))
    assert "1 accounts failed" in said
    assert other in said
    workspace.work()
    check_end(workspace, links)
    mine, theirs = (words(member.get(f"/accounts/{id}")) for id in (workspace.account_id, other))
    assert "Events that no webhook brought can't be asked for: Stripe refuses this key" in theirs
    assert "Dealpay asks for them too, last just now" in mine


def test_the_account_that_waits_longest_comes_first(workspace: Workspace, clock: Clock) -> None:
    for start in (seed.LAKESIDE, seed.SAKURA):
        connections.connect_account(
            workspace.app, workspace.owner, "stripe", "", StripeSettings(secret_key=start.key)
        )
    accounts = workspace.rows(PaymentAccount)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        for hours, account in zip((2, 3, -1), accounts, strict=True):
            session.get_one(PaymentAccount, account.id).sweep_at = clock() - timedelta(hours=hours)
    due = connections.accounts_to_sweep(workspace.app)
    assert [one.id for one in due] == [accounts[1].id, accounts[0].id]

    def begin() -> bool:
        return connections.begin_sweep(workspace.app, workspace.tenant_id, accounts[1].id)

    assert begin()
    assert not begin()
    clock.turn(minutes=16)
    assert begin(), "who began it is dead"


def test_a_provider_that_can_not_tell_events_is_not_asked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = workspace.app.plugins.payment_providers["stripe"]
    monkeypatch.setattr(entry, "capabilities", entry.capabilities - {"list_events"})
    assert sweep(workspace.app) is None


def test_it_asks_as_often_for_many_events_as_for_few(workspace: Workspace, clock: Clock) -> None:
    def statements(payments: int) -> list[str]:
        link_id = workspace.open_link()
        workspace.work()
        for _ in range(payments):
            workspace.pay(link_id)
        clock.turn(hours=2)
        with counted(workspace) as sent:
            sweep(workspace.app)
        assert len(workspace.rows(WebhookDelivery, WebhookDelivery.job_state == "pending")) >= payments
        workspace.work()
        return [one.partition("VALUES")[0] for one in sent]

    statements(1)
    assert statements(2) == statements(20)

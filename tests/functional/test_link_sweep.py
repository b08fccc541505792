"""Links that are asked about again and again: nothing waits for a webhook for good."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.connections import rounds
from core.connections import service as connections
from core.links import sweep as links_sweep
from core.links.models import PaymentLink
from core.links.sweep import recheck, sweep
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import auth, links, refunds, seed
from tests.functional.test_query_counts import counted
from tests.functional.test_sweep import lose_webhooks
from tests.support import Clock
from tests.workspace import MOVE_DEAL, Workspace

LINK = "GET /v1/payment_links/plink"


def test_a_payment_without_a_webhook_is_found_within_minutes(workspace: Workspace, clock: Clock) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    lose_webhooks(workspace)
    assert sweep(workspace.app) is None
    clock.turn(minutes=10)
    assert sweep(workspace.app) == "Asked about 1 links, of which 1 had news."
    workspace.work()
    assert workspace.link(link_id).state == "paid"
    assert workspace.runs(link_id)[MOVE_DEAL] == "done"
    clock.turn(days=1)
    assert sweep(workspace.app) is None, "a paid link waits for nothing"


def test_a_link_is_asked_about_ever_more_rarely(workspace: Workspace, clock: Clock) -> None:
    link_id = workspace.open_link()
    made = clock()
    for age, waits in (
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(hours=2), timedelta(hours=1)),
        (timedelta(days=2), timedelta(hours=6)),
        (timedelta(days=8), timedelta(days=1)),
        (timedelta(days=31), timedelta(days=7)),
        (timedelta(days=300), timedelta(days=7)),
    ):
        clock.now = made + age
        before = workspace.sims.asked(LINK)
        assert sweep(workspace.app) == "Asked about 1 links, of which 0 had news."
        assert sweep(workspace.app) is None
        assert workspace.sims.asked(LINK) == before + 1
        assert workspace.link(link_id).check_at == clock() + waits


def test_what_was_asked_by_another_way_is_not_asked_again(workspace: Workspace, clock: Clock) -> None:
    link_id = workspace.open_link()
    clock.turn(minutes=8)
    recheck(workspace.app, workspace.tenant_id, link_id)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.get_one(PaymentLink, link_id).check_at = clock()
    before = workspace.sims.asked(LINK)
    clock.turn(minutes=5)
    assert sweep(workspace.app) is None
    assert workspace.sims.asked(LINK) == before
    assert workspace.link(link_id).check_at == clock() + timedelta(minutes=5)


def test_a_refund_that_nobody_told_of_is_found_within_a_month(
    workspace: Workspace, clock: Clock
) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    intent = workspace.payments(link_id)[0].intent_ref
    refunds.create(workspace.stripe, {"payment_intent": intent, "amount": 100})
    lose_webhooks(workspace)
    clock.turn(days=30)
    sweep(workspace.app)
    clock.turn(days=1)
    sweep(workspace.app)
    assert "payment.refunded" in workspace.events(link_id)
    clock.turn(days=120)
    sweep(workspace.app)
    assert workspace.link(link_id).check_at is None, "it is asked about no more"


def test_a_debit_on_a_closed_link_is_followed(workspace: Workspace, clock: Clock) -> None:
    link_id = workspace.open_link()
    visit = workspace.pay(link_id, method="bank_debit")
    links.update(workspace.stripe, {"active": False}, workspace.link(link_id).provider_ref or "")
    clock.turn(days=40)
    sweep(workspace.app)
    assert workspace.link(link_id).state == "deactivated"
    workspace.settle(visit, "succeeded")
    lose_webhooks(workspace)
    clock.turn(hours=6)
    sweep(workspace.app)
    assert workspace.payments(link_id)[0].state == "succeeded"


def test_rows_from_before_there_was_a_time_are_due(workspace: Workspace) -> None:
    """Those of an older version that runs beside this one, too."""
    link = workspace.link(workspace.open_link())
    copied = {c.key: getattr(link, c.key) for c in PaymentLink.__mapper__.column_attrs}
    del copied["check_at"]
    own = dict.fromkeys(("id", "form_key", "provider_ref", "payer_token", "record_key"), "lnk_0")
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.add(PaymentLink(**copied | own))
    check_at = workspace.link("lnk_0").check_at
    assert check_at
    assert check_at.year in (1969, 1970)


def test_closed_links_from_before_are_planned_and_not_asked_about(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links_sweep, "_OF_ONE_ACCOUNT", 3)
    link_ids = [workspace.open_link() for _ in range(8)]
    clock.turn(days=200)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        for link_id in link_ids:
            link = session.get_one(PaymentLink, link_id)
            link.check_at = datetime(1970, 1, 1, tzinfo=UTC)
            if link_id != link_ids[-1]:
                link.state = "deactivated"
    assert str(sweep(workspace.app)).startswith("Asked about 1 links")
    assert [workspace.link(one).check_at for one in link_ids[:-1]] == [None] * 7


# What goes wrong


def test_a_link_that_the_provider_does_not_know_stops_no_other(
    workspace: Workspace, clock: Clock
) -> None:
    gone, paid = workspace.open_link(), workspace.open_link()
    workspace.stripe.delete("payment_link", workspace.link(gone).provider_ref or "")
    workspace.pay(paid)
    clock.turn(minutes=10)
    sweep(workspace.app)
    assert workspace.link(paid).state == "paid"
    assert workspace.link(gone).check_at == clock() + timedelta(hours=1)


def second_account(workspace: Workspace) -> tuple[str, str]:
    """Another account, and a link on it."""
    other = connections.connect_account(
        workspace.app, workspace.owner, "stripe", "Clinics", StripeSettings(secret_key=seed.LAKESIDE.key)
    ).account_id
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        account = connections.get_account(session, other)
    assert account
    assert account.unit_product_ref
    product = workspace.unit
    mine = replace(product, ref=account.unit_product_ref)
    return other, workspace.open_link(product=mine, account_id=other)


def test_a_revoked_key_stops_no_other_account(workspace: Workspace, clock: Clock) -> None:
    other, theirs = second_account(workspace)
    mine = workspace.open_link()
    workspace.pay(mine)
    auth.add_key(workspace.sims.stripe.store, seed.LAKESIDE.key, seed.LAKESIDE.id, expired=True)
    clock.turn(minutes=10)
    said = str(sweep(workspace.app))
    assert f"1 accounts failed ({other}: Stripe refuses this key" in said
    assert workspace.link(mine).state == "paid"
    assert workspace.link(theirs).check_at == clock() + timedelta(hours=1)
    with workspace.app.db.unit_of_work(workspace.tenant_id, read_only=True) as session:
        account = connections.get_account(session, other)
    assert account
    assert account.health == "failing"


def test_a_provider_that_is_down_is_left_alone_until_the_next_round(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_ids = [workspace.open_link() for _ in range(3)]
    workspace.sims.stripe.faults.add("unavailable", times=None)
    clock.turn(minutes=10)
    before = workspace.sims.asked(LINK)
    assert "Stripe can't be reached" in str(sweep(workspace.app))
    assert workspace.sims.asked(LINK) - before == 3, "one link, with the client's own two retries"
    waits = sorted(workspace.link(one).check_at - clock() for one in link_ids)  # type: ignore[operator]
    assert waits == [timedelta(0), timedelta(0), timedelta(minutes=10)]
    workspace.sims.stripe.faults.clear()
    assert sweep(workspace.app) == "Asked about 2 links, of which 0 had news."


def test_a_rate_limit_is_waited_for(workspace: Workspace, clock: Clock) -> None:
    link_id = workspace.open_link()
    workspace.sims.stripe.faults.add("rate_limited", times=None)
    clock.turn(minutes=10)
    sweep(workspace.app)
    later = workspace.link(link_id).check_at
    assert later
    assert later >= clock() + timedelta(minutes=10)


# How much at once


def test_a_large_account_leaves_room_for_a_small_one(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links_sweep, "_OF_ONE_ACCOUNT", 2)
    for _ in range(5):
        workspace.open_link()
    clock.turn(seconds=1)
    _, theirs = second_account(workspace)
    clock.turn(minutes=11)
    assert str(sweep(workspace.app)).startswith("Asked about 3 links")
    assert workspace.link(theirs).checked_at == clock()
    assert str(sweep(workspace.app)).startswith("Asked about 2 links")
    assert str(sweep(workspace.app)).startswith("Asked about 1 links")
    assert sweep(workspace.app) is None


def test_no_round_begins_what_it_has_no_time_for(workspace: Workspace) -> None:
    accounts = [
        rounds.AccountRef(workspace.tenant_id, f"acc_{number}", "stripe", "") for number in range(9)
    ]
    found = rounds.go_round(accounts, lambda one, until: time.sleep(0.4) or one.id, 0.6)
    assert 0 < len(found.results) < 9
    assert len(found.results) + found.left == 9
    assert f"{found.left} wait for the next round." in found.failures


def test_it_asks_the_database_as_often_for_each_link(workspace: Workspace, clock: Clock) -> None:
    def statements(count: int) -> int:
        for _ in range(count):
            workspace.open_link()
        clock.turn(minutes=10)
        with counted(workspace) as sent:
            sweep(workspace.app)
        clock.turn(days=31)
        sweep(workspace.app)
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            for link in workspace.rows(PaymentLink):
                session.get_one(PaymentLink, link.id).check_at = None
        return len(sent)

    one, two, eleven = statements(1), statements(2), statements(11)
    assert (eleven - one) == 10 * (two - one)

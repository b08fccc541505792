"""What is told of a link whose payments were given back or disputed, and what a key may not read."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import CredentialsError
from core.api.money import Money
from core.api.payments import DisputeState, LinkRequest, PaymentState, RefundState
from plugins.stripe_provider import mapping, status
from plugins.stripe_provider.simulator import auth, disputes, refunds, seed

LINKS = ("payment_links_read", "checkout_session_read")


@pytest.fixture
def intent(account, link, payer):
    """The intent of a payment of 4,500.00 INR by card."""
    payer.pay(link)
    [session] = account.all("checkout.session")
    return session["payment_intent"]


@pytest.fixture
def asked(http):
    """The paths that were asked for, in order."""
    paths = []
    http.hooks["response"].append(
        lambda answer, **_: paths.append(answer.request.path_url.split("?")[0])
    )
    return paths


def test_a_payment_that_stays_costs_two_requests(provider, ctx, link, payer, asked):
    for _ in range(3):
        payer.pay(link)
    asked.clear()
    assert len(provider.fetch_status(ctx, link.ref).payments) == 3
    assert asked == [f"/v1/payment_links/{link.ref}", "/v1/checkout/sessions"]


def test_payments_older_than_the_newest_visits_are_told(provider, ctx, link, payer, asked, monkeypatch):
    monkeypatch.setattr(status, "_VISITS", 2)
    payer.pay(link)
    for _ in range(2):
        payer.visit(link)
    asked.clear()
    told = provider.fetch_status(ctx, link.ref)
    assert [one.state for one in told.payments] == [PaymentState.SUCCEEDED]
    assert asked[1:] == ["/v1/checkout/sessions"] * 2


def test_of_a_payer_who_tries_again_on_the_same_page_the_last_attempt_is_told(
    provider, ctx, link, payer, account
):
    page = payer.pay(link, number="4000000000000002")
    [first] = provider.fetch_status(ctx, link.ref).payments
    payer.act(page, number="4000000000009995")
    [second] = provider.fetch_status(ctx, link.ref).payments
    assert first.ref != second.ref
    assert (first.intent_ref, second.reason) == (second.intent_ref, "insufficient_funds")


def test_a_key_that_may_not_read_charges_still_tells_what_was_refused(
    provider, context, simulator, link, account, payer
):
    payer.pay(link, number="4000000000000002")
    auth.add_key(
        simulator.store, "rk_test_some", account.id, permissions=(*LINKS, "payment_intent_read")
    )
    [failed] = provider.fetch_status(context(simulator, key="rk_test_some"), link.ref).payments
    assert (failed.state, failed.reason) == (PaymentState.FAILED, "generic_decline")
    assert (failed.method, failed.payer_name) == (None, None)


def test_refunds_come_along_without_another_request(provider, ctx, link, account, intent, asked):
    refunds.create(account, {"payment_intent": intent, "amount": 100_000, "reason": "duplicate"})
    asked.clear()
    [payment] = provider.fetch_status(ctx, link.ref).payments
    [refund] = payment.refunds
    assert (refund.state, refund.money) == (RefundState.SUCCEEDED, Money.of(1000, "INR"))
    assert (refund.reason, payment.disputes) == ("duplicate", ())
    assert (payment.state, payment.money) == (PaymentState.SUCCEEDED, Money.of(4500, "INR"))
    assert len(asked) == 2


def test_refunds_that_wait_or_fail_are_told_as_well(provider, ctx, link, account, payer):
    payer.settle(payer.pay(link, method="bank_debit"), "succeeded")
    [session] = account.all("checkout.session")
    made = [
        refunds.create(account, {"payment_intent": session["payment_intent"], "amount": 100})["id"]
        for _ in range(3)
    ]
    refunds.settle(account, made[0], succeeded=True)
    refunds.settle(account, made[1], succeeded=False)
    [payment] = provider.fetch_status(ctx, link.ref).payments
    assert {one.ref: one.state for one in payment.refunds} == {
        made[0]: RefundState.SUCCEEDED,
        made[1]: RefundState.FAILED,
        made[2]: RefundState.PENDING,
    }


def test_more_refunds_than_stripe_nests_are_listed(provider, ctx, link, account, intent, asked):
    for _ in range(11):
        refunds.create(account, {"payment_intent": intent, "amount": 100})
    asked.clear()
    [payment] = provider.fetch_status(ctx, link.ref).payments
    assert len({one.ref for one in payment.refunds}) == 11
    assert asked[2:] == ["/v1/refunds"]


def test_a_dispute_is_asked_for_where_there_is_one(provider, ctx, link, account, intent, payer, asked):
    payer.pay(link)
    opened = disputes.open(account, intent, amount=100_000)
    asked.clear()
    _, payment = provider.fetch_status(ctx, link.ref).payments
    [dispute] = payment.disputes
    assert (dispute.ref, dispute.state) == (opened["id"], DisputeState.OPEN)
    assert (dispute.money, dispute.reason) == (Money.of(1000, "INR"), "fraudulent")
    assert dispute.due_by - datetime.now(UTC) > timedelta(days=8)
    assert asked[2:] == ["/v1/disputes"]


@pytest.mark.parametrize(("won", "state"), [(True, DisputeState.WON), (False, DisputeState.LOST)])
def test_a_decided_dispute_is_still_told(provider, ctx, link, account, intent, won, state):
    disputes.close(account, disputes.open(account, intent)["id"], won=won)
    [payment] = provider.fetch_status(ctx, link.ref).payments
    assert [one.state for one in payment.disputes] == [state]
    assert payment.state is PaymentState.SUCCEEDED


@pytest.mark.parametrize("start", [seed.SAKURA, seed.GULF, seed.EUROPA])
def test_refunds_and_disputes_are_in_the_links_money(provider, context, simulator, payer, start):
    ctx, account = context(simulator, key=start.key), simulator.account(start.id)
    unit = provider.ensure_unit_product(ctx)
    link = provider.create_link(ctx, LinkRequest("lnk_1", unit.ref, unit.price, 500))
    payer.pay(link)
    [session] = account.all("checkout.session")
    back = Money.of(20, start.currency.upper())
    wire = mapping.to_wire(back)
    refunds.create(account, {"payment_intent": session["payment_intent"], "amount": wire})
    disputes.open(account, session["payment_intent"], amount=wire)
    [payment] = provider.fetch_status(ctx, link.ref).payments
    assert payment.refunds[0].money == payment.disputes[0].money == back


@pytest.mark.parametrize(
    ("permissions", "told"),
    [
        (("payment_intent_read", "charge_read", "dispute_read"), (1, 1, "card")),
        (("payment_intent_read", "charge_read"), (1, 0, "card")),
        (("payment_intent_read", "dispute_read"), (0, 0, None)),
        ((), (0, 0, None)),
    ],
)
def test_a_key_that_may_read_less_still_tells_what_was_paid(
    provider, context, simulator, link, account, intent, permissions, told
):
    refunds.create(account, {"payment_intent": intent, "amount": 100})
    disputes.open(account, intent)
    auth.add_key(simulator.store, "rk_test_some", account.id, permissions=(*LINKS, *permissions))
    [payment] = provider.fetch_status(context(simulator, key="rk_test_some"), link.ref).payments
    assert (len(payment.refunds), len(payment.disputes), payment.method) == told
    assert (payment.state, payment.money) == (PaymentState.SUCCEEDED, Money.of(4500, "INR"))
    assert payment.intent_ref == intent


def test_a_key_that_may_not_see_payments_is_told_so(provider, context, simulator, link, account):
    auth.add_key(simulator.store, "rk_test_some", account.id, permissions=LINKS[:1])
    with pytest.raises(CredentialsError, match="Checkout Sessions Read"):
        provider.fetch_status(context(simulator, key="rk_test_some"), link.ref)

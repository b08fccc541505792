"""What is told of a link: payments, parts, refunds and disputes, over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import NotFound
from core.api.money import Money
from core.api.payments import (
    DisputeState,
    PaymentState,
    ProviderLinkState,
    RefundState,
)
from plugins.razorpay_provider.simulator import seed
from plugins.razorpay_provider.tests.variants import WithoutDisputes


def now():
    return datetime.now(UTC)


class TestStatus:
    def test_a_new_link_is_open_and_unpaid(self, provider, ctx, link):
        status = provider.fetch_status(ctx, link.ref)
        assert (status.ref, status.url) == (link.ref, link.url)
        assert (status.state, status.payments) == (ProviderLinkState.OPEN, ())

    def test_a_payment_closes_the_link(self, provider, ctx, link, payer):
        payer.pay(link)
        status = provider.fetch_status(ctx, link.ref)
        [payment] = status.payments
        assert status.state is ProviderLinkState.INACTIVE
        assert (payment.state, payment.money) == (PaymentState.SUCCEEDED, Money.of(4500, "INR"))
        assert (payment.payer_email, payment.method) == ("asha@payer.example", "upi")
        assert payment.intent_ref == payment.ref
        assert abs(payment.at - now()) < timedelta(minutes=1)

    def test_declined_payments_are_none(self, provider, ctx, link, payer):
        payer.pay(link, action="decline")
        status = provider.fetch_status(ctx, link.ref)
        assert (status.state, status.payments) == (ProviderLinkState.OPEN, ())

    def test_parts_are_payments_of_their_own(self, provider, ctx, link, payer):
        payer.change(link, "accept_partial")
        payer.pay(link, amount="1000")
        first = provider.fetch_status(ctx, link.ref)
        payer.pay(link, amount="3500")
        both = provider.fetch_status(ctx, link.ref)
        assert first.state is ProviderLinkState.OPEN
        assert [one.money for one in first.payments] == [Money.of(1000, "INR")]
        assert both.state is ProviderLinkState.INACTIVE
        assert [one.money for one in both.payments] == [Money.of(1000, "INR"), Money.of(3500, "INR")]
        assert both.payments[0].ref == first.payments[0].ref != both.payments[1].ref

    def test_a_link_that_expired_is_told_from_one_that_was_cancelled(
        self, provider, ctx, link, request_of, payer
    ):
        other = provider.create_link(ctx, request_of(link_id="lnk_2"))
        payer.change(link, "expire")
        payer.change(other, "cancel")
        assert provider.fetch_status(ctx, link.ref).state is ProviderLinkState.EXPIRED
        assert provider.fetch_status(ctx, other.ref).state is ProviderLinkState.INACTIVE

    def test_a_foreign_link_is_not_found(self, provider, context, simulator, link):
        with pytest.raises(NotFound, match="connected account"):
            provider.fetch_status(context(simulator, seed.LAKESIDE), link.ref)

    def test_an_account_without_disputes_has_none(self, provider, context, simulate, request_of, payer):
        ctx = context(simulate(WithoutDisputes))
        link = provider.create_link(ctx, request_of())
        payer.pay(link)
        [payment] = provider.fetch_status(ctx, link.ref).payments
        assert payment.disputes == ()


class TestMoneyBack:
    @pytest.fixture
    def paid(self, link, payer, account):
        payer.pay(link)
        [payment] = account.all("payment")
        return payment["id"]

    def test_partial_and_repeated_refunds(self, provider, ctx, link, paid, dashboard):
        dashboard(f"payments/{paid}/refunds", amount="1000")
        dashboard(f"payments/{paid}/refunds", amount="500.50")
        [payment] = provider.fetch_status(ctx, link.ref).payments
        refunds = {(one.state, one.money) for one in payment.refunds}
        assert refunds == {
            (RefundState.SUCCEEDED, Money.of(1000, "INR")),
            (RefundState.SUCCEEDED, Money(50_050, "INR")),
        }
        assert payment.money == Money.of(4500, "INR")

    def test_a_payment_that_was_given_back_whole_has_succeeded(
        self, provider, ctx, link, paid, dashboard, account
    ):
        dashboard(f"payments/{paid}/refunds", amount="4500")
        [payment] = provider.fetch_status(ctx, link.ref).payments
        assert account.get("payment", paid)["status"] == "refunded"
        assert payment.state is PaymentState.SUCCEEDED

    @pytest.mark.parametrize(
        ("outcome", "state"),
        [("processed", RefundState.SUCCEEDED), ("failed", RefundState.FAILED)],
    )
    def test_a_refund_on_its_way(self, provider, ctx, link, paid, dashboard, account, outcome, state):
        dashboard(f"payments/{paid}/refunds", amount="4500", speed="later")
        [payment] = provider.fetch_status(ctx, link.ref).payments
        [pending] = payment.refunds
        dashboard(f"refunds/{pending.ref}", outcome=outcome)
        [payment] = provider.fetch_status(ctx, link.ref).payments
        [settled] = payment.refunds
        assert pending.state is RefundState.PENDING
        assert (settled.ref, settled.state) == (pending.ref, state)

    def test_more_refunds_than_a_page_holds(self, provider, ctx, link, paid, dashboard, account):
        dashboard(f"payments/{paid}/refunds", amount="1")
        [one] = account.all("refund")
        for number in range(110):
            account.put("refund", one | {"id": f"rfnd_{number}"})
        [payment] = provider.fetch_status(ctx, link.ref).payments
        assert len({refund.ref for refund in payment.refunds}) == 111

    @pytest.mark.parametrize(
        ("outcome", "state"),
        [
            ("won", DisputeState.WON),
            ("lost", DisputeState.LOST),
            ("closed", DisputeState.WON),
        ],
    )
    def test_a_dispute(self, provider, ctx, link, paid, dashboard, outcome, state):
        dashboard(f"payments/{paid}/disputes")
        [payment] = provider.fetch_status(ctx, link.ref).payments
        [opened] = payment.disputes
        dashboard(f"disputes/{opened.ref}", outcome=outcome)
        [payment] = provider.fetch_status(ctx, link.ref).payments
        [closed] = payment.disputes
        assert (opened.state, opened.money) == (DisputeState.OPEN, Money.of(4500, "INR"))
        assert opened.due_by > now()
        assert (closed.ref, closed.state) == (opened.ref, state)

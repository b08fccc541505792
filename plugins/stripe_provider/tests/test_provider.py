"""Links against the simulator, over real HTTP: made, paid, looked up, taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.api.money import Money
from core.api.payments import Link, LinkRequest, PaymentState, ProviderLinkState
from plugins.stripe_provider.client import Api
from plugins.stripe_provider.simulator import seed


class TestCreateLink:
    def test_a_link_charges_price_times_quantity(self, link, account, payer, provider, ctx):
        payer.pay(link)
        [payment] = provider.fetch_status(ctx, link.ref).payments
        assert payment.money == Money.of(4500, "INR")
        [made] = account.all("payment_link")
        assert link == Link(ref=made["id"], url=made["url"])

    def test_our_id_is_on_the_link_the_session_and_the_payment(self, link, account, payer):
        payer.pay(link)
        for kind in ("payment_link", "checkout.session", "payment_intent"):
            [one] = account.all(kind)
            assert one["metadata"] == {"record": "deal:7", "dealpay_link_id": "lnk_1"}, kind

    def test_the_same_request_makes_one_link(self, provider, ctx, request_of, account):
        assert provider.create_link(ctx, request_of()) == provider.create_link(ctx, request_of())
        assert len(account.all("payment_link")) == 1

    def test_a_lost_reply_leaves_one_link(self, provider, ctx, request_of, account, simulator):
        simulator.faults.add("lost_reply", path="/v1/payment_links", method="POST", times=3)
        with pytest.raises(OutcomeUnknown):
            provider.create_link(ctx, request_of())
        link = provider.create_link(ctx, request_of())
        assert [one["id"] for one in account.all("payment_link")] == [link.ref]

    @pytest.mark.parametrize("quantity", [0, -1, 1_000_000])
    def test_quantities_out_of_range_are_refused(self, provider, ctx, request_of, account, quantity):
        with pytest.raises(Rejected) as refused:
            provider.create_link(ctx, request_of(quantity))
        assert refused.value.code == "quantity_out_of_range"
        assert account.all("payment_link") == []

    @pytest.mark.parametrize(
        ("unit_price", "quantity", "code", "sentence"),
        [
            (Money(9_999_999, "INR"), 11, "amount_too_large", "at most 999,999.99"),
            (Money(1, "JPY") * 1000, 100_000, "amount_too_large", "at most 99,999,999"),
            (Money(10, "ISK"), 999_999, "amount_too_large", "at most 999,999.99"),
            (Money(5, "KWD"), 1, "invalid_amount", "steps of 0.010"),
            (Money(500, "IRR"), 1, "invalid_amount", "no payments in IRR"),
        ],
    )
    def test_impossible_amounts_are_refused_before_any_call(
        self, provider, context, answering, unit_price, quantity, code, sentence
    ):
        request = LinkRequest(
            link_id="lnk_1", product_ref="price_1", unit_price=unit_price, quantity=quantity
        )
        served = answering("404 Not Found", '{"error": {"message": "asked"}}')
        with served as (url, asked), pytest.raises(Rejected) as refused:
            provider.create_link(context(url), request)
        assert refused.value.code == code
        assert sentence in refused.value.user_message
        assert asked == []

    @pytest.mark.parametrize("kind", ["price", "product"])
    def test_an_archived_product_is_refused(self, provider, ctx, request_of, account, unit, kind):
        price = account.get("price", unit.ref)
        archived = price if kind == "price" else account.get("product", price["product"])
        account.put(archived | {"active": False})
        with pytest.raises(Rejected, match="archived in Stripe") as refused:
            provider.create_link(ctx, request_of())
        assert refused.value.code == "product_archived"
        assert account.all("payment_link") == []

    @pytest.mark.parametrize("price", [Money(200, "INR"), Money(100, "EUR")])
    def test_another_price_than_was_shown_is_refused(self, provider, ctx, request_of, account, price):
        with pytest.raises(Rejected, match=r"price in Stripe is 1\.00 INR") as refused:
            provider.create_link(ctx, request_of(unit_price=price))
        assert refused.value.code == "price_changed"
        assert account.all("payment_link") == []

    def test_a_subscription_is_refused(self, provider, ctx, request_of):
        api = Api(ctx)
        monthly = {
            "currency": "inr",
            "unit_amount": 100,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Support"},
        }
        price = api.write(api.v1.prices.create, monthly)
        with pytest.raises(Rejected) as refused:
            provider.create_link(ctx, request_of(product_ref=price["id"]))
        assert refused.value.code == "price_unsuitable"

    def test_another_accounts_price_is_not_found(self, provider, context, simulator, request_of):
        with pytest.raises(NotFound):
            provider.create_link(context(simulator, key=seed.LAKESIDE.key), request_of())

    @pytest.mark.parametrize(
        ("start", "amount", "wire"),
        [(seed.SAKURA, 500, 500), (seed.GULF, 5, 5000), (seed.EUROPA, 12, 1200)],
    )
    def test_each_currency_is_charged_in_its_own_units(
        self, provider, context, simulator, payer, start, amount, wire
    ):
        ctx = context(simulator, key=start.key)
        unit = provider.ensure_unit_product(ctx)
        link = provider.create_link(ctx, LinkRequest("lnk_1", unit.ref, unit.price, amount))
        payer.pay(link)
        [session] = simulator.account(start.id).all("checkout.session")
        [payment] = provider.fetch_status(ctx, link.ref).payments
        assert session["amount_total"] == wire
        assert payment.money == Money.of(amount, start.currency.upper())


class TestStatus:
    def test_a_new_link_is_open_and_unpaid(self, provider, ctx, link):
        status = provider.fetch_status(ctx, link.ref)
        assert (status.ref, status.url) == (link.ref, link.url)
        assert (status.state, status.payments) == (ProviderLinkState.OPEN, ())

    def test_a_payment_by_card(self, provider, ctx, link, payer, account):
        payer.pay(link)
        [payment] = provider.fetch_status(ctx, link.ref).payments
        [session] = account.all("checkout.session")
        assert (payment.ref, payment.intent_ref) == (session["id"], session["payment_intent"])
        assert (payment.state, payment.method) == (PaymentState.SUCCEEDED, "card")
        assert (payment.payer_name, payment.payer_email) == ("Asha Payer", "asha@payer.example")
        assert abs(payment.at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_a_visit_is_no_payment_and_the_first_is_told(self, provider, ctx, link, payer):
        assert provider.fetch_status(ctx, link.ref).opened_at is None
        payer.visit(link)
        status = provider.fetch_status(ctx, link.ref)
        assert status.payments == ()
        assert abs(status.opened_at - datetime.now(UTC)) < timedelta(minutes=1)
        payer.pay(link, action="abandon")
        assert provider.fetch_status(ctx, link.ref) == status

    @pytest.mark.parametrize(
        ("number", "reason"),
        [
            ("4000000000000002", "generic_decline"),
            ("4000000000009995", "insufficient_funds"),
            ("4000000000009987", "generic_decline"),  # it was lost, which whoever has it isn't told
        ],
    )
    def test_a_declined_card_is_a_payment_that_failed(self, provider, ctx, link, payer, number, reason):
        payer.pay(link, number=number)
        [failed] = provider.fetch_status(ctx, link.ref).payments
        assert (failed.state, failed.reason) == (PaymentState.FAILED, reason)
        assert (failed.money, failed.last4) == (Money.of(4500, "INR"), number[-4:])
        payer.pay(link)
        paid, again = provider.fetch_status(ctx, link.ref).payments
        assert (paid.state, paid.reason, again) == (PaymentState.SUCCEEDED, None, failed)

    @pytest.mark.parametrize(
        ("outcome", "state"),
        [("succeeded", PaymentState.SUCCEEDED), ("failed", PaymentState.FAILED)],
    )
    def test_a_bank_debit_is_pending_until_the_bank_has_spoken(
        self, provider, ctx, link, payer, outcome, state
    ):
        page = payer.pay(link, method="bank_debit")
        [pending] = provider.fetch_status(ctx, link.ref).payments
        assert pending.state is PaymentState.PENDING
        payer.settle(page, outcome)
        [settled] = provider.fetch_status(ctx, link.ref).payments
        assert (settled.ref, settled.state) == (pending.ref, state)
        assert settled.reason == ("insufficient_funds" if state is PaymentState.FAILED else None)
        assert settled.money == pending.money == Money.of(4500, "INR")

    def test_every_payment_of_a_link_is_seen_and_no_other(
        self, provider, ctx, request_of, context, simulator, payer, link
    ):
        again = context(simulator, idempotency_key="lnk_2-create")
        other = provider.create_link(again, request_of(link_id="lnk_2"))
        payer.pay(other)
        for _ in range(3):
            payer.pay(link)
        refs = {payment.ref for payment in provider.fetch_status(ctx, link.ref).payments}
        assert len(refs) == 3
        assert len(provider.fetch_status(ctx, other.ref).payments) == 1

    def test_a_foreign_link_is_not_found(self, provider, context, simulator, link):
        with pytest.raises(NotFound, match="connected account"):
            provider.fetch_status(context(simulator, key=seed.LAKESIDE.key), link.ref)


class TestDeactivate:
    def test_a_link_takes_no_more_payments(self, provider, ctx, link, payer):
        page = payer.visit(link)
        status = provider.deactivate_link(ctx, link.ref)
        assert status.state is ProviderLinkState.INACTIVE
        payer.act(page)
        assert "Location" not in payer.http.get(link.url, allow_redirects=False).headers
        assert provider.fetch_status(ctx, link.ref).payments == ()

    def test_twice_is_fine_and_payments_stay(self, provider, ctx, link, payer):
        payer.pay(link)
        once = provider.deactivate_link(ctx, link.ref)
        assert provider.deactivate_link(ctx, link.ref) == once
        assert [payment.state for payment in once.payments] == [PaymentState.SUCCEEDED]

    def test_a_page_paid_in_the_meantime_counts(self, provider, ctx, link, payer, http):
        page = payer.visit(link)

        def pay_once_listed(response, **_):
            if "status=open" in response.url:
                payer.act(page)

        http.hooks["response"].append(pay_once_listed)
        status = provider.deactivate_link(ctx, link.ref)
        assert [payment.state for payment in status.payments] == [PaymentState.SUCCEEDED]

    def test_a_failure_halfway_says_that_pages_may_be_open(self, provider, ctx, link, simulator):
        simulator.faults.add("unavailable", path="/v1/checkout/sessions", times=3)
        with pytest.raises(OutcomeUnknown, match="Deactivate the link once more"):
            provider.deactivate_link(ctx, link.ref)
        assert provider.deactivate_link(ctx, link.ref).state is ProviderLinkState.INACTIVE

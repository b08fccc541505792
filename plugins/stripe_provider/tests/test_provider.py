"""Each verb against the simulator, over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import CredentialsError, NotFound, OutcomeUnknown, Rejected
from core.api.money import Money
from core.api.payments import (
    Delivery,
    Link,
    LinkRequest,
    PaymentState,
    ProviderEvent,
    ProviderLinkState,
)
from plugins.stripe_provider import register_payment_providers
from plugins.stripe_provider.client import Api
from plugins.stripe_provider.simulator import auth, seed, signed

URL = "https://dealpay.example/webhooks/stripe/token"


@pytest.fixture
def provider():
    [provider] = register_payment_providers()
    return provider


@pytest.fixture
def ctx(context, simulator):
    return context(simulator, idempotency_key="lnk_1-create")


@pytest.fixture
def account(simulator):
    """The account on Stripe's side."""
    return simulator.account(seed.NORTHWIND.id)


@pytest.fixture
def unit(provider, ctx):
    return provider.ensure_unit_product(ctx)


@pytest.fixture
def request_of(unit):
    """A function that makes a request for a link on the unit product."""

    def make(quantity=4500, link_id="lnk_1", **fields):
        wanted = {"product_ref": unit.ref, "unit_price": unit.price} | fields
        return LinkRequest(link_id=link_id, quantity=quantity, **wanted)

    return make


@pytest.fixture
def link(provider, ctx, request_of):
    return provider.create_link(ctx, request_of(metadata={"record": "deal:7"}))


class TestCredentials:
    def test_a_secret_key_opens_its_account(self, provider, ctx):
        account = provider.validate_credentials(ctx)
        assert (account.external_id, account.name) == (seed.NORTHWIND.id, "Northwind Trading")
        assert (account.mode, account.currency, account.country) == ("test", "INR", "IN")
        assert account.missing_permissions == ()

    def test_a_live_key_is_live(self, provider, context, simulator):
        account = provider.validate_credentials(context(simulator, key=seed.EUROPA.key))
        assert (account.mode, account.currency) == ("live", "EUR")

    def test_a_revoked_key_is_refused(self, provider, context, simulator):
        with pytest.raises(CredentialsError, match="wrong, expired or revoked"):
            provider.validate_credentials(context(simulator, key=seed.REVOKED_KEY))

    def test_a_key_that_may_not_read_the_account_is_told_so(self, provider, context, simulator):
        with pytest.raises(CredentialsError, match="lacks the permission Account Read") as refused:
            provider.validate_credentials(context(simulator, key=seed.RESTRICTED_KEY))
        assert refused.value.field == "secret_key"

    @pytest.mark.parametrize(
        ("permissions", "missing"),
        [
            (
                (
                    "product_write",
                    "plan_write",
                    "payment_links_write",
                    "checkout_session_write",
                    "webhook_write",
                ),
                (),
            ),
            (
                ("product_write", "checkout_session_read"),
                ("Prices (write)", "Payment Links (write)", "Webhook Endpoints (write)"),
            ),
        ],
    )
    def test_what_a_restricted_key_lacks_is_found(
        self, provider, context, simulator, permissions, missing
    ):
        granted = ("connected_account_read", *permissions)
        auth.add_key(simulator.store, "rk_test_some", seed.NORTHWIND.id, permissions=granted)
        account = provider.validate_credentials(context(simulator, key="rk_test_some"))
        assert account.missing_permissions == missing

    def test_an_account_without_a_currency_is_not_ready(self, provider, context, answering):
        served = answering("200 OK", '{"id": "acct_1", "object": "account"}')
        with served as (url, _), pytest.raises(CredentialsError, match="currency"):
            provider.validate_credentials(context(url))


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
        assert (status.ref, status.state, status.payments) == (
            link.ref,
            ProviderLinkState.OPEN,
            (),
        )

    def test_a_payment_by_card(self, provider, ctx, link, payer, account):
        payer.pay(link)
        [payment] = provider.fetch_status(ctx, link.ref).payments
        [session] = account.all("checkout.session")
        assert (payment.ref, payment.intent_ref) == (session["id"], session["payment_intent"])
        assert (payment.state, payment.method) == (PaymentState.SUCCEEDED, "card")
        assert (payment.payer_name, payment.payer_email) == ("Asha Payer", "asha@payer.example")
        assert abs(payment.at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_visits_and_declined_cards_are_no_payments(self, provider, ctx, link, payer):
        payer.visit(link)
        payer.pay(link, number="4000000000000002")
        payer.pay(link, action="abandon")
        assert provider.fetch_status(ctx, link.ref).payments == ()

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


class TestUnitProduct:
    @pytest.mark.parametrize(
        ("start", "wire"),
        [(seed.NORTHWIND, 100), (seed.SAKURA, 1), (seed.GULF, 1000), (seed.EUROPA, 100)],
    )
    def test_it_costs_one_in_the_accounts_currency(self, provider, context, simulator, start, wire):
        product = provider.ensure_unit_product(context(simulator, key=start.key))
        price = simulator.account(start.id).get("price", product.ref)
        assert product.price == Money.of(1, start.currency.upper())
        assert product.unit
        assert (price["unit_amount"], price["currency"]) == (wire, start.currency)

    def test_it_is_found_again(self, provider, ctx, account):
        first = provider.ensure_unit_product(ctx)
        prices = len(account.all("price"))
        assert provider.ensure_unit_product(ctx) == first
        assert len(account.all("price")) == prices

    def test_a_lost_reply_makes_no_second_one(self, provider, ctx, simulator, account):
        before = len(account.all("product"))
        simulator.faults.add("lost_reply", path="/v1/prices", method="POST", times=3)
        with pytest.raises(OutcomeUnknown):
            provider.ensure_unit_product(ctx)
        provider.ensure_unit_product(ctx)
        assert len(account.all("product")) == before + 1

    def test_an_archived_one_is_activated_again(self, provider, ctx, account, unit):
        price = account.get("price", unit.ref)
        account.put(price | {"active": False})
        account.put(account.get("product", price["product"]) | {"active": False})
        assert provider.ensure_unit_product(ctx) == unit
        assert account.get("price", unit.ref)["active"]
        assert account.get("product", price["product"])["active"]

    def test_a_lookup_key_on_another_price_is_refused(self, provider, ctx, account, unit):
        account.put(account.get("price", unit.ref) | {"unit_amount": 200})
        with pytest.raises(Rejected, match="dealpay_unit_inr") as refused:
            provider.ensure_unit_product(ctx)
        assert refused.value.code == "unit_product_changed"


class TestProducts:
    def test_the_unit_product_comes_first(self, provider, ctx, unit):
        page = provider.list_products(ctx, "", None)
        names = [product.name for product in page.items]
        assert names == ["Payment in INR", "Annual licence", "Onboarding package"]
        assert [product.unit for product in page.items] == [True, False, False]
        assert page.items[2].price == Money.of(4500, "INR")
        assert page.next is None

    def test_names_are_searched(self, provider, ctx, unit):
        assert [one.name for one in provider.list_products(ctx, " LICENCE ", None).items] == [
            "Annual licence"
        ]
        assert provider.list_products(ctx, "nothing like it", None).items == ()

    def test_only_what_is_on_sale_in_the_accounts_currency(self, provider, ctx, account):
        api = Api(ctx)
        for name, fields in {
            "Euro book": {"currency": "eur"},
            "Subscription": {"recurring": {"interval": "month"}},
            "Archived price": {"active": False},
        }.items():
            price = {"currency": "inr", "unit_amount": 100, "product_data": {"name": name}}
            api.write(api.v1.prices.create, price | fields)
        [archived, *_] = account.all("product", lambda one: one["name"] == "Annual licence")
        account.put(archived | {"active": False})
        page = provider.list_products(ctx, "", None)
        assert [product.name for product in page.items] == ["Onboarding package"]

    def test_pages_follow_each_other(self, provider, ctx, unit):
        self._add(ctx, 130)
        first = provider.list_products(ctx, "", None)
        second = provider.list_products(ctx, "", first.next)
        refs = [product.ref for product in (*first.items, *second.items)]
        assert len(first.items) == 101
        assert second.next is None
        assert len(refs) == len(set(refs)) == 133
        assert refs[0] == unit.ref

    def test_a_rare_name_is_looked_for_in_a_bounded_number_of_pages(self, provider, ctx, monkeypatch):
        self._add(ctx, 220)
        monkeypatch.setattr("plugins.stripe_provider.catalogue.MAX_CALLS", 2)
        first = provider.list_products(ctx, "onboarding", None)
        assert first.items == ()
        second = provider.list_products(ctx, "onboarding", first.next)
        assert [product.name for product in second.items] == ["Onboarding package"]

    def _add(self, ctx, count):
        api = Api(ctx)
        product = api.write(api.v1.products.create, {"name": "Book"})["id"]
        for _ in range(count):
            price = {"currency": "inr", "unit_amount": 100, "product": product}
            api.write(api.v1.prices.create, price)


class TestWebhooks:
    def test_an_endpoint_is_made_with_our_events_and_version(self, provider, ctx, account):
        made = provider.ensure_webhook(ctx, URL)
        [endpoint] = account.all("webhook_endpoint")
        assert (made.ref, made.created) == (endpoint["id"], True)
        assert made.secret.startswith("whsec_")
        assert endpoint["url"] == URL
        assert set(endpoint["enabled_events"]) == set(provider.event_types)
        assert endpoint["api_version"] == "2026-05-27.dahlia"
        assert endpoint["metadata"] == {"dealpay": "1"}

    def test_it_is_found_again_without_its_secret(self, provider, ctx, account):
        made = provider.ensure_webhook(ctx, URL)
        found = provider.ensure_webhook(ctx, URL)
        assert (found.ref, found.secret, found.created) == (made.ref, None, False)
        assert len(account.all("webhook_endpoint")) == 1

    def test_one_made_by_hand_is_completed_and_switched_on(self, provider, ctx, account):
        api = Api(ctx)
        by_hand = {"url": URL, "enabled_events": ["charge.refunded", "checkout.session.completed"]}
        ref = api.write(api.v1.webhook_endpoints.create, by_hand)["id"]
        api.write(api.v1.webhook_endpoints.update, ref, {"disabled": True})
        assert provider.ensure_webhook(ctx, URL).ref == ref
        endpoint = account.get("webhook_endpoint", ref)
        assert endpoint["status"] == "enabled"
        assert set(endpoint["enabled_events"]) == {"charge.refunded", *provider.event_types}

    def test_one_that_takes_everything_is_left_alone(self, provider, ctx, account):
        api = Api(ctx)
        api.write(api.v1.webhook_endpoints.create, {"url": URL, "enabled_events": ["*"]})
        provider.ensure_webhook(ctx, URL)
        [endpoint] = account.all("webhook_endpoint")
        assert endpoint["enabled_events"] == ["*"]

    def test_another_address_gets_its_own(self, provider, context, simulator, account):
        provider.ensure_webhook(context(simulator), URL)
        assert provider.ensure_webhook(context(simulator), URL + "2").created
        assert len(account.all("webhook_endpoint")) == 2

    def test_what_the_simulator_sends_is_understood(self, provider, ctx, account, link, payer):
        payer.pay(link)
        [event] = account.all("event", lambda one: one["type"] == "checkout.session.completed")
        body, headers = signed(event, "whsec_1")
        delivery = Delivery(
            body=body,
            headers={name.lower(): value for name, value in headers.items()},
            secrets=("whsec_1",),
            received_at=datetime.now(UTC),
        )
        [told] = provider.parse_webhook(ctx, delivery)
        at = datetime.fromtimestamp(event["created"], UTC)
        assert told == ProviderEvent(event["id"], event["type"], link.ref, "lnk_1", None, at)

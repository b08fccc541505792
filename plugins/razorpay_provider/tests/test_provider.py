"""Connecting an account, making a link and taking a delivery, over real HTTP."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core.api.errors import CredentialsError, InvalidSignature, Rejected
from core.api.money import Money
from core.api.payments import (
    Account,
    Delivery,
    Link,
    LinkRequest,
)
from plugins.razorpay_provider.simulator import seed, signed

HOUR = timedelta(hours=1)


def now():
    return datetime.now(UTC)


class TestCredentials:
    def test_good_keys_open_the_account(self, provider, ctx):
        assert provider.validate_credentials(ctx) == Account(
            external_id=seed.NORTHWIND.id,
            name=f"Razorpay {seed.NORTHWIND.id}",
            mode="test",
            currency="INR",
        )

    @pytest.mark.parametrize(
        "keys",
        [
            (seed.NORTHWIND.key_id, seed.LAKESIDE.key_secret),
            (seed.LAKESIDE.key_id, seed.NORTHWIND.key_secret),
            ("rzp_test_nobodys00000001", "secret"),
            seed.RETIRED_KEY,
        ],
    )
    def test_wrong_and_replaced_keys_are_refused(self, provider, context, simulator, keys):
        with pytest.raises(CredentialsError, match="Paste a pair") as refused:
            provider.validate_credentials(context(simulator, keys=keys))
        assert refused.value.field == "key_secret"

    def test_a_key_that_is_replaced_is_refused_everywhere(
        self, provider, ctx, link, simulator, request_of
    ):
        start = seed.NORTHWIND
        seed.add_key(simulator.store, start.key_id, start.key_secret, start.id, retired=True)
        for call in (
            lambda: provider.create_link(ctx, request_of(link_id="lnk_2")),
            lambda: provider.fetch_status(ctx, link.ref),
            lambda: provider.deactivate_link(ctx, link.ref),
            lambda: provider.find_link(ctx, "lnk_1", now() - HOUR),
        ):
            with pytest.raises(CredentialsError):
                call()


class TestProducts:
    def test_the_unit_product_is_all_there_is(self, provider, ctx):
        unit = provider.ensure_unit_product(ctx)
        assert (unit.price, unit.unit) == (Money.of(1, "INR"), True)
        assert provider.list_products(ctx, "", None).items == (unit,)
        assert provider.list_products(ctx, "PAYMENT in", None).items == (unit,)
        assert provider.list_products(ctx, "licence", None).items == ()

    @pytest.mark.parametrize(
        "wanted",
        [
            {"product_ref": "unit_EUR"},
            {"product_ref": "price_1"},
            {"unit_price": Money(99, "INR")},
            {"unit_price": Money(100, "USD")},
        ],
    )
    def test_nothing_else_can_be_charged(self, provider, ctx, request_of, account, wanted):
        with pytest.raises(Rejected) as refused:
            provider.create_link(ctx, request_of(**wanted))
        assert refused.value.code == "product_unknown"
        assert account.all("payment_link") == []


class TestCreateLink:
    def test_a_link_over_price_times_quantity(self, link, account):
        [made] = account.all("payment_link")
        assert link == Link(ref=made["id"], url=made["short_url"])
        assert (made["amount"], made["currency"]) == (450_000, "INR")

    def test_our_id_is_its_reference_and_among_its_notes(self, link, account):
        [made] = account.all("payment_link")
        assert made["reference_id"] == "lnk_1"
        assert made["notes"] == {"record": "deal:7", "dealpay_link_id": "lnk_1"}

    def test_razorpay_writes_to_nobody(self, link, account):
        [made] = account.all("payment_link")
        assert made["notify"] == {"sms": False, "email": False}
        assert made["reminder_enable"] is False

    def test_the_payer_is_sent_back(self, provider, ctx, request_of, payer, account):
        link = provider.create_link(ctx, request_of(return_url="https://app.example/p/1?a=b"))
        came_back = urlsplit(payer.pay(link))
        [payment] = account.all("payment")
        query = parse_qs(came_back.query)
        assert came_back._replace(query="").geturl() == "https://app.example/p/1"
        assert (query["a"], query["razorpay_payment_id"]) == (["b"], [payment["id"]])

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_quantities_below_one_are_refused(self, provider, ctx, request_of, account, quantity):
        with pytest.raises(Rejected) as refused:
            provider.create_link(ctx, request_of(quantity))
        assert refused.value.code == "quantity_out_of_range"
        assert account.all("payment_link") == []

    @pytest.mark.parametrize(
        ("currency", "quantity", "wire"),
        [("INR", 1, 100), ("USD", 25, 2500), ("JPY", 500, 500), ("KWD", 5, 5000)],
    )
    def test_each_currency_is_charged_in_its_own_units(
        self, provider, context, simulator, request_of, account, payer, currency, quantity, wire
    ):
        ctx = context(simulator, currency=currency)
        link = provider.create_link(ctx, request_of(quantity, currency=currency))
        payer.pay(link)
        [made] = account.all("payment_link")
        [payment] = provider.fetch_status(ctx, link.ref).payments
        assert (made["amount"], made["currency"]) == (wire, currency)
        assert payment.money == Money.of(quantity, currency)

    def test_a_currency_that_razorpay_does_not_take_is_refused(self, provider, ctx):
        request = LinkRequest("lnk_1", "unit_IRR", Money.of(1, "IRR"), 500)
        with pytest.raises(Rejected, match="no payments in IRR") as refused:
            provider.create_link(ctx, request)
        assert refused.value.code == "invalid_amount"


def test_a_delivery_is_verified_and_told(provider, ctx):
    event = {
        "entity": "event",
        "event": "payment_link.paid",
        "payload": {"payment_link": {"entity": {"id": "plink_1", "notes": []}}},
        "created_at": 1_795_000_000,
    }
    body, headers = signed(event, "secret-one", "Evt1")
    headers = {name.lower(): value for name, value in headers.items()}
    [told] = provider.parse_webhook(ctx, Delivery(body, headers, ("secret-one",), now()))
    assert (told.event_id, told.link_ref) == ("Evt1", "plink_1")
    with pytest.raises(InvalidSignature):
        provider.parse_webhook(ctx, Delivery(body, headers, ("secret-two",), now()))

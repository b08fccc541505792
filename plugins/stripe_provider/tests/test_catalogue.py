"""What can be charged: the unit product and the products on sale."""

import pytest

from core.api.errors import OutcomeUnknown, Rejected
from core.api.money import Money
from plugins.stripe_provider.client import Api
from plugins.stripe_provider.simulator import seed


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

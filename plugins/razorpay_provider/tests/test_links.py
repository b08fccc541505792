"""Links taken back and found again, over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import NotFound, Rejected
from core.api.payments import (
    PaymentState,
    ProviderLinkState,
)
from plugins.razorpay_provider.simulator import seed
from plugins.razorpay_provider.tests.variants import Overlooking, Suspended

HOUR = timedelta(hours=1)


def now():
    return datetime.now(UTC)


class TestDeactivate:
    def test_a_link_takes_no_more_payments(self, provider, ctx, link, payer, account):
        assert provider.deactivate_link(ctx, link.ref).state is ProviderLinkState.INACTIVE
        payer.pay(link)
        assert account.all("payment") == []

    def test_twice_is_fine(self, provider, ctx, link):
        once = provider.deactivate_link(ctx, link.ref)
        assert provider.deactivate_link(ctx, link.ref) == once

    def test_one_that_expired_is_fine(self, provider, ctx, link, payer):
        payer.change(link, "expire")
        assert provider.deactivate_link(ctx, link.ref).state is ProviderLinkState.EXPIRED

    def test_one_that_is_paid_tells_of_its_payment(self, provider, ctx, link, payer):
        payer.pay(link)
        status = provider.deactivate_link(ctx, link.ref)
        assert status.state is ProviderLinkState.INACTIVE
        assert [one.state for one in status.payments] == [PaymentState.SUCCEEDED]

    def test_one_that_is_partly_paid_is_refused(self, provider, ctx, link, payer):
        payer.change(link, "accept_partial")
        payer.pay(link, amount="1000")
        with pytest.raises(Rejected, match="expiry date") as refused:
            provider.deactivate_link(ctx, link.ref)
        assert refused.value.code == "link_partly_paid"

    def test_one_that_razorpay_leaves_open_is_refused(self, provider, context, simulate, request_of):
        ctx = context(simulate(Suspended))
        link = provider.create_link(ctx, request_of())
        with pytest.raises(Rejected, match="Merchant is Suspended"):
            provider.deactivate_link(ctx, link.ref)

    def test_a_foreign_one_is_not_found(self, provider, context, simulator, link):
        with pytest.raises(NotFound):
            provider.deactivate_link(context(simulator, seed.LAKESIDE), link.ref)


class TestFindLink:
    def test_the_link_with_our_id(self, provider, ctx, link, request_of):
        other = provider.create_link(ctx, request_of(link_id="lnk_2"))
        assert provider.find_link(ctx, "lnk_1", now() - HOUR) == link
        assert provider.find_link(ctx, "lnk_2", now() - HOUR) == other
        assert provider.find_link(ctx, "lnk_3", now() - HOUR) is None

    def test_another_reference_does_not_hide_it(self, provider, ctx, link, account, request_of):
        """A reference can be changed in the dashboard; the notes hold our id as well."""
        account.put("payment_link", account.get("payment_link", link.ref) | {"reference_id": "INV-7"})
        for number in range(2, 105):
            copy = account.get("payment_link", link.ref)
            account.put("payment_link", copy | {"id": f"plink_{number}", "notes": []})
        assert provider.find_link(ctx, "lnk_1", now() - HOUR) == link
        assert provider.find_link(ctx, "lnk_1", now() + HOUR) is None

    def test_links_that_were_not_asked_for_are_not_taken(self, provider, context, simulate, request_of):
        ctx = context(simulate(Overlooking))
        link = provider.create_link(ctx, request_of())
        assert provider.find_link(ctx, "lnk_2", now() - HOUR) is None
        assert provider.find_link(ctx, "lnk_2", now() + HOUR) is None
        assert provider.find_link(ctx, "lnk_1", now() - HOUR) == link

    def test_short_pages_are_not_taken_for_the_last(self, provider, context, simulate, request_of):
        ctx = context(simulate(Overlooking))
        made = [provider.create_link(ctx, request_of(link_id=f"lnk_{number}")) for number in range(8)]
        assert provider.find_link(ctx, "lnk_0", now() - HOUR) == made[0]
        assert provider.find_link(ctx, "lnk_8", now() - HOUR) is None

    def test_it_belongs_to_the_account(self, provider, context, simulator, link):
        assert provider.find_link(context(simulator, seed.LAKESIDE), "lnk_1", now() - HOUR) is None

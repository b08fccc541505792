"""Links that send the payer back, and links that are looked for."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import OutcomeUnknown
from plugins.stripe_provider import links
from plugins.stripe_provider.simulator import auth


@pytest.fixture
def create(provider, context, simulator, request_of):
    """A function that makes a link with our id."""

    def make(link_id, **fields):
        ctx = context(simulator, idempotency_key=link_id)
        return provider.create_link(ctx, request_of(link_id=link_id, **fields))

    return make


class TestReturn:
    @pytest.mark.parametrize(
        ("url", "landed"),
        [
            ("https://app.example/p/t0k", "https://app.example/p/t0k?payment={}"),
            ("https://app.example/p/t0k?a=%7B1%7D", "https://app.example/p/t0k?a=%7B1%7D&payment={}"),
            ("http://app.example/#paid", "http://app.example/?payment={}#paid"),
        ],
    )
    def test_a_payer_comes_back_with_the_payment(self, provider, ctx, create, payer, http, url, landed):
        link = create("lnk_9", return_url=url)
        page = payer.visit(link)
        answer = http.post(page, data={"method": "bank_debit"}, allow_redirects=False)
        [payment] = provider.fetch_status(ctx, link.ref).payments
        assert answer.headers["Location"] == landed.format(payment.ref)

    def test_without_an_address_a_payer_stays(self, link, account):
        [made] = account.all("payment_link")
        assert made["after_completion"]["type"] == "hosted_confirmation"


class TestFind:
    since = datetime(2020, 1, 1, tzinfo=UTC)

    def test_a_link_is_found_by_our_id(self, provider, ctx, create):
        made = [create(f"lnk_{number}") for number in range(3)]
        for number, link in enumerate(made):
            assert provider.find_link(ctx, f"lnk_{number}", self.since) == link
        assert provider.find_link(ctx, "lnk_3", self.since) is None

    def test_a_link_that_is_off_is_found_as_well(self, provider, ctx, create):
        link = create("lnk_9")
        provider.deactivate_link(ctx, link.ref)
        assert provider.find_link(ctx, "lnk_9", self.since) == link

    def test_older_links_are_not_looked_through(self, provider, ctx, create, simulator, http):
        create("lnk_old")
        simulator.clock = lambda: datetime.now(UTC).timestamp() + 3600
        link = create("lnk_new")
        since = datetime.now(UTC) + timedelta(minutes=30)
        assert provider.find_link(ctx, "lnk_new", since) == link
        assert provider.find_link(ctx, "lnk_old", since) is None

    @pytest.mark.parametrize(
        "permissions", [("payment_links_read",), ("payment_links_read", "event_read")]
    )
    def test_a_key_that_may_not_read_events_finds_it_too(
        self, provider, context, simulator, account, create, permissions
    ):
        create("lnk_old")
        simulator.clock = lambda: datetime.now(UTC).timestamp() + 3600
        link = create("lnk_new")
        auth.add_key(simulator.store, "rk_test_some", account.id, permissions=permissions)
        ctx = context(simulator, key="rk_test_some")
        since = datetime.now(UTC) + timedelta(minutes=30)
        assert provider.find_link(ctx, "lnk_new", since) == link
        found = provider.find_link(ctx, "lnk_old", since)
        assert (found is None) is ("event_read" in permissions)

    def test_links_of_others_are_passed_by(self, provider, ctx, create, account):
        link = create("lnk_9")
        for number in range(120):
            other = account.get("payment_link", link.ref) | {"id": f"plink_{number}"}
            account.put(other | {"metadata": {"dealpay_link_id": "lnk_of_another_house"}})
        assert provider.find_link(ctx, "lnk_9", self.since) == link

    def test_a_search_without_end_says_that_it_gave_up(self, provider, ctx, create, monkeypatch):
        monkeypatch.setattr(links, "MAX_SEARCHED", 2)
        create("lnk_8")
        create("lnk_9")
        assert provider.find_link(ctx, "lnk_1", self.since) is None
        create("lnk_10")
        with pytest.raises(OutcomeUnknown, match="dealpay_link_id lnk_1"):
            provider.find_link(ctx, "lnk_1", self.since)

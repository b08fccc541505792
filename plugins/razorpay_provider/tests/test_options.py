"""What a link is asked for beside its amount: expiry, parts, and who is written to."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.api.money import Money
from core.api.payments import Payer, ProviderLinkState
from plugins.razorpay_provider.simulator import links, seed

ASHA = Payer("Asha Rao", "asha@payer.example", "+919000090000")


class Clock:
    """The time at Razorpay, in seconds since 1970."""

    def __init__(self):
        self.now = datetime.now(UTC).timestamp()

    def __call__(self):
        return self.now


def in_days(days):
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)


def sent(account, link):
    return [(one["medium"], one["to"]) for one in links.notices(account, link.ref)]


class TestExpiry:
    def test_it_is_said_in_seconds(self, provider, ctx, request_of, account):
        provider.create_link(ctx, request_of(expires_at=in_days(3)))
        [made] = account.all("payment_link")
        assert made["expire_by"] == int(in_days(3).timestamp())

    def test_razorpay_lets_it_expire(self, provider, context, simulate, request_of):
        clock = Clock()
        simulator = simulate(clock=clock)
        ctx = context(simulator)
        link = provider.create_link(ctx, request_of(expires_at=in_days(3)))
        clock.now += 3 * 24 * 60 * 60 - 60
        assert provider.fetch_status(ctx, link.ref).state is ProviderLinkState.OPEN
        clock.now += 120
        assert provider.fetch_status(ctx, link.ref).state is ProviderLinkState.EXPIRED
        events = [one["body"]["event"] for one in simulator.account(seed.NORTHWIND.id).all("event")]
        assert events == ["payment_link.expired"]

    @pytest.mark.parametrize("days", [-1, 0, 200])
    def test_what_razorpay_does_not_take_is_refused(self, provider, ctx, request_of, account, days):
        with pytest.raises(Rejected, match=r"15 minutes|six months"):
            provider.create_link(ctx, request_of(expires_at=in_days(days)))
        assert account.all("payment_link") == []

    def test_what_is_declared_is_taken(self, provider, ctx, request_of):
        limits = provider.link_options.expiry
        for number, ahead in enumerate((limits.earliest, limits.latest)):
            at = datetime.now(UTC) + ahead
            provider.create_link(ctx, request_of(link_id=f"lnk_{number}", expires_at=at))


class TestParts:
    @pytest.mark.parametrize(
        ("currency", "least", "wire"), [("INR", "1000.50", 100_050), ("KWD", "1.01", 1010)]
    )
    def test_the_first_is_said_in_minor_units(
        self, provider, context, simulator, request_of, account, currency, least, wire
    ):
        ctx = context(simulator, currency=currency)
        part = Money.of(least, currency)
        provider.create_link(ctx, request_of(currency=currency, first_part=part))
        [made] = account.all("payment_link")
        assert (made["accept_partial"], made["first_min_partial_amount"]) == (True, wire)

    def test_less_is_not_taken_first_and_the_rest_is(self, provider, ctx, request_of, payer):
        link = provider.create_link(ctx, request_of(first_part=Money.of(1000, "INR")))
        payer.pay(link, amount="999")
        assert provider.fetch_status(ctx, link.ref).payments == ()
        payer.pay(link, amount="1000")
        assert provider.fetch_status(ctx, link.ref).state is ProviderLinkState.OPEN
        payer.pay(link, amount="3500")
        status = provider.fetch_status(ctx, link.ref)
        assert status.state is ProviderLinkState.INACTIVE
        assert sum(one.money.minor for one in status.payments) == 450_000

    @pytest.mark.parametrize(
        "part", [Money.of(0, "INR"), Money.of(4501, "INR"), Money(1, "INR"), Money(1, "XYZ")]
    )
    def test_a_part_that_makes_no_sense_is_refused(self, provider, ctx, request_of, account, part):
        with pytest.raises(Rejected):
            provider.create_link(ctx, request_of(first_part=part))
        assert account.all("payment_link") == []


class TestNotices:
    @pytest.mark.parametrize(
        ("asked", "arrived"),
        [
            ({"mail"}, [("email", ASHA.email)]),
            ({"sms"}, [("sms", ASHA.phone)]),
            ({"mail", "sms"}, [("sms", ASHA.phone), ("email", ASHA.email)]),
        ],
    )
    def test_the_payer_is_written_to_as_asked(self, provider, ctx, request_of, account, asked, arrived):
        link = provider.create_link(ctx, request_of(payer=ASHA, notify=frozenset(asked)))
        assert sorted(sent(account, link)) == sorted(arrived)
        assert account.get("payment_link", link.ref)["customer"]["name"] == "Asha Rao"

    def test_nobody_is_unless_it_was_asked_for(self, provider, ctx, request_of, account):
        link = provider.create_link(ctx, request_of(payer=ASHA))
        assert sent(account, link) == []

    def test_a_lost_answer_does_not_write_twice(self, provider, ctx, request_of, account, simulator):
        asked = request_of(payer=ASHA, notify=frozenset({"mail"}))
        simulator.faults.add("lost_reply", path="/v1/payment_links", method="POST")
        with pytest.raises(OutcomeUnknown):
            provider.create_link(ctx, asked)
        link = provider.create_link(ctx, asked)
        assert sent(account, link) == [("email", ASHA.email)]

    def test_once_more(self, provider, ctx, request_of, account):
        link = provider.create_link(ctx, request_of(payer=ASHA, notify=frozenset({"mail"})))
        provider.notify(ctx, link.ref, "sms")
        provider.notify(ctx, link.ref, "mail")
        assert sent(account, link) == [
            ("email", ASHA.email),
            ("sms", ASHA.phone),
            ("email", ASHA.email),
        ]

    def test_once_more_is_refused_where_it_leads_nowhere(
        self, provider, ctx, context, simulator, link, request_of, payer
    ):
        with pytest.raises(Rejected, match="email is not set"):
            provider.notify(ctx, link.ref, "mail")
        with pytest.raises(NotFound):
            provider.notify(context(simulator, seed.LAKESIDE), link.ref, "mail")
        closed = provider.create_link(ctx, request_of(link_id="lnk_2", payer=ASHA))
        payer.change(closed, "cancel")
        with pytest.raises(Rejected, match="created or partially paid"):
            provider.notify(ctx, closed.ref, "mail")

    def test_the_dashboard_shows_them(self, provider, ctx, request_of, simulator, http):
        provider.create_link(
            ctx, request_of(payer=ASHA, notify=frozenset({"sms"}), expires_at=in_days(3))
        )
        page = http.get(f"{simulator.base_url}/?account={seed.NORTHWIND.id}").text
        assert f"Sent by SMS to {ASHA.phone}" in page
        assert ", expires " in page

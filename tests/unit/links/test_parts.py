"""Payments in parts, and links whose time is over, in the ledger."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from core.api.money import Money
from core.api.payments import LinkStatus, PaymentState, PaymentStatus, ProviderLinkState
from core.app import App
from core.db.base import new_id
from core.links import ledger
from core.links.models import Flag, LinkEvent, Payment, PaymentLink
from core.people.service import Member
from tests.rows import add_account, add_link

ASKED = Money(4500, "EUR")
OPEN, INACTIVE, EXPIRED = ProviderLinkState


class Bench:
    """A link over 45 euro, and what the ledger says of it."""

    def __init__(self, app: App, owner: Member, **terms: Any):
        self.app, self.owner = app, owner
        account = add_account(app, owner, external_id=new_id("acct"))
        self.link_id = add_link(app, owner, account, ASKED, **terms).id

    def tell(
        self,
        *minors: int,
        state: ProviderLinkState = OPEN,
        at: datetime | None = None,
        currency: str = "EUR",
    ) -> None:
        """The provider's answer: payments of so many cents, in this order."""
        first = at or self.app.clock()
        payments = tuple(
            PaymentStatus(
                f"pay_{number}",
                PaymentState.SUCCEEDED,
                Money(minor, currency),
                at=first + timedelta(seconds=number),
            )
            for number, minor in enumerate(minors)
        )
        self.say(payments, state)

    def say(self, payments: tuple[PaymentStatus, ...], state: ProviderLinkState = OPEN) -> None:
        status = LinkStatus("plink_1", "https://pay.example/1", state, payments)
        ledger.write_down(self.app, self.owner.tenant_id, self.link_id, status)

    @property
    def link(self) -> PaymentLink:
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return session.get_one(PaymentLink, self.link_id)

    def rows(self, model: type[Any]) -> list[Any]:
        mine = select(model).where(model.link_id == self.link_id).order_by(model.id)
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return list(session.scalars(mine))

    def events(self) -> list[str]:
        return [event.name for event in self.rows(LinkEvent)]

    def problems(self) -> list[str | None]:
        return [payment.problem for payment in self.rows(Payment)]


New = Callable[..., Bench]


@pytest.fixture
def new(app: App, owner: Member) -> New:
    return lambda **terms: Bench(app, owner, **terms)


@pytest.fixture
def in_parts(new: New) -> Bench:
    return new(first_part_minor=1000)


class TestParts:
    def test_a_part_leaves_the_link_partly_paid(self, in_parts: Bench) -> None:
        for _ in range(2):
            in_parts.tell(1000)
        assert (in_parts.link.state, in_parts.link.paid_at) == ("part_paid", None)
        assert in_parts.events() == ["link.created", "payment.succeeded", "link.part_paid"]
        assert in_parts.rows(LinkEvent)[-1].detail["due"] == [3500, "EUR"]
        assert in_parts.link.flags == Flag(0)

    def test_the_last_part_pays_it(self, in_parts: Bench) -> None:
        in_parts.tell(1000)
        in_parts.tell(1000, 3500, state=INACTIVE)
        assert in_parts.link.state == "paid"
        assert in_parts.link.paid_at == in_parts.app.clock() + timedelta(seconds=1)
        told = ["payment.succeeded", "link.part_paid", "payment.succeeded", "link.paid"]
        assert in_parts.events() == ["link.created", *told]
        assert in_parts.problems() == [None, None]
        assert in_parts.link.flags == Flag(0)

    def test_all_of_it_at_once_is_paid_too(self, in_parts: Bench) -> None:
        in_parts.tell(4500)
        assert in_parts.link.state == "paid"
        assert in_parts.events() == ["link.created", "payment.succeeded", "link.paid"]

    def test_the_order_in_which_parts_are_told_changes_nothing(self, new: New) -> None:
        ends = set()
        for order in permutations((1000, 2000, 1500)):
            bench = new(first_part_minor=1000)
            for count in (1, 2, 3):
                bench.tell(*order[:count])
            ends.add((bench.link.state, bench.link.flags, tuple(bench.problems())))
            names = bench.events()
            assert (names.count("link.part_paid"), names.count("link.paid")) == (2, 1)
        assert ends == {("paid", Flag(0), (None, None, None))}

    def test_more_than_is_left_is_somebodys_worry(self, in_parts: Bench) -> None:
        in_parts.tell(1000, 4000)
        assert in_parts.problems() == [None, "40.00 EUR was paid where 35.00 EUR was left to pay."]
        assert in_parts.link.flags == Flag.OVERPAID | Flag.NEEDS_ATTENTION
        assert in_parts.link.state == "part_paid"

    def test_a_part_after_all_was_paid_is_once_too_often(self, in_parts: Bench) -> None:
        in_parts.tell(4500, 1000)
        assert in_parts.link.state == "paid"
        assert in_parts.problems() == [None, "10.00 EUR was paid once more: the link was paid already."]
        assert in_parts.link.flags == Flag.OVERPAID | Flag.NEEDS_ATTENTION

    def test_a_part_in_another_currency_is_none(self, in_parts: Bench) -> None:
        in_parts.tell(1000, currency="USD")
        assert in_parts.link.state == "open"
        assert in_parts.problems() == ["10.00 USD was paid where 45.00 EUR was asked."]
        assert Flag.NEEDS_ATTENTION in in_parts.link.flags

    def test_a_link_that_is_paid_in_one_takes_no_part(self, new: New) -> None:
        bench = new()
        bench.tell(1000)
        assert bench.link.state == "open"
        assert bench.problems() == ["10.00 EUR was paid where 45.00 EUR was asked."]


class TestExpiry:
    def test_a_provider_that_says_so(self, in_parts: Bench) -> None:
        in_parts.tell(1000)
        for _ in range(2):
            in_parts.tell(1000, state=EXPIRED)
        assert in_parts.link.state == "expired"
        assert in_parts.events()[-1:] == ["link.expired"]
        assert in_parts.events().count("link.expired") == 1
        assert in_parts.rows(LinkEvent)[-1].detail["due"] == [3500, "EUR"]

    def test_what_the_host_closed_when_its_time_was_over_has_expired(self, new: New, clock: Any) -> None:
        bench = new(expires_at=clock() + timedelta(hours=1), expiry_at=clock() + timedelta(hours=1))
        bench.tell()
        clock.now += timedelta(hours=2)
        bench.tell(state=INACTIVE)
        assert (bench.link.state, bench.link.expiry_at) == ("expired", None)

    def test_what_was_taken_back_before_was_deactivated(self, new: New, clock: Any) -> None:
        bench = new(expires_at=clock() + timedelta(hours=1))
        bench.tell(state=INACTIVE)
        assert bench.link.state == "deactivated"

    @pytest.mark.parametrize("late", [False, True])
    def test_a_payment_that_came_too_late_is_recorded_and_flagged(
        self, new: New, clock: Any, late: bool
    ) -> None:
        """Also where nobody has closed the link yet: what counts is when it was begun."""
        over = clock() + timedelta(hours=1)
        bench = new(expires_at=over)
        bench.tell()
        clock.now += timedelta(hours=2)
        bench.tell(4500, at=over + timedelta(minutes=1 if late else -1))
        assert bench.link.state == "paid"
        assert (Flag.PAID_LATE in bench.link.flags) is late
        assert ("payment.late" in bench.events()) is late

    def test_a_late_part_opens_nothing_again(self, in_parts: Bench) -> None:
        in_parts.tell(1000, state=EXPIRED)
        in_parts.tell(1000, 500, state=EXPIRED)
        assert in_parts.link.state == "expired"
        assert Flag.PAID_LATE in in_parts.link.flags
        in_parts.tell(1000, 500, 3000, state=EXPIRED)
        assert in_parts.link.state == "paid"


def test_what_the_provider_was_asked_to_send_is_in_the_history(new: New) -> None:
    bench = new(send_by="mail sms", payer_email="asha@payer.example", payer_phone="+919000090000")
    bench.tell()
    sent = [event.detail for event in bench.rows(LinkEvent) if event.name == "link.sent"]
    assert sent == [
        {"channel": "mail", "to": "asha@payer.example", "by": "Stripe"},
        {"channel": "sms", "to": "+919000090000", "by": "Stripe"},
    ]

"""The ledger is told the truth any number of times and in any order, and only moves forward."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.api.money import Money
from core.api.payments import Link, LinkStatus, PaymentState, PaymentStatus, ProviderLinkState
from core.app import App
from core.links import ledger
from core.links.models import LinkEvent, Payment, PaymentLink
from core.people.service import Member
from tests.rows import add_account, add_link

ASKED = Money(1234, "EUR")
PENDING, SUCCEEDED, FAILED = PaymentState.PENDING, PaymentState.SUCCEEDED, PaymentState.FAILED
OPEN, INACTIVE = ProviderLinkState.OPEN, ProviderLinkState.INACTIVE


class Bench:
    """One link, and what the ledger says of it."""

    def __init__(self, app: App, owner: Member):
        self.app, self.owner = app, owner
        self.account = add_account(app, owner)
        self.new_link()

    def new_link(self) -> None:
        self.link_id = add_link(self.app, self.owner, self.account).id

    def tell(
        self,
        *payments: PaymentStatus,
        state: ProviderLinkState = OPEN,
        opened_at: datetime | None = None,
    ) -> None:
        """The provider's answer of this moment."""
        ref = f"plink_{self.link_id}"
        status = LinkStatus(ref, f"https://pay.example/{ref}", state, payments, opened_at)
        ledger.write_down(self.app, self.owner.tenant_id, self.link_id, status)

    def payment(self, state: PaymentState, money: Money = ASKED, number: int = 1) -> PaymentStatus:
        at = self.app.clock() + timedelta(minutes=number)
        return PaymentStatus(f"cs_{self.link_id}_{number}", state, money, payer_name="Meena", at=at)

    def link(self) -> PaymentLink:
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return session.get_one(PaymentLink, self.link_id)

    def payments(self) -> list[tuple[str, str | None]]:
        """State and problem of each."""
        mine = select(Payment).where(Payment.link_id == self.link_id).order_by(Payment.id)
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return [(one.state, one.problem) for one in session.scalars(mine)]

    def history(self) -> list[LinkEvent]:
        mine = select(LinkEvent).where(LinkEvent.link_id == self.link_id).order_by(LinkEvent.id)
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return list(session.scalars(mine))

    def events(self) -> list[str]:
        return [event.name for event in self.history()]

    def reasons(self) -> list[str | None]:
        mine = select(Payment.reason).where(Payment.link_id == self.link_id).order_by(Payment.id)
        with self.app.db.unit_of_work(self.owner.tenant_id, read_only=True) as session:
            return list(session.scalars(mine))


@pytest.fixture
def bench(app: App, owner: Member) -> Bench:
    return Bench(app, owner)


def test_a_link_opens_once(bench: Bench) -> None:
    for _ in range(2):
        ledger.opened(
            bench.app, bench.owner.tenant_id, bench.link_id, Link("plink_1", "https://pay.example/1")
        )
    link = bench.link()
    assert (link.state, link.provider_ref, link.url) == ("open", "plink_1", "https://pay.example/1")
    assert link.opened_at == bench.app.clock()
    assert bench.events() == ["link.created"]


def test_the_truth_opens_a_draft_whose_answer_was_lost(bench: Bench) -> None:
    bench.tell(bench.payment(SUCCEEDED))
    assert bench.link().state == "paid"
    assert bench.events() == ["link.created", "payment.succeeded", "link.paid"]


@pytest.mark.parametrize(
    ("told", "payment", "link", "events"),
    [
        ([PENDING], "pending", "open", ["payment.pending"]),
        ([FAILED], "failed", "open", ["payment.failed"]),
        ([SUCCEEDED], "succeeded", "paid", ["payment.succeeded", "link.paid"]),
        ([PENDING, FAILED], "failed", "open", ["payment.pending", "payment.failed"]),
        ([FAILED, PENDING], "failed", "open", ["payment.failed"]),
        ([SUCCEEDED, FAILED], "succeeded", "paid", ["payment.succeeded", "link.paid"]),
        ([SUCCEEDED, PENDING], "succeeded", "paid", ["payment.succeeded", "link.paid"]),
        (
            [FAILED, SUCCEEDED],
            "succeeded",
            "paid",
            ["payment.failed", "payment.succeeded", "link.paid"],
        ),
    ],
)
def test_a_payment_moves_forward_only(
    bench: Bench, told: list[PaymentState], payment: str, link: str, events: list[str]
) -> None:
    for state in told:
        bench.tell(bench.payment(state))
    assert bench.payments() == [(payment, None)]
    assert bench.link().state == link
    assert bench.events() == ["link.created", *events]


def test_a_link_is_opened_for_the_first_time_once(bench: Bench) -> None:
    first = bench.link().created_at + timedelta(hours=1)
    bench.tell()
    assert bench.link().seen_at is None
    bench.tell(opened_at=first)
    bench.tell(opened_at=first + timedelta(hours=1))
    assert bench.link().seen_at == first
    assert bench.events() == ["link.created", "link.opened"]
    assert bench.history()[-1].happened_at == first


def test_a_link_is_not_opened_before_it_is_made(bench: Bench) -> None:
    bench.tell(opened_at=bench.link().created_at - timedelta(seconds=3))
    assert bench.link().seen_at == bench.link().created_at


def test_a_link_that_is_paid_was_opened_before(bench: Bench) -> None:
    bench.tell(bench.payment(SUCCEEDED), opened_at=bench.app.clock())
    assert bench.events() == ["link.created", "link.opened", "payment.succeeded", "link.paid"]


def test_a_name_that_is_too_long_loses_its_end_and_no_payment(bench: Bench) -> None:
    said = "झ" * 300
    bench.tell(replace(bench.payment(SUCCEEDED), payer_name=said, payer_email=said, method=said))
    assert bench.link().state == "paid"
    bench.tell(replace(bench.payment(FAILED, number=2), reason=said))
    assert bench.reasons() == [None, said[:255]]


def test_why_a_payment_failed_is_kept_until_it_succeeds(bench: Bench) -> None:
    bench.tell(replace(bench.payment(FAILED), reason="insufficient_funds"))
    assert bench.reasons() == ["insufficient_funds"]
    assert bench.history()[-1].detail["reason"] == "insufficient_funds"
    bench.tell(bench.payment(SUCCEEDED))
    assert bench.reasons() == [None]


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=st.lists(st.sampled_from([PENDING, FAILED, SUCCEEDED]), min_size=1, max_size=6))
def test_any_order_leads_to_the_furthest_state(bench: Bench, told: list[PaymentState]) -> None:
    bench.new_link()
    for state in told:
        bench.tell(bench.payment(state))
    furthest = max(told, key=[PENDING, FAILED, SUCCEEDED].index)
    assert bench.payments() == [(furthest, None)]
    assert bench.link().state == ("paid" if furthest is SUCCEEDED else "open")
    assert len(bench.events()) == len(set(bench.events()))


@pytest.mark.parametrize(
    ("money", "problem"),
    [
        (Money(1233, "EUR"), "12.33 EUR was paid where 12.34 EUR was asked."),
        (Money(1234, "USD"), "12.34 USD was paid where 12.34 EUR was asked."),
        (Money(0, "EUR"), "0.00 EUR was paid where 12.34 EUR was asked."),
    ],
)
def test_another_amount_is_shown_and_pays_nothing(bench: Bench, money: Money, problem: str) -> None:
    for _ in range(2):
        bench.tell(bench.payment(SUCCEEDED, money))
    assert bench.payments() == [("succeeded", problem)]
    assert bench.link().state == "open"
    assert bench.events() == ["link.created", "payment.mismatch"]


def test_a_second_payment_is_shown_and_pays_nothing_again(bench: Bench) -> None:
    later, sooner = bench.payment(SUCCEEDED, number=2), bench.payment(SUCCEEDED)
    for _ in range(2):
        bench.tell(later, sooner)
    assert bench.payments() == [
        ("succeeded", None),
        ("succeeded", "12.34 EUR was paid once more: the link was paid already."),
    ]
    assert bench.link().paid_at == sooner.at
    assert bench.events().count("link.paid") == bench.events().count("payment.succeeded") == 1


def test_a_failed_try_and_a_payment_that_arrives(bench: Bench) -> None:
    bench.tell(bench.payment(FAILED), bench.payment(SUCCEEDED, number=2))
    assert bench.payments() == [("failed", None), ("succeeded", None)]
    assert bench.link().state == "paid"


@pytest.mark.parametrize(
    ("tell", "state", "event"),
    [
        (lambda bench: bench.tell(state=INACTIVE), "deactivated", "link.deactivated"),
        (lambda bench: bench.tell(bench.payment(PENDING), state=INACTIVE), "deactivated", None),
        (lambda bench: bench.tell(bench.payment(SUCCEEDED), state=INACTIVE), "paid", "link.paid"),
    ],
)
def test_a_link_that_the_provider_has_closed(
    bench: Bench, tell: Callable[[Bench], None], state: str, event: str | None
) -> None:
    tell(bench)
    tell(bench)
    assert bench.link().state == state
    assert event is None or bench.events().count(event) == 1


def test_who_paid_on_a_closed_link_has_paid(bench: Bench) -> None:
    """The page was open when the link was closed."""
    bench.tell(state=INACTIVE)
    bench.tell(bench.payment(SUCCEEDED), state=INACTIVE)
    assert bench.link().state == "paid"

"""What the facts of a link come to."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api.money import Money
from core.links.flags import Balance, balance, flags_of
from core.links.models import Dispute, Flag, Payment, PaymentLink, Refund

ASKED = 100
AT = datetime(2026, 1, 2, tzinfo=UTC)
NONE = Flag(0)
ATTENTION = Flag.NEEDS_ATTENTION


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def paid(number: int = 1, minor: int = ASKED, state: str = "succeeded", late: bool = False) -> Payment:
    return Payment(id=f"pay_{number}", amount=euro(minor), state=state, late=late)


def refund(minor: int, of: int = 1, state: str = "succeeded", after: int = 1) -> Refund:
    return Refund(
        payment_id=f"pay_{of}",
        provider_ref=f"re_{after}",
        amount=euro(minor),
        state=state,
        at=AT + timedelta(days=after),
    )


def dispute(state: str, minor: int = ASKED, of: int = 1) -> Dispute:
    return Dispute(payment_id=f"pay_{of}", amount=euro(minor), state=state)


def flags(*facts: Payment | Refund | Dispute) -> Flag:
    link = PaymentLink(amount=euro(ASKED))
    kinds = [[one for one in facts if isinstance(one, kind)] for kind in (Payment, Refund, Dispute)]
    return flags_of(link, *kinds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], NONE),
        ([paid()], NONE),
        ([paid(state="failed")], NONE),
        ([paid(state="pending")], Flag.PENDING_PAYMENT),
        ([paid(state="failed"), paid(2)], NONE),
        # A second payment, until one of the two has gone back.
        ([paid(), paid(2)], Flag.OVERPAID | ATTENTION),
        ([paid(), paid(2), refund(100, of=2)], NONE),
        ([paid(), paid(2), refund(100, of=1)], NONE),
        ([paid(), paid(2), refund(60, of=2)], Flag.OVERPAID | ATTENTION),
        ([paid(), paid(2), refund(60, of=2), refund(40, of=2, after=2)], NONE),
        ([paid(), paid(2), dispute("lost", of=2)], Flag.DISPUTED),
        ([paid(), paid(2), refund(100), refund(100, of=2)], Flag.REFUNDED_FULL),
        ([paid(), paid(2), refund(100, of=2), refund(30)], Flag.REFUNDED_PART),
        # Refunds of parts add up.
        ([paid(), refund(30)], Flag.REFUNDED_PART),
        ([paid(), refund(30), refund(69, after=2)], Flag.REFUNDED_PART),
        ([paid(), refund(30), refund(70, after=2)], Flag.REFUNDED_FULL),
        ([paid(), refund(30, state="pending")], NONE),
        # A refund that failed, until another one has gone through.
        ([paid(), refund(100, state="failed")], ATTENTION),
        ([paid(), refund(100, state="failed"), refund(100, after=2)], Flag.REFUNDED_FULL),
        ([paid(), refund(100, state="failed"), refund(40, after=2)], Flag.REFUNDED_PART),
        ([paid(), refund(40), refund(60, state="failed", after=2)], Flag.REFUNDED_PART | ATTENTION),
        # Another amount, until it has gone back.
        ([paid(minor=99)], ATTENTION),
        ([paid(minor=0)], ATTENTION),
        ([paid(minor=101)], Flag.OVERPAID | ATTENTION),
        ([paid(minor=99), refund(99)], Flag.REFUNDED_FULL),
        # Paid when the link was closed.
        ([paid(late=True)], Flag.PAID_LATE | ATTENTION),
        ([paid(late=True, state="failed")], NONE),
        ([paid(late=True, state="pending")], Flag.PENDING_PAYMENT),
        ([paid(late=True), refund(100)], Flag.PAID_LATE | Flag.REFUNDED_FULL),
        # Disputes.
        ([paid(), dispute("open")], Flag.DISPUTED | ATTENTION),
        ([paid(), dispute("won")], NONE),
        ([paid(), dispute("lost")], Flag.DISPUTED),
        ([paid(), dispute("won"), dispute("open", 40)], Flag.DISPUTED | ATTENTION),
    ],
)
def test_the_flags_of_these_facts(facts: list[Payment | Refund | Dispute], expected: Flag) -> None:
    assert flags(*facts) == expected


def test_money_of_another_currency_is_shown_and_not_added() -> None:
    dollars = Payment(id="pay_2", amount=Money(500, "USD"), state="succeeded", late=False)
    back = Refund(
        payment_id="pay_2", provider_ref="re_1", amount=Money(500, "USD"), state="succeeded", at=AT
    )
    assert flags(dollars) == ATTENTION
    assert flags(paid(), dollars) == ATTENTION
    assert flags(paid(), dollars, back) == NONE


def test_the_balance() -> None:
    facts = [paid(), paid(2), paid(3, state="pending")], [refund(30), refund(5, state="pending")]
    money = balance("EUR", *facts, [dispute("lost", 20, of=2), dispute("open", 7)])
    assert money == Balance(paid=euro(200), refunded=euro(30), lost=euro(20))
    assert money.net == euro(150)


def test_the_order_of_the_facts_does_not_matter() -> None:
    facts = [paid(), paid(2), refund(60), refund(40, state="failed", after=2), dispute("open", of=2)]
    assert len({flags(*order) for order in permutations(facts)}) == 1


@settings(max_examples=60, derandomize=True)
@given(
    states=st.lists(st.sampled_from(["succeeded", "pending", "failed"]), max_size=3),
    parts=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 60)), max_size=5),
)
def test_no_link_is_refunded_in_part_and_in_full(
    states: list[str], parts: list[tuple[int, int]]
) -> None:
    payments = [paid(number, state=state) for number, state in enumerate(states, 1)]
    refunds = [refund(minor, of=of, after=day) for day, (of, minor) in enumerate(parts)]
    found = flags(*payments, *refunds)
    assert not (Flag.REFUNDED_PART in found and Flag.REFUNDED_FULL in found)
    assert not (Flag.OVERPAID in found and Flag.REFUNDED_FULL in found)
    assert Flag.OVERPAID not in found or ATTENTION in found

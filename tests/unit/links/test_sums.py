"""What a record's links come to: in the database, of all of them, and never across currencies."""

from typing import Any

import pytest

from core.api.money import Money
from core.app import App
from core.connections.models import PaymentAccount
from core.links import service
from core.links.models import Payment, PaymentLink, Refund
from core.links.service import RecordSums, Totals
from core.people.service import Member
from tests.rows import add_account, add_link


@pytest.fixture
def account(app: App, owner: Member) -> PaymentAccount:
    return add_account(app, owner)


def add(app: App, owner: Member, account: PaymentAccount, amount: Money, **values: Any) -> PaymentLink:
    """A link of this amount on the deal "7", unless ``values`` say otherwise."""
    made = add_link(app, owner, account, amount)
    with app.db.unit_of_work(owner.tenant_id) as session:
        link = session.get_one(PaymentLink, made.id)
        for name, value in {"state": "open", "provider_ref": link.id, **values}.items():
            setattr(link, name, value)
    return link


def pay(
    app: App, link: PaymentLink, amount: Money, back: Money | None = None, state: str = "succeeded"
) -> None:
    with app.db.unit_of_work(link.tenant_id) as session:
        payment = Payment(
            link_id=link.id,
            account_id=link.account_id,
            provider_ref=f"cs_{link.id}_{amount}",
            intent_ref=f"pi_{link.id}_{amount}",
            state=state,
            amount=amount,
        )
        session.add(payment)
        session.flush()
        if back:
            refund = {"provider_ref": f"re_{payment.id}", "state": "succeeded", "at": app.clock()}
            session.add(
                Refund(
                    link_id=link.id,
                    account_id=link.account_id,
                    payment_id=payment.id,
                    amount=back,
                    **refund,
                )
            )


def sums(app: App, owner: Member) -> RecordSums:
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        return service.sums_of_record(session, "kylas", "deal", "7")


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def yen(minor: int) -> Money:
    return Money(minor, "JPY")


def test_nothing_is_added_across_currencies(app: App, owner: Member, account: PaymentAccount) -> None:
    paid = add(app, owner, account, euro(100), state="paid")
    add(app, owner, account, euro(250))
    add(app, owner, account, euro(5), state="deactivated")
    add(app, owner, account, yen(7))
    # Somebody paid the first one twice, and in dollars besides.
    pay(app, paid, euro(100), back=euro(60))
    pay(app, paid, euro(101))
    pay(app, paid, Money(900, "USD"), back=Money(900, "USD"))
    found = sums(app, owner)
    assert found.totals == [
        Totals("test", asked=euro(355), paid=euro(201), open=euro(250), refunded=euro(60)),
        Totals("test", asked=yen(7), paid=yen(0), open=yen(7), refunded=yen(0)),
    ]
    assert found.counts == {"paid": 1, "open": 2, "deactivated": 1}


def test_money_of_tests_stands_apart(app: App, owner: Member, account: PaymentAccount) -> None:
    tried = add(app, owner, account, euro(100), state="paid")
    pay(app, tried, euro(100))
    add(app, owner, account, euro(30), mode="live")
    live, test = sums(app, owner).totals
    assert (live.mode, live.asked, live.paid) == ("live", euro(30), euro(0))
    assert (test.mode, test.asked, test.paid) == ("test", euro(100), euro(100))


def test_what_has_not_arrived_is_still_open(app: App, owner: Member, account: PaymentAccount) -> None:
    link = add(app, owner, account, euro(100), state="part_paid")
    pay(app, link, euro(30))
    pay(app, link, euro(50), state="pending")
    (total,) = sums(app, owner).totals
    assert (total.paid, total.open) == (euro(30), euro(70))
    # More than was asked for: nothing is open, and nothing less than that.
    pay(app, link, euro(90))
    (total,) = sums(app, owner).totals
    assert (total.paid, total.open) == (euro(120), euro(0))


def test_only_this_records_links_count(app: App, owner: Member, account: PaymentAccount) -> None:
    assert sums(app, owner) == RecordSums([], {})
    add(app, owner, account, euro(100), record_id="8")
    add(app, owner, account, euro(100), record_kind="lead")
    add(app, owner, account, euro(100), state="draft", job_state="failed", attempts=1)
    assert sums(app, owner) == RecordSums([], {})

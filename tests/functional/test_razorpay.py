"""A second provider beside the first: connected, paid through, told by its webhooks, core unchanged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import inspect, select

from core.api.money import Money
from core.connections.models import PaymentAccount
from core.db.base import new_id
from core.links.models import PaymentLink, Refund
from plugins.razorpay_provider.mapping import unit_product
from plugins.razorpay_provider.simulator import RazorpaySimulator, payments, seed
from tests.pages import form_to, words
from tests.support import ORIGIN, Browser, Clock
from tests.workspace import MOVE_DEAL, PAID_NOTE, Workspace

BY_HAND = "Razorpay has webhooks added on its own pages only"


@pytest.fixture
def new(second: Workspace) -> Callable[..., str]:
    """A function that makes a link and answers with its id."""

    def make(quantity: int) -> str:
        return second.open_link(product=unit_product("INR"), quantity=quantity)

    return make


def pay(link: PaymentLink, **form: str) -> str:
    """A customer opens the link and sends its form; where that leads."""
    assert link.url
    answer = requests.post(link.url, data={"method": "upi"} | form, allow_redirects=False, timeout=30)
    return answer.headers["Location"]


def test_another_account_is_most_likely_of_the_same_provider(
    wsgi: Any, workspace: Workspace, member: Browser
) -> None:
    assert form_to(member.get("/accounts/new"), "/accounts/new")["provider"].value == "stripe"
    newest = new_id("acc")
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        first = session.scalars(select(PaymentAccount)).one()
        names = [column.key for column in inspect(PaymentAccount).column_attrs]
        mine = {"id": newest, "provider": "razorpay", "webhook_token": newest, "is_default": False}
        session.add(PaymentAccount(**{name: getattr(first, name) for name in names} | mine))
    assert form_to(member.get("/accounts/new"), "/accounts/new")["provider"].value == "razorpay"
    asked = form_to(member.get("/accounts/new?provider=stripe"), "/accounts/new")
    assert asked["provider"].value == "stripe"


def test_a_payment_moves_the_deal(
    razorpay: RazorpaySimulator, second: Workspace, new: Callable[..., str]
) -> None:
    link_id = new(4500)
    pay(second.link(link_id))
    assert razorpay.deliveries.flush() == [200]
    second.work()
    [payment] = second.payments(link_id)
    assert second.link(link_id).state == "paid"
    assert payment.amount == Money.of(4500, "INR")
    assert second.stage() == "Won"
    assert second.runs(link_id)[MOVE_DEAL] == second.runs(link_id)[PAID_NOTE] == "done"


def test_a_delivery_that_comes_twice_is_one(
    razorpay: RazorpaySimulator, second: Workspace, new: Callable[..., str]
) -> None:
    pay(second.link(new(4500)))
    razorpay.faults.add("doubled")
    assert razorpay.deliveries.flush() == [200, 200]
    assert len(second.deliveries()) == 1


def test_a_payer_comes_back_to_a_page_that_confirms_it(
    razorpay: RazorpaySimulator, second: Workspace, new: Callable[..., str], browser: Browser
) -> None:
    back = urlsplit(pay(second.link(new(4500))))
    page = browser.get(f"{back.path}?{back.query}")
    assert f"{back.scheme}://{back.netloc}" == ORIGIN
    assert "has arrived" in words(page)


def test_parts_and_refunds_are_on_the_ledger(
    razorpay: RazorpaySimulator, second: Workspace, new: Callable[..., str]
) -> None:
    link = second.link(new(4500))
    requests.post(f"{link.url}/change", data={"action": "accept_partial"}, timeout=30)
    pay(link, amount="1000")
    pay(link, amount="3500")
    account = razorpay.account(seed.NORTHWIND.id)
    payments.refund(account, account.all("payment")[0]["id"], {"amount": 50_000})
    assert set(razorpay.deliveries.flush()) == {200}
    second.work()
    amounts = {payment.amount for payment in second.payments(link.id)}
    assert amounts == {Money.of(1000, "INR"), Money.of(3500, "INR")}
    assert [refund.amount for refund in second.rows(Refund)] == [Money.of(500, "INR")]


def test_a_lost_reply_leaves_one_link(
    razorpay: RazorpaySimulator, second: Workspace, clock: Clock
) -> None:
    razorpay.faults.add("lost_reply", path="/v1/payment_links", method="POST")
    made = second.create(second.new_link(product=unit_product("INR"), quantity=4500))
    clock.now += timedelta(hours=1)
    second.work()
    [at_razorpay] = razorpay.account(seed.NORTHWIND.id).all("payment_link")
    link = second.link(made.link_id)
    assert (link.state, link.provider_ref) == ("open", at_razorpay["id"])


def test_its_page_shows_how_to_add_the_webhook(second: Workspace, member: Browser) -> None:
    page = member.get(f"/accounts/{second.account_id}")
    assert "Register webhook" not in words(page)
    assert "payment_link.partially_paid" in words(page)


def test_an_account_is_connected_on_its_page(
    razorpay: RazorpaySimulator, workspace: Workspace, member: Browser
) -> None:
    start = seed.LAKESIDE
    form = form_to(member.get("/accounts/new?provider=razorpay"), "/accounts/new")
    form["key-key_id"], form["key-key_secret"] = start.key_id, start.key_secret
    form["key-merchant_id"] = start.id
    page = form.submit(status=303).follow()
    assert "The account is connected." in words(page)
    assert BY_HAND in words(page)
    assert start.key_secret not in page.text
    [made] = workspace.rows(PaymentAccount, PaymentAccount.provider == "razorpay")
    assert (made.currency, made.mode, made.external_id) == ("INR", "test", start.id)

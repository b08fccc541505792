"""The page that a payer comes back to: it asks the provider, and tells nothing about anybody else."""

import re

import pytest
from webtest import TestResponse

from core.links import service
from core.links.models import PaymentLink
from plugins.stripe_provider.simulator import links, refunds
from tests.functional.test_defences import directives
from tests.functional.test_query_counts import counted
from tests.pages import words
from tests.support import ORIGIN, Browser, Clock
from tests.workspace import Workspace

SESSIONS = "GET /v1/checkout/sessions"


def come_back(workspace: Workspace, browser: Browser, link_id: str, visit: str | None) -> TestResponse:
    """The payer is led back from the provider's page ``visit``."""
    return browser.get(address(workspace, link_id, visit), status="*")


def address(workspace: Workspace, link_id: str, visit: str | None = None) -> str:
    token = workspace.link(link_id).payer_token
    assert token
    return f"/p/{token}" + (f"?payment={visit.rpartition('/')[2]}" if visit else "")


def title(page: TestResponse) -> str:
    return " ".join(page.html.h1.get_text(" ").split())


def looks_again(page: TestResponse) -> str | None:
    return page.html.find(id="payment").get("data-refresh")


def test_the_webhook_is_not_waited_for(workspace: Workspace, browser: Browser) -> None:
    link_id = workspace.open_link(quantity=1250)
    page = come_back(workspace, browser, link_id, workspace.pay(link_id))
    assert title(page) == "Thank you, ₹1,250.00 INR has arrived"
    said = words(page)
    assert "For Payment in INR \N{MULTIPLICATION SIGN} 1,250" in said
    assert "Received by Northwind Trading" in said
    assert "Date Jan 2, 2026, 8:34 AM IST" in said
    assert f"Reference {workspace.payments(link_id)[0].intent_ref}" in said
    assert looks_again(page) is None
    assert workspace.link(link_id).state == "paid"
    workspace.work()
    assert workspace.stage() == "Won"


def test_the_provider_leads_the_payer_there(workspace: Workspace) -> None:
    link_id = workspace.open_link()
    (link,) = workspace.stripe.all("payment_link")
    leads_to = link["after_completion"]["redirect"]["url"]
    assert leads_to == f"{ORIGIN}{address(workspace, link_id)}?payment={{CHECKOUT_SESSION_ID}}"


def test_before_the_payment_there_is_the_way_to_pay(workspace: Workspace, browser: Browser) -> None:
    link_id = workspace.open_link(quantity=1250)
    page = come_back(workspace, browser, link_id, None)
    assert title(page) == "Nothing was received yet"
    assert page.html.find("a", class_="button")["href"] == workspace.link(link_id).url
    assert looks_again(page) == "30"


def test_a_bank_debit_is_on_its_way_until_the_bank_says_so(
    workspace: Workspace, browser: Browser, clock: Clock
) -> None:
    link_id = workspace.open_link(quantity=1250)
    visit = workspace.pay(link_id, method="bank_debit")
    page = come_back(workspace, browser, link_id, visit)
    assert title(page) == "Your payment is on its way"
    assert "don't pay again" in words(page)
    assert page.html.find("a", class_="button") is None
    workspace.settle(visit, "succeeded")
    clock.turn(seconds=30)
    page = come_back(workspace, browser, link_id, visit)
    assert title(page) == "Thank you, ₹1,250.00 INR has arrived"


def test_a_bank_debit_that_failed_can_be_tried_again(
    workspace: Workspace, browser: Browser, clock: Clock
) -> None:
    link_id = workspace.open_link()
    visit = workspace.pay(link_id, method="bank_debit")
    workspace.settle(visit, "failed")
    page = come_back(workspace, browser, link_id, visit)
    assert title(page) == "This payment did not go through"
    assert "No money was moved. You can try again." in words(page)
    assert page.html.find("a", class_="button")["href"] == workspace.link(link_id).url
    # That is the business of whoever tried: the link as such waits for its payment.
    clock.turn(seconds=10)
    assert title(come_back(workspace, browser, link_id, None)) == "Nothing was received yet"


def test_a_provider_that_does_not_answer_is_said_to_be_asked(
    workspace: Workspace, browser: Browser, clock: Clock
) -> None:
    link_id = workspace.open_link()
    visit = workspace.pay(link_id)
    workspace.sims.stripe.faults.add("unavailable", times=None)
    page = come_back(workspace, browser, link_id, visit)
    assert title(page) == "We are asking about your payment"
    assert "If you have paid, there is nothing more to do: don't pay again." in words(page)
    assert page.html.find("a", class_="button") is None
    assert looks_again(page) == "5"
    workspace.sims.stripe.faults.clear()
    clock.turn(seconds=5)
    assert title(come_back(workspace, browser, link_id, visit)).startswith("Thank you")


def test_one_question_in_five_seconds_whoever_asks(
    workspace: Workspace, wsgi: object, clock: Clock
) -> None:
    link_id = workspace.open_link()
    before = workspace.sims.asked(SESSIONS)
    for number in range(6):
        come_back(workspace, Browser(wsgi, REMOTE_ADDR=f"192.0.2.{number}"), link_id, "cs_test_1")
    assert workspace.sims.asked(SESSIONS) == before + 1
    clock.turn(seconds=5)
    come_back(workspace, Browser(wsgi), link_id, "cs_test_1")
    assert workspace.sims.asked(SESSIONS) == before + 2


def test_what_is_settled_is_asked_no_more(workspace: Workspace, browser: Browser, clock: Clock) -> None:
    link_id = workspace.open_link()
    visit = workspace.pay(link_id)
    come_back(workspace, browser, link_id, visit)
    asked = workspace.sims.asked(SESSIONS)
    clock.turn(days=1)
    assert title(come_back(workspace, browser, link_id, visit)).startswith("Thank you")
    assert workspace.sims.asked(SESSIONS) == asked


def test_too_many_loads_ask_nobody(workspace: Workspace, browser: Browser, clock: Clock) -> None:
    link_id = workspace.open_link()
    path = address(workspace, link_id, "cs_test_1")
    for _ in range(120):
        browser.get("/p/unknown", status=404)
    asked = workspace.sims.asked(SESSIONS)
    assert title(browser.get(path)) == "We are asking about your payment"
    assert workspace.sims.asked(SESSIONS) == asked
    clock.turn(minutes=1)
    browser.get(path)
    assert workspace.sims.asked(SESSIONS) == asked + 1


def without_address(page: TestResponse) -> str:
    return re.sub(r"/static/\w+", "", page.text)


def test_an_unknown_address_looks_like_a_closed_link(
    workspace: Workspace, browser: Browser, clock: Clock
) -> None:
    link_id = workspace.open_link()
    ref = workspace.link(link_id).provider_ref
    links.update(workspace.stripe, {"active": False}, ref)
    closed = come_back(workspace, browser, link_id, None)
    assert workspace.link(link_id).state == "deactivated"
    unknown = browser.get("/p/unknown", status=404)
    assert closed.status_int == 404
    assert without_address(closed) == without_address(unknown)
    assert title(closed) == "This link can't be paid"
    assert "Ask whoever sent it to you for a new link." in words(closed)
    assert "Northwind" not in closed
    asked = workspace.sims.asked("GET")
    clock.turn(minutes=1)
    come_back(workspace, browser, link_id, None)
    assert workspace.sims.asked("GET") == asked


def test_a_link_that_was_closed_after_the_payment_says_what_became_of_it(
    workspace: Workspace, browser: Browser
) -> None:
    link_id = workspace.open_link()
    visit = workspace.pay(link_id)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.get_one(PaymentLink, link_id).state = "deactivated"
    assert title(come_back(workspace, browser, link_id, visit)).startswith("Thank you")


@pytest.mark.parametrize("hint", ["cs_test_of_another_link", "x" * 2000, "'; drop table payments", "ü"])
def test_a_hint_chooses_among_the_payments_of_the_link(
    workspace: Workspace, browser: Browser, hint: str
) -> None:
    paid, other = workspace.open_link(quantity=1250), workspace.open_link(quantity=99)
    visit = workspace.pay(paid)
    come_back(workspace, browser, paid, visit)
    token = workspace.link(other).payer_token
    stranger = browser.get(f"/p/{token}", {"payment": visit.rpartition("/")[2]})
    assert title(stranger) == "Nothing was received yet"
    token = workspace.link(paid).payer_token
    assert title(browser.get(f"/p/{token}", {"payment": hint})) == "₹1,250.00 INR has arrived"


def test_each_payer_reads_about_their_own_payment(
    workspace: Workspace, browser: Browser, clock: Clock
) -> None:
    link_id = workspace.open_link(quantity=1250)
    first = workspace.pay(link_id)
    clock.turn(seconds=5)
    second = workspace.pay(link_id, name="Somebody Else", email="else@payer.example")
    mine, theirs = (come_back(workspace, browser, link_id, one) for one in (first, second))
    assert "It isn't the payment that was asked for here." not in words(mine)
    assert "It isn't the payment that was asked for here." in words(theirs)
    assert "Northwind Trading sees it and can pay it back" in words(theirs)
    references = {one.html.select_one("dd.mono").get_text() for one in (mine, theirs)}
    assert len(references) == 2


def test_nobody_is_named_and_nothing_of_ours_is_told(workspace: Workspace, browser: Browser) -> None:
    link_id = workspace.open_link()
    page = come_back(workspace, browser, link_id, workspace.pay(link_id))
    link, (payment,) = workspace.link(link_id), workspace.payments(link_id)
    for secret in (
        "Meena",
        "meena@payer.example",
        link_id,
        payment.id,
        workspace.tenant_id,
        workspace.account_id,
        workspace.owner.name,
        workspace.owner.email,
        link.record_title,
        link.record_url,
    ):
        assert secret not in page, secret


def test_the_money_went_back(workspace: Workspace, browser: Browser, clock: Clock) -> None:
    link_id = workspace.open_link(quantity=1250)
    visit = workspace.pay(link_id)
    come_back(workspace, browser, link_id, visit)
    give_back(workspace, link_id, 25000)
    page = come_back(workspace, browser, link_id, visit)
    assert title(page) == "Thank you, ₹1,250.00 INR has arrived"
    assert "₹250.00 INR of it was paid back." in words(page)
    give_back(workspace, link_id, 100000)
    assert title(come_back(workspace, browser, link_id, visit)) == "₹1,250.00 INR was paid back"


def give_back(workspace: Workspace, link_id: str, amount: int) -> None:
    """The seller refunds a part in the provider's dashboard, and somebody checks the link."""
    (payment,) = workspace.payments(link_id)
    refunds.create(workspace.stripe, {"payment_intent": payment.intent_ref, "amount": amount})
    service.check(workspace.app, workspace.tenant_id, link_id)


def test_it_is_public_and_stays_in_no_cache_frame_or_index(
    workspace: Workspace, browser: Browser
) -> None:
    link_id = workspace.open_link()
    page = come_back(workspace, browser, link_id, None)
    assert directives(page)["frame-ancestors"] == "'none'"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers
    assert page.html.find("meta", {"name": "robots"})["content"] == "noindex"
    assert page.html.title.string == "Payment to Northwind Trading"
    assert browser.post(page.request.path, status="*").status_int in (400, 405)


def test_ten_payments_cost_as_many_queries_as_one(
    workspace: Workspace, browser: Browser, clock: Clock
) -> None:
    link_id = workspace.open_link()
    visit = workspace.pay(link_id)
    come_back(workspace, browser, link_id, visit)
    with counted(workspace) as for_one:
        come_back(workspace, browser, link_id, visit)
    for _ in range(9):
        workspace.pay(link_id)
    clock.turn(seconds=6)
    come_back(workspace, browser, link_id, "cs_test_1")
    assert len(workspace.payments(link_id)) == 10
    with counted(workspace) as for_ten:
        come_back(workspace, browser, link_id, visit)
    assert for_ten == for_one

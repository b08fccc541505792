"""S9 and S10: the links of one record in the CRM, and the logs of all."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.screens import EMPTY_DEAL
from tests.browser.steps import RecordPage, create_link, made_link, pay, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

DEAL = "Tender: street lighting"


def make_a_link(page: Page, place: Place, amount: str) -> RecordPage:
    deal = RecordPage.open(page, place, "Deals", DEAL)
    app = deal.open_modal()
    button = app.get_by_role("button", name="Sign in")
    create = app.get_by_role("button", name="Create link")
    expect(button.or_(create).first).to_be_visible()
    if button.is_visible():
        sign_in(app)
    create_link(deal.modal, amount)
    made_link(deal.modal)
    return deal


def test_s09_links_of_a_record_with_what_they_come_to(page: Page, place: Place, watch: Watch) -> None:
    make_a_link(page, place, "1200")
    deal = RecordPage.open(page, place, "Deals", DEAL)
    page.get_by_role("link", name="View payment link").or_(
        page.get_by_role("button", name="View payment link")
    ).first.click()
    totals = deal.panel.get_by_label("Totals in INR")
    expect(totals).to_contain_text("Asked")
    expect(totals).to_contain_text("Open")
    expect(deal.panel.get_by_role("article").first).to_contain_text("₹1,200.00")


def test_a_link_that_leaves_the_chosen_ones_is_announced(page: Page, place: Place, watch: Watch) -> None:
    deal = make_a_link(page, place, "777")
    url = made_link(deal.modal)
    page.goto(f"{place.app}/login")
    sign_in(page)
    page.goto(f"{place.app}/embed/kylas/links?{EMPTY_DEAL}&show=open")
    card = page.get_by_role("article", name="₹777.00 INR, open")
    expect(card).to_be_visible()
    pay(page, url).close()
    page.bring_to_front()
    expect(page.get_by_role("status").filter(has_text="it is not among these any more")).to_have_count(1)
    expect(card).to_have_count(0)


def test_s10_payment_link_logs_are_filtered_and_a_link_is_read(
    page: Page, place: Place, watch: Watch
) -> None:
    make_a_link(page, place, "1234")
    page.goto(f"{place.app}/login")
    sign_in(page)
    page.goto(f"{place.app}/links")
    search = page.get_by_role("searchbox", name="Search")
    search.fill("lighting")
    page.get_by_text("More filters").click()
    page.get_by_label("Amount from").fill("1234")
    page.get_by_label("Amount up to").fill("1234")
    page.get_by_role("button", name="Filter").click()
    table = page.get_by_label("Payment links").get_by_role("table")
    expect(table.get_by_role("row", name=DEAL).first).to_contain_text("₹1,234.00")
    chip = page.get_by_role("link", name="Remove the filter “lighting”")
    chip.click()
    expect(chip).to_be_hidden()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Account", exact=True).last.uncheck()
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("columnheader", name="Account")).to_be_hidden()
    page.get_by_role("row", name=DEAL).get_by_role("link").first.click()
    expect(page.get_by_role("link", name="Open in Stripe")).to_have_attribute(
        "href", "https://dashboard.stripe.com/test/payment-links/" + reference(page)
    )
    page.get_by_role("link", name="Team", exact=True).last.click()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("made the link.")
    expect(timeline.get_by_role("listitem")).to_have_count(1)


def test_links_are_chosen_in_the_logs_and_deactivated_at_once(
    page: Page, place: Place, watch: Watch
) -> None:
    for amount in ("8101", "8102"):
        make_a_link(page, place, amount)
    page.goto(f"{place.app}/login")
    sign_in(page)
    address = f"{place.app}/links?status=open&least=8101&most=8102"
    page.goto(address)
    every = page.get_by_label("Choose all on this page")
    box = page.get_by_label(f"Choose the link for ₹8,101.00 INR on {DEAL}")
    said = page.get_by_role("status").filter(has_text="chosen")
    expect(said).to_have_count(0)
    box.press("Space")
    expect(said).to_have_text("1 chosen")
    assert every.evaluate("box => box.indeterminate")
    deactivate = page.get_by_role("button", name="Deactivate the chosen links")
    expect(deactivate).to_be_in_viewport(ratio=1)
    every.check()
    expect(said).to_have_text("2 chosen")
    deactivate.click()
    question = page.get_by_role("heading", name="Deactivate 2 links for ₹16,203.00 INR in test mode?")
    expect(question).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page).to_have_url(address)

    every.check()
    deactivate.click()
    page.get_by_role("button", name="Deactivate 2 links").click()
    expect(page.get_by_text("2 links are being deactivated at the provider.")).to_be_visible()
    expect(page).to_have_url(address)
    page.goto(address.replace("open", "deactivated"))
    closed = page.get_by_role("row", name=DEAL)
    for _ in range(100):  # they are closed one by one
        if closed.count() == 2:
            break
        page.wait_for_timeout(100)
        page.reload()
    expect(closed).to_have_count(2)
    expect(deactivate).to_be_hidden()


def reference(page: Page) -> str:
    return page.locator("dd .mono", has_text="plink_").first.inner_text()

"""The job of a rep on a lead, paid by bank debit: nothing moves before the money is certain."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import (
    REP,
    RecordPage,
    create_link,
    go_to_the_bank,
    made_link,
    pay,
    play,
    sign_in,
)

pytestmark = pytest.mark.browser

AMOUNT = "₹1,25,000.00 INR"  # grouped by lakh, as an Indian browser asks for


def test_a_bank_debit_moves_the_lead_when_it_succeeds(page: Page, place: Place) -> None:
    lead, bank, details = pay_by_bank(page, place, "Arjun Patel")
    lead.expect_stage("Open")

    bank.get_by_role("button", name="Let it succeed").click()
    page.bring_to_front()
    lead.expect_stage("Won")
    expect(lead.notes.filter(has_text="125,000.00 INR was paid by Asha Payer")).to_be_visible()
    expect(details.get_by_role("row", name="Asha Payer")).to_contain_text("Paid")


def test_a_bank_debit_that_fails_moves_nothing(page: Page, place: Place) -> None:
    lead, bank, details = pay_by_bank(page, place, "Fatima Khan")

    bank.get_by_role("button", name="Let it fail").click()
    expect(bank.get_by_role("heading", name="The payment failed")).to_be_visible()
    page.bring_to_front()
    expect(details.get_by_role("row", name="Asha Payer")).to_contain_text("Failed")
    expect(details.get_by_text("failed. No money was moved.")).to_be_visible()
    lead.expect_stage("Contacted")
    expect(lead.notes).to_have_count(1)


def pay_by_bank(page: Page, place: Place, name: str) -> tuple[RecordPage, Page, FrameLocator]:
    """A rep's link on a lead, paid by bank debit: the lead, the bank's page, the link's details."""
    play(page, place, "Ravi Iyer")
    lead = RecordPage.open(page, place, "Leads", name)
    modal = lead.open_modal()
    sign_in(modal, REP)
    modal.get_by_label("Quantity").fill("125000")
    expect(modal.get_by_label("Amount")).to_have_text(AMOUNT)
    create_link(modal, "125000")
    bank = pay(page, made_link(modal), by="Bank debit")
    go_to_the_bank(bank, place)
    page.bring_to_front()
    lead.close_modal()
    page.get_by_role("button", name="View payment link").click()
    lead.panel.get_by_role("article", name=AMOUNT).get_by_role("link", name="Details").click()
    expect(lead.panel.get_by_role("row", name="Asha Payer")).to_contain_text("On its way")
    expect(lead.notes).to_have_count(1)
    return lead, bank, lead.panel

"""The modal without a mouse: from "More actions" to the copied link and back."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import PASSWORD, REP, RecordPage, play

pytestmark = pytest.mark.browser


def test_the_keyboard_is_enough(page: Page, place: Place) -> None:
    play(page, place, "Ravi Iyer")
    deal = RecordPage.open(page, place, "Deals", "Billing counters")
    keys = page.keyboard
    opener = page.get_by_text("More actions")
    tab_to(page, opener)
    keys.press("Enter")
    tab_to(page, page.get_by_role("button", name="Generate payment link"))
    keys.press("Enter")

    tab_to(page, deal.modal.get_by_label("E-mail"))
    keys.type(REP)
    tab_to(page, deal.modal.get_by_label("Password", exact=True))
    keys.type(PASSWORD)
    keys.press("Enter")

    expect(deal.modal.get_by_label("Quantity")).to_be_visible()
    tab_to(page, deal.modal.get_by_label("Quantity"))
    keys.type("640")
    expect(deal.modal.get_by_label("Amount")).to_have_text("₹640.00 INR")
    keys.press("Enter")

    expect(deal.modal.get_by_text("ready to send")).to_be_focused()
    tab_to(page, deal.modal.get_by_role("button", name="Copy"))
    keys.press("Enter")
    expect(deal.modal.get_by_text("Payment link copied.")).to_be_visible()
    expect(deal.modal.get_by_role("button", name="Copied")).to_be_focused()

    keys.press("Escape")
    expect(deal.dialog).to_be_hidden()
    expect(opener).to_be_focused()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until ``target`` has the focus."""
    expect(target).to_be_visible()
    for _ in range(30):
        if target.evaluate("one => one === document.activeElement && document.hasFocus()"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"30 times Tab don't reach {target}")

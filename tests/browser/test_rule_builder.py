"""A rule with two actions: built without a mouse, tried on a payment, and done after the next one."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, made_link, pay, sign_in
from tests.browser.test_keyboard import tab_to

pytestmark = pytest.mark.browser

DEAL, NAME = "Cold storage upgrade", "Thank and invoice"
INVOICE, THANKS = "Invoice {{payment.amount}}", "Thanks to {{payer.name}}, {{payment.amount}}"


def test_s12_after_payment_actions_are_built_by_keyboard(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", DEAL)
    modal = deal.open_modal()
    sign_in(modal)
    create_link(modal, "771")
    pay(page, made_link(modal))
    deal.close_modal()

    rules = page.context.new_page()
    rules.goto(f"{place.app}/rules")
    sign_in(rules)
    press(rules, rules.get_by_role("link", name="Add a rule").first)
    first, second = (rules.get_by_role("group", name=f"Action {number} of 2") for number in (1, 2))

    choose(rules, rules.get_by_label("Then", exact=True), "Write a note")
    fill_in(rules, rules.get_by_label("Note", exact=True), THANKS)
    press(rules, rules.get_by_role("button", name="Add another action"))
    expect(second).to_be_focused()
    choose(rules, second.get_by_label("Then", exact=True), "Write a note")
    fill_in(rules, second.get_by_label("Note", exact=True), INVOICE)
    press(rules, second.get_by_role("button", name="Move up"))
    expect(first.get_by_role("button", name="Move down")).to_be_focused()
    expect(first.get_by_label("Note", exact=True)).to_have_value(INVOICE)
    fill_in(rules, rules.get_by_label("Name"), NAME)

    press(rules, rules.get_by_role("button", name="Preview"))
    preview = rules.locator("#preview")
    expect(preview).to_be_focused()
    shown = preview.get_by_role("listitem")
    expect(shown.first).to_contain_text(f"Write a note on the deal “{DEAL}”.")
    expect(shown.first).to_contain_text("Invoice 771.00 INR")
    expect(shown.last).to_contain_text("Thanks to Asha Payer, 771.00 INR")
    page.bring_to_front()
    expect(deal.notes.filter(has_text="Thanks to")).to_have_count(0)

    rules.bring_to_front()
    press(rules, rules.get_by_role("button", name="Save", exact=True))
    expect(rules.get_by_text("The rule is saved.")).to_be_visible()
    card = rules.get_by_role("article", name=NAME)
    expect(card.get_by_role("listitem")).to_have_count(2)

    page.bring_to_front()
    modal = deal.open_modal()
    create_link(modal, "772")
    pay(page, made_link(modal))
    page.bring_to_front()
    expect(deal.notes.filter(has_text="Invoice 772.00 INR")).to_be_visible()
    expect(deal.notes.filter(has_text="Thanks to Asha Payer, 772.00 INR")).to_be_visible()

    rules.bring_to_front()
    rules.reload()
    card.get_by_role("link", name="2 of the last 2 went well").click()
    expect(rules.get_by_role("row").filter(has_text="Note written")).to_have_count(2)

    # The place is everybody's: other tests read the notes of their records.
    rules.goto(f"{place.app}/rules")
    card.get_by_text("Delete", exact=True).click()
    card.get_by_role("button", name="Delete the rule").click()
    expect(card).to_be_hidden()


def press(page: Page, target: Locator) -> None:
    tab_to(page, target)
    page.keyboard.press("Enter")


def choose(page: Page, select: Locator, option: str) -> None:
    tab_to(page, select)
    page.keyboard.type(option)
    expect(select.get_by_role("option", name=option)).to_have_attribute("selected", "")


def fill_in(page: Page, field: Locator, text: str) -> None:
    tab_to(page, field)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)

"""Everything without a mouse: a rep's whole job, an admin's forms, and where the focus is meanwhile."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import OWNER, PASSWORD, REP, RecordPage, made_link, play, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser


def test_the_whole_job_of_a_rep(page: Page, place: Place) -> None:
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
    url = made_link(deal.modal)
    tab_to(page, deal.modal.get_by_role("button", name="Copy"))
    keys.press("Enter")
    expect(deal.modal.get_by_text("Payment link copied.")).to_be_visible()
    expect(deal.modal.get_by_role("button", name="Copied")).to_be_focused()

    # Esc closes what lies on top, and the focus goes back to what opened it.
    keys.press("Escape")
    expect(deal.dialog).to_be_hidden()
    expect(opener).to_be_focused()

    customer = page.context.new_page()
    customer.goto(url)
    tab_to(customer, customer.get_by_role("button", name="Pay", exact=True))
    customer.keyboard.press("Enter")
    expect(customer.get_by_role("heading", name="Thank you")).to_be_visible()
    page.bring_to_front()
    deal.expect_stage("Won")
    tab_to(page, page.get_by_role("button", name="View payment link"))
    keys.press("Enter")
    paid = deal.panel.get_by_role("article", name="₹640.00 INR, paid")
    expect(paid).to_be_visible()
    tab_to(page, paid.get_by_role("link", name="Details"))
    keys.press("Enter")
    expect(deal.panel.get_by_role("row", name="Asha Payer")).to_contain_text("Paid")


def test_the_forms_of_an_admin(page: Page, place: Place, watch: Watch) -> None:
    watch.expect("status of 422")
    keys = page.keyboard
    page.goto(f"{place.app}/login")
    tab_to(page, page.get_by_label("E-mail"))
    keys.type(OWNER)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    # The first Tab of a page offers the way past the menu.
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    keys.press("Enter")
    expect(page.locator("main")).to_be_focused()

    for path in ("/accounts/new", "/users/new"):
        page.goto(place.app + path)
        tab_to(page, page.locator("main form .button.primary").last)
        keys.press("Enter")
        refused = page.get_by_role("alert")
        expect(refused).to_be_focused()
        keys.press("Tab")
        keys.press("Enter")  # the first of what is wrong leads to its input
        expect(page.locator("main [aria-invalid=true]").first).to_be_focused()

    page.goto(f"{place.app}/rules")
    tab_to(page, page.get_by_role("link", name="Edit").first)
    keys.press("Enter")
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    page.go_back()
    delete = page.locator("details.confirm summary").first
    tab_to(page, delete)
    keys.press("Enter")
    tab_to(page, page.locator("details.confirm[open] [data-cancel]"))
    keys.press("Escape")
    expect(page.locator("details.confirm[open]")).to_have_count(0)
    expect(delete).to_be_focused()


def test_the_menu_and_the_focus_on_a_narrow_screen(page: Page, place: Place) -> None:
    page.set_viewport_size({"width": 320, "height": 500})
    page.goto(f"{place.app}/login")
    sign_in(page)
    menu = page.get_by_role("button", name="Menu")
    tab_to(page, menu)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Home")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Home")).to_be_hidden()
    expect(menu).to_be_focused()

    # The bar at the top stays there: what has the focus is never behind it.
    page.goto(f"{place.app}/plugins")
    page.evaluate("document.querySelector('main').lastElementChild.scrollIntoView()")
    page.locator("main :is(a, button)").last.focus()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if not page.evaluate("Boolean(document.activeElement.closest('main'))"):
            break
        assert page.evaluate(HIDDEN) is False, page.evaluate("document.activeElement.outerHTML")


#: Whether the focused element is behind the bar at the top.
HIDDEN = """() => {
  const { bottom } = document.querySelector(".topbar").getBoundingClientRect();
  return document.activeElement.getBoundingClientRect().top < bottom;
}"""


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until ``target`` has the focus."""
    expect(target).to_be_visible()
    for _ in range(60):
        if target.evaluate("one => one === document.activeElement && document.hasFocus()"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"60 times Tab don't reach {target}")

"""What goes wrong while a rep makes a link: nothing typed is lost, and no link is made twice."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, made_link, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

#: The Stripe client tries three times by itself before it gives up.
TRIES = 3

IMPOSSIBLE = {
    "0": "Enter 1 or more.",
    "-3": "Enter 1 or more.",
    "1.5": "Enter a whole number.",
    "1000000": "Enter 9,99,999 or less.",  # as an Indian browser groups it
    "": "Fill in “Quantity”.",
}


def open_form(page: Page, place: Place, name: str) -> RecordPage:
    deal = RecordPage.open(page, place, "Deals", name)
    sign_in(deal.open_modal())
    expect(deal.modal.get_by_label("Quantity")).to_be_visible()
    return deal


def test_the_provider_is_down_for_a_moment(page: Page, place: Place, watch: Watch) -> None:
    watch.expect("status of 422")
    deal = open_form(page, place, "Office fit-out, Koramangala")
    choose(deal.modal, "Onboarding package")
    place.fault("unavailable", path="/v1/", times=TRIES)
    create_link(deal.modal, "3")
    expect(deal.modal.get_by_role("alert")).to_contain_text("No link was made")
    expect(deal.modal.get_by_role("alert")).to_contain_text("Stripe can't be reached")

    deal.modal.get_by_role("button", name="Try again").click()
    expect(deal.modal.get_by_role("alert")).to_be_hidden()
    expect(deal.modal.get_by_label("Quantity")).to_have_value("3")
    expect(deal.modal.get_by_label("Amount")).to_have_text("₹13,500.00 INR")
    deal.modal.get_by_role("button", name="Create link").click()
    made_link(deal.modal)
    expect_links(deal, 1)


def test_the_provider_takes_no_more_requests_for_a_moment(
    page: Page, place: Place, watch: Watch
) -> None:
    watch.expect("status of 422")
    deal = open_form(page, place, "CCTV for four branches")
    place.fault("rate_limited", path="/v1/payment_links")
    create_link(deal.modal, "4321")
    expect(deal.modal.get_by_role("alert")).to_contain_text("No link was made")
    expect(deal.modal.get_by_label("Quantity")).to_have_value("4321")

    deal.modal.get_by_role("button", name="Create link").click()
    made_link(deal.modal)
    expect_links(deal, 1)


@pytest.mark.parametrize(
    ("fault", "name"), [("lost_reply", "Yearly maintenance"), ("unavailable", "Warehouse racking")]
)
def test_an_answer_that_may_mean_anything_is_looked_into(
    page: Page, place: Place, fault: str, name: str
) -> None:
    deal = open_form(page, place, name)
    place.fault(fault, path="/v1/payment_links", times=TRIES)
    create_link(deal.modal, "99")
    expect(deal.modal.get_by_text("We are checking whether the link was created.")).to_be_visible()
    made_link(deal.modal)
    expect_links(deal, 1)


def test_a_double_click_makes_one_link(page: Page, place: Place) -> None:
    deal = open_form(page, place, "Cold storage upgrade")
    deal.modal.get_by_label("Quantity").fill("50")
    deal.modal.get_by_role("button", name="Create link").dblclick()
    made_link(deal.modal)
    expect_links(deal, 1)


def test_impossible_quantities_are_refused_in_place(page: Page, place: Place, watch: Watch) -> None:
    watch.expect("status of 422")
    deal = open_form(page, place, "Walk-in enquiry")
    for quantity, problem in IMPOSSIBLE.items():
        create_link(deal.modal, quantity)
        field = deal.modal.get_by_label("Quantity")
        expect(field).to_have_accessible_description(problem)
        expect(field).to_have_value(quantity)
        expect(deal.modal.get_by_role("alert")).to_be_focused()
    choose(deal.modal, "Annual licence")
    create_link(deal.modal, "999999")
    expect(deal.modal.get_by_role("alert")).to_contain_text(
        "Stripe takes at most 999,999.99 in one payment. No link was made."
    )
    create_link(deal.modal, "2")
    made_link(deal.modal)
    expect_links(deal, 1)


def choose(modal: FrameLocator, product: str) -> None:
    """Choose a product by its name; the options show the price too."""
    option = modal.get_by_role("option", name=product)
    modal.get_by_label("Product").select_option(option.get_attribute("value"))


def expect_links(deal: RecordPage, count: int) -> None:
    """The record's links, as the side panel lists them."""
    deal.close_modal()
    deal.page.get_by_role("button", name="View payment link").click()
    expect(deal.panel.get_by_role("article")).to_have_count(count)

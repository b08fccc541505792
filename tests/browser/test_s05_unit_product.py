"""S5: each account gets a product whose price is 1 in its own currency, so that any amount can be asked.

Here a second account in another currency, chosen in the modal and switched off again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, go_to, made_link, new_account, open_app, sign_in

pytestmark = pytest.mark.browser

DINARS = "sk_test_gulf_sandbox_51Hr1"


def test_s5_an_account_in_dinars_has_a_product_that_costs_one_dinar(page: Page, place: Place) -> None:
    app = open_app(page, place)
    sign_in(app)
    go_to(app, "Connected accounts")
    new_account(app, "Stripe")
    app.get_by_label("Secret key").fill(DINARS)
    app.get_by_label("Label").fill("Dinars")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_text("The account is connected.")).to_be_visible()
    expect(app.get_by_text("price 1 KWD")).to_be_visible()

    deal = RecordPage.open(page, place, "Deals", "Rooftop solar, phase 1")
    modal = deal.open_modal()
    expect(modal.get_by_label("Amount")).to_have_text("₹1.00 INR")
    modal.get_by_label("Quantity").fill("7")
    modal.get_by_label("Account").focus()
    modal.get_by_label("Account").select_option(label="Dinars")
    expect(modal.get_by_label("Amount")).to_have_text("7.000 KWD")
    chosen = modal.get_by_role("combobox", name="Product").get_by_role("option", selected=True)
    expect(chosen).to_have_text(re.compile(r"Payment in KWD . 1.000\sKWD"))
    expect(modal.get_by_label("Account")).to_be_focused()
    modal.get_by_label("Quantity").fill("12")
    expect(modal.get_by_label("Amount")).to_have_text("12.000 KWD")
    create_link(modal, "12")
    made_link(modal)
    expect(modal.get_by_text("The link for 12.000 KWD")).to_be_visible()

    go_to(open_app(page, place), "Connected accounts")
    app.get_by_role("switch", name="Dinars").click()
    expect(app.get_by_text("1 link can still be paid.")).to_be_visible()
    app.get_by_role("button", name="Deactivate Dinars").click()
    expect(app.get_by_text("Dinars is inactive now.")).to_be_visible()
    RecordPage.open(page, place, "Deals", "Rooftop solar, phase 1").open_modal()
    expect(modal.get_by_label("Quantity")).to_be_visible()
    expect(modal.get_by_label("Account")).to_have_count(0)

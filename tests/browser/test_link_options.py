"""The options of a link in the CRM's modal, with two accounts that offer different ones."""

import pytest
from playwright.sync_api import Page, expect

from plugins.razorpay_provider.simulator import seed
from tests.browser.place import Place
from tests.browser.steps import RecordPage, go_to, made_link, new_account, open_app, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

NORTHWIND = seed.NORTHWIND
NO_SCROLL = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def test_options_in_the_modal(page: Page, place: Place, watch: Watch) -> None:
    watch.expect("status of 422")
    app = open_app(page, place)
    sign_in(app)
    go_to(app, "Connected accounts")
    new_account(app, "Razorpay")
    app.get_by_label("Key ID").fill(NORTHWIND.key_id)
    app.get_by_label("Key secret").fill(NORTHWIND.key_secret)
    app.get_by_label("Merchant ID").fill(NORTHWIND.id)
    app.get_by_label("Label").fill("Instalments")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_text("The account is connected.")).to_be_visible()

    lead = RecordPage.open(page, place, "Leads", "Mohan Pillai")
    page.set_viewport_size({"width": 640, "height": 800})
    modal = lead.open_modal()
    modal.get_by_label("Account").select_option(label="Northwind Stripe")
    expires, part = modal.get_by_label("Expires (optional)"), modal.get_by_label("First part")
    expect(expires).to_be_hidden()
    modal.get_by_text("Options", exact=True).click()
    expect(expires).to_be_visible()
    expect(part).to_have_count(0)
    modal.get_by_role("button", name="7 days").click()
    chosen = expires.input_value()
    assert chosen

    # What the other account offers comes in place, and nothing that was typed is lost.
    modal.get_by_label("Account").focus()
    modal.get_by_label("Account").select_option(label="Instalments")
    expect(part).to_be_visible()
    expect(modal.get_by_label("Account")).to_be_focused()
    expect(expires).to_have_value(chosen)
    modal.get_by_label("Quantity").fill("4500")
    part.fill("5000")
    modal.get_by_label("By e-mail").check()
    modal.get_by_label("Account").select_option(label="Northwind Stripe")
    expect(part).to_have_count(0)
    modal.get_by_label("Account").select_option(label="Instalments")
    expect(part).to_have_value("5000")
    expect(modal.get_by_label("By e-mail")).to_be_checked()
    modal.get_by_role("button", name="Create link").click()

    # Enter after the error is mended: no button but "Create link" is meant by it.
    expect(modal.get_by_role("alert")).to_contain_text("Enter less than 4,500.00 INR")
    expect(part).to_be_visible()
    assert lead.dialog.locator("iframe").element_handle().content_frame().evaluate(NO_SCROLL)
    part.fill("1000")
    part.press("Enter")
    made_link(modal)
    expect(modal.get_by_text("₹1,000.00 INR first, at least")).to_be_visible()
    expect(modal.get_by_text("Expires")).to_be_visible()

    # Other tests have one account.
    page.set_viewport_size({"width": 1280, "height": 900})
    go_to(open_app(page, place), "Connected accounts")
    app.get_by_role("switch", name="Instalments").click()
    app.get_by_role("button", name="Deactivate Instalments").click()
    expect(app.get_by_text("Instalments is inactive now.")).to_be_visible()

"""S4: accounts are added, tested, made the default, given a new key, and switched off."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, go_to, made_link, new_account, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

YEN, RUPEES = "sk_test_sakura_sandbox_51Hr0", "sk_test_northwind_sandbox_51Hq8"


def test_s04_connected_accounts(page: Page, place: Place, watch: Watch) -> None:
    watch.expect("status of 422")
    page.goto(f"{place.app}/login")
    sign_in(page)
    go_to(page, "Connected accounts")
    first = page.get_by_role("article", name="Northwind Stripe")
    expect(first).to_contain_text("Default")
    add(page, "pk_test_of_the_shop")
    expect(page.get_by_role("alert")).to_contain_text("This is a publishable key")
    expect(page.get_by_label("Label")).to_have_value("東京 Tokyo")
    what_is_pasted_is_named_at_once(page)
    page.get_by_label("Secret key").fill(f" {YEN} ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The account is connected.")).to_be_visible()
    expect(step(page, "Currency and country")).to_contain_text("JPY, JP; test mode")
    expect(step(page, "Webhook endpoint")).to_contain_text("It is registered at Stripe.")
    page.get_by_role("button", name="Test now").click()
    expect(page.get_by_text("The account was tested.")).to_be_visible()
    expect(step(page, "Key")).to_contain_text("It opens Sakura Works")
    another_accounts_key_replaces_nothing(page)
    made_default_it_is_chosen_first(page, place)
    switched_off_its_links_are_asked_about(page)


def add(page: Page, key: str) -> None:
    new_account(page, "Stripe")
    page.get_by_text("For a restricted key: what to tick").click()
    expect(page.get_by_role("row", name=re.compile("Payment Links"))).to_be_visible()
    page.get_by_label("Label").fill("東京 Tokyo")
    page.get_by_label("Secret key").fill(key)
    page.get_by_role("button", name="Save").click()


def what_is_pasted_is_named_at_once(page: Page) -> None:
    """And nobody is asked: a key leaves its field when the form is sent."""
    key = page.get_by_label("Secret key")
    said = page.locator("[data-kinds] [role=status]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(said).to_be_empty()
    for begins, sentence in {
        "pk_live_": "This is a publishable key",
        "sk_live_": "A restricted key is safer, and enough.",
        "sk_org_": "This is the key of an organisation",
        "rk_test_": "A restricted key of test mode",
    }.items():
        paste(key, f" {begins}51Hq8\n")
        expect(said).to_contain_text(sentence)
        expect(key).to_have_value(f"{begins}51Hq8")
    key.press("ControlOrMeta+A")
    key.press_sequentially("hunter2")
    expect(said).to_be_empty()
    assert asked == []


def paste(field: Locator, text: str) -> None:
    """In place of what is there, as a browser does it."""
    field.evaluate(
        """(field, text) => {
            field.focus();
            field.select();
            field.setRangeText(text, 0, field.value.length, "end");
            const how = { inputType: "insertFromPaste", bubbles: true };
            field.dispatchEvent(new InputEvent("input", how));
        }""",
        text,
    )


def step(page: Page, title: str) -> Locator:
    """The line of a step on an account's page."""
    heading = page.get_by_role("heading", name=title, exact=True, level=3)
    return page.get_by_role("listitem").filter(has=heading)


def another_accounts_key_replaces_nothing(page: Page) -> None:
    page.get_by_text("Replace the key", exact=True).first.click()
    page.get_by_label("Secret key").fill(RUPEES)
    page.get_by_role("button", name="Replace the key").click()
    expect(page.get_by_role("alert")).to_contain_text("This key opens Northwind Trading")
    page.get_by_label("Secret key").fill(YEN)
    page.get_by_role("button", name="Replace the key").click()
    expect(page.get_by_text("The new key is in use.")).to_be_visible()


def made_default_it_is_chosen_first(page: Page, place: Place) -> None:
    go_to(page, "Connected accounts")
    tokyo = page.get_by_role("article", name="東京 Tokyo")
    tokyo.get_by_role("button", name="Make default").click()
    expect(tokyo).to_contain_text("Default")
    deal = RecordPage.open(page, place, "Deals", "Yearly maintenance")
    modal = deal.open_modal()
    sign_in(modal)
    expect(modal.get_by_label("Account")).to_contain_text("東京 Tokyo")
    expect(modal.get_by_label("Amount")).to_contain_text("¥1 JPY")
    create_link(modal, "9000")
    made_link(modal)
    page.goto(f"{place.app}/accounts")
    page.get_by_role("article", name="Northwind Stripe").get_by_role(
        "button", name="Make default"
    ).click()
    expect(page.get_by_text("New links are made with Northwind Stripe")).to_be_visible()


def switched_off_its_links_are_asked_about(page: Page) -> None:
    page.get_by_role("switch", name="東京 Tokyo").click()
    expect(page.get_by_text("1 link can still be paid. What shall become of it?")).to_be_visible()
    expect(page.get_by_label("Leave them payable")).to_be_checked()
    page.get_by_label("Deactivate them at Stripe").check()
    page.get_by_role("button", name="Deactivate 東京 Tokyo").click()
    expect(page.get_by_text("1 link is being deactivated at the provider.")).to_be_visible()
    closing = page.get_by_role("region", name="Links that are deactivated")
    expect(closing).to_contain_text("1 of 1 are closed.")
    go_to(page, "Connected accounts")
    expect(page.get_by_role("article", name="東京 Tokyo")).to_contain_text("Inactive")

"""S14: what the app asks of the CRM, as whoever installs it reads it there."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.steps import play

pytestmark = pytest.mark.browser

READ = "read, read all"
ASKED = {
    "Deals": f"{READ}, update, update all, note",
    "Leads": f"{READ}, update, update all, note",
    "Notes": f"{READ}, write",
    "Contacts": READ,
    "Companies": READ,
    "Products and services": READ,
    "Pipelines": READ,
    "Users": READ,
    "Search lists": "read",
}


def test_s14_each_permission_is_named_with_its_reason(page: Page, place: Place) -> None:
    play(page, place, "Anita D'Souza")
    page.get_by_role("link", name="Marketplace").click()
    page.get_by_role("link", name="Dealpay").click()
    page.get_by_role("link", name="Install App").click()
    expect(page.get_by_text("Dealpay asks for these permissions in Lakeside Clinics.")).to_be_visible()
    terms = page.locator("main dt")
    assert {one.evaluate("dt => dt.firstChild.data.trim()") for one in terms.all()} == ASKED.keys()
    for name, actions in ASKED.items():
        one = terms.filter(has_text=name)
        expect(one.locator("small")).to_have_text(actions)
        expect(one.locator("+ dd")).to_contain_text(" ")  # a reason, in words

"""S1: an admin installs the app in the CRM's marketplace, and their colleague comes too late."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.steps import play, sign_in

pytestmark = pytest.mark.browser


def test_s01_a_colleague_has_installed_it_already(page: Page, place: Place) -> None:
    """Ravi is a member: Kylas lets him in. Meera isn't, and is told whom to ask."""
    play(page, place, "Meera Nair (")
    page.goto(f"{place.app}/login")
    page.get_by_role("link", name="Continue with Kylas").click()
    expect(page.get_by_role("heading", name="You aren\u2019t a member yet")).to_be_visible()
    expect(page.get_by_text("o•••@example.com")).to_be_visible()
    page.get_by_role("button", name="Ask for an invite").click()
    expect(page.get_by_text("They have a mail now.")).to_be_visible()

    play(page, place, "Ravi Iyer (")
    page.goto(f"{place.app}/login?next=/account")
    page.get_by_role("link", name="Continue with Kylas").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_text("rep@example.com").first).to_be_visible()


def test_s01_what_the_app_may_do_is_listed_before_it_is_connected(page: Page, place: Place) -> None:
    page.goto(f"{place.app}/login")
    sign_in(page)
    page.goto(f"{place.app}/install/kylas")
    expect(page.get_by_role("heading", name="What Dealpay does in Kylas")).to_be_visible()
    expect(page.get_by_text(re.compile("Deal: read"))).to_be_visible()
    expect(page.get_by_role("link", name="Connect with Kylas")).to_be_visible()

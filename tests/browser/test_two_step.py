"""Two-step sign-in by keyboard, with the codes of the secret that the page shows."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import flaws, observe
from tests.browser.place import Place
from tests.browser.screens import mailed
from tests.browser.test_keyboard import tab_to
from tests.phone import totp

pytestmark = pytest.mark.browser

VERA, PASSWORD = "vera@two-step.example", "three quiet herons"


def test_it_is_switched_on_and_taken(page: Page, place: Place) -> None:
    observe(page.context)
    page.emulate_media(reduced_motion="reduce")  # a colour is measured when it has arrived
    keys = page.keyboard
    sign_up(page, place)
    enter_password(page, place)
    page.goto(f"{place.app}/account")
    tab_to(page, page.get_by_role("link", name="Set up two-step sign-in"))
    keys.press("Enter")
    tab_to(page, page.get_by_label("Password", exact=True))
    keys.type(PASSWORD)
    keys.press("Enter")

    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    secret = page.get_by_role("textbox", name="Key").input_value()
    tab_to(page, page.get_by_label("Code", exact=True))
    keys.type(totp(secret, datetime.now(UTC)))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert flaws(page) == {}
    codes = page.get_by_role("textbox", name="Recovery codes").input_value().split("\n")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Download").press("Enter")
    assert codes == re.findall(r"\d{4} \d{4} \d{4}", saving.value.path().read_text())
    tab_to(page, page.get_by_role("button", name="Copy"))
    keys.press("Enter")
    expect(page.get_by_text("Recovery codes copied.")).to_be_attached()

    page.context.clear_cookies()
    enter_password(page, place)
    tab_to(page, page.get_by_label("Code", exact=True))
    keys.type(codes[0])
    keys.press("Enter")
    expect(page.get_by_text("You have used a recovery code: 9 are left.")).to_be_visible()
    page.goto(f"{place.app}/account/two-step")
    expect(page.get_by_text("9 recovery codes are left.")).to_be_visible()
    assert flaws(page) == {}

    page.context.clear_cookies()
    enter_password(page, place)
    tab_to(page, page.get_by_label("Code", exact=True))
    # The code of this half minute may have been the first one; a phone may be ahead of us.
    keys.type(totp(secret, datetime.now(UTC) + timedelta(seconds=30)))
    keys.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def sign_up(page: Page, place: Place) -> None:
    """A workspace of one's own: others go on signing in to theirs with one step."""
    page.goto(f"{place.app}/signup")
    page.get_by_label("Name").fill("Vera Lind")
    page.get_by_label("E-mail").fill(VERA)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(place.app + mailed(page, place, VERA, "/verify/"))
    page.locator("main .button.primary").click()


def enter_password(page: Page, place: Place) -> None:
    page.goto(f"{place.app}/login")
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type(VERA)
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/login"))

"""S2: signing up, in, and out, also in the CRM's frame through a window of its own."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import go_to, open_app, play, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

WINDOW = "Continue in a window of its own"


def in_frame(app: FrameLocator) -> None:
    """The member is signed in in the frame."""
    expect(app.get_by_role("navigation", name="Main")).to_be_visible()


def test_s02_the_frame_is_signed_in_by_a_window_with_a_password(page: Page, place: Place) -> None:
    play(page, place, "Asha Rao (")
    app = open_app(page, place)
    with page.expect_popup() as opened:
        app.get_by_role("button", name=WINDOW).click()
    window = opened.value
    sign_in(window)
    expect(window.get_by_text("Sign in to Dealpay inside Kylas as well?")).to_be_visible()
    assert "owner@example.com" in window.get_by_role("main").inner_text()
    with window.expect_event("close"):
        window.get_by_role("button", name="Continue as").click()
    in_frame(app)
    go_to(app, "Manage users")
    app.get_by_role("button", name="Sign out").first.click()
    expect(app.get_by_text("You are signed out.")).to_be_visible()
    # The window's own session goes on: the next time takes one click.
    with page.expect_popup() as opened:
        app.get_by_role("button", name=WINDOW).click()
    opened.value.get_by_role("button", name="Continue as").click()
    in_frame(app)


def test_s02_the_frame_is_signed_in_by_the_crm(page: Page, place: Place) -> None:
    """The CRM's page is another site: the window is still known to the frame when it comes back."""
    play(page, place, "Ravi Iyer (")
    app = open_app(page, place)
    with page.expect_popup() as opened:
        app.get_by_role("link", name="Continue with Kylas").click()
    window = opened.value
    expect(window.get_by_text("rep@example.com")).to_be_visible()
    assert "code=" not in window.url
    with window.expect_event("close"):
        window.get_by_role("button", name="Continue as").click()
    in_frame(app)
    # Not in an address, and not where scripts of another day could read it.
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_s02_a_window_that_is_opened_by_somebody_else_gives_no_code_away(
    page: Page, place: Place, watch: Watch
) -> None:
    """A page of another site opens the window and waits for the code."""
    page.goto(f"{place.app}/login")
    sign_in(page)
    page.goto(f"{place.crm}/")
    page.evaluate("window.got = []; addEventListener('message', (event) => got.push(event.data))")
    with page.expect_popup() as opened:
        page.evaluate(
            "(address) => { open(address, 'w') }", f"{place.app}/popup?for={'a' * 64}&crm=kylas"
        )
    window = opened.value
    watch.expect("postMessage")  # Chromium says that the code was for another origin
    window.get_by_role("button", name="Continue as").click()
    expect(window.get_by_text("You can close this window")).to_be_visible()
    assert page.evaluate("got") == []


def test_s02_a_blocked_window_leaves_another_way(page: Page, place: Place) -> None:
    play(page, place, "Asha Rao (")
    page.add_init_script("window.open = () => null")
    app = open_app(page, place)
    app.get_by_role("button", name=WINDOW).click()
    expect(app.get_by_text("Your browser has blocked the window.")).to_be_visible()
    expect(app.get_by_role("link", name="Open in new tab")).to_be_visible()

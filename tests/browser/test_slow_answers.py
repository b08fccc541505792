"""Somebody takes their time: what a person sees at once, and what is said after eight seconds."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.place import Place
from tests.browser.screens import EMPTY_DEAL
from tests.browser.steps import sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

#: A link that was followed stays without an answer: its page is still there.
STAYS = "addEventListener('click', (event) => event.preventDefault())"
FORM = f"/embed/kylas/links/new?{EMPTY_DEAL}"


@pytest.fixture
def member(page: Page, place: Place) -> Page:
    """The owner, whose clock stands still but for what the test turns it."""
    page.goto(f"{place.app}/login")
    sign_in(page)
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    return page


def test_the_modal_has_its_shape_while_the_crm_is_asked(member: Page, place: Place) -> None:
    held: list[Route] = []
    member.route("**/links/new?*whole=1*", lambda route: held.append(route))
    member.goto(place.app + FORM)
    expect(member.get_by_role("heading", name="Generate payment link")).to_be_visible()
    busy = member.locator("[aria-busy=true]")
    expect(busy).to_be_visible()
    member.clock.run_for(7_900)
    expect(member.get_by_text("is slow to answer")).to_be_hidden()
    member.clock.run_for(200)
    expect(member.get_by_role("status").filter(has_text="is slow to answer")).to_be_visible()

    held[0].continue_()
    expect(member.get_by_label("Quantity")).to_be_visible()
    expect(busy).to_have_count(0)
    # The scripts of the form came with it.
    member.get_by_label("Quantity").fill("25")
    expect(member.get_by_label("Amount")).to_have_text("₹25.00 INR")


@pytest.mark.parametrize("silent", [False, True])
def test_a_modal_that_never_comes_can_be_asked_for_again(
    member: Page, place: Place, watch: Watch, silent: bool
) -> None:
    held: list[Route] = []
    if not silent:
        watch.expect("Failed to load resource")
    member.route("**/links/new?*whole=1*", lambda route: held.append(route) if silent else route.abort())
    member.goto(place.app + FORM)
    if silent:
        expect(member.locator("[aria-busy=true]")).to_be_visible()
        member.clock.run_for(61_000)
    again = member.get_by_role("link", name="Try again")
    expect(again).to_be_focused()
    expect(member.get_by_text("nothing was changed")).to_be_visible()
    member.unroute_all()
    again.press("Enter")
    expect(member.get_by_label("Quantity")).to_be_visible()


def test_a_page_that_is_left_says_that_it_takes_long(member: Page, place: Place) -> None:
    member.goto(f"{place.app}/")
    member.evaluate(STAYS)
    member.get_by_role("navigation", name="Main").get_by_role("link", name="After payment").click()
    member.clock.run_for(300)
    expect(member.locator("html.leaving")).to_be_attached()
    member.clock.run_for(8_000)
    expect(member.get_by_role("status").filter(has_text="takes longer than usual")).to_be_visible()
    member.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(member.locator("html.leaving")).to_have_count(0)


def test_it_works_without_scripts(place: Place, page: Page) -> None:
    browser = page.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{place.app}/login")
    sign_in(plain)
    plain.goto(place.app + FORM)
    expect(plain.get_by_label("Quantity")).to_be_visible()
    context.close()

"""Every page in its states, for everybody: axe finds nothing, in both themes; nothing moves once it is
painted; nothing overlaps or hangs over, on narrow and wide screens, left to right and right to left."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.looks import NARROW, WIDE, flaws, in_both_themes, observe
from tests.browser.place import Place, served
from tests.browser.screens import EMPTY, INSIDE, NEW_DEAL, OUTSIDE, Screen, enter, furnish, tour
from tests.browser.steps import OWNER, REP
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Without transitions: a colour is measured when it has arrived."""
    context = chromium.new_context(viewport=WIDE, locale="en-IN", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    observe(context)
    yield context
    context.close()


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One of its own, in which nothing has happened yet."""
    with served(tmp_path_factory.mktemp("every")) as place:
        yield place


def test_every_page_is_for_everybody(
    page: Page, place: Place, watch: Watch, subtests: pytest.Subtests
) -> None:
    watch.expect("status of 4[0-9][0-9]")
    enter(page, place, OWNER)
    look(page, place, EMPTY, {}, subtests)
    known = furnish(page, place)
    look(page, place, [one for one in INSIDE if one.who == "owner"], known, subtests)
    with subtests.test("the open menu"):
        page.set_viewport_size(NARROW)
        page.goto(f"{place.app}/")
        page.get_by_role("button", name="Menu").click()
        assert in_both_themes(page) == {}
    with subtests.test("the shape of the modal"):
        page.route("**/links/new?*whole=1*", lambda _: None)
        page.goto(place.app + NEW_DEAL)
        assert in_both_themes(page) == {}
        page.unroute_all(behavior="ignoreErrors")
    page.set_viewport_size(WIDE)
    with subtests.test("the question about chosen links"):
        page.goto(f"{place.app}/links")
        page.get_by_label("Choose all on this page").check()
        page.get_by_role("button", name="Deactivate the chosen links").click()
        expect(page.get_by_role("heading", name="Deactivate 1 link for")).to_be_visible()
        assert flaws(page) == {}
    page.context.clear_cookies()
    look(page, place, OUTSIDE, known, subtests)
    enter(page, place, REP)
    look(page, place, [one for one in INSIDE if one.who == "rep"], known, subtests)


def look(
    page: Page, place: Place, screens: list[Screen], known: dict[str, str], subtests: pytest.Subtests
) -> None:
    for screen in tour(page, place, screens, known):
        with subtests.test(screen.name):
            assert flaws(page) == {}

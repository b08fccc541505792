"""Every page of the app, in three widths and both themes: docs/screens.

What there is to be seen is said in tests/browser/screens.py, where a new page needs a line anyway:
``shown`` is the name of its pictures.
"""

from collections.abc import Sequence

from playwright.sync_api import Browser, Page

from docs.screenshots import index
from docs.screenshots.camera import SCREENS as FOLDER
from docs.screenshots.camera import screens, step
from docs.screenshots.people import tab
from tests.browser.place import Place
from tests.browser.screens import EMPTY, INSIDE, OUTSIDE, Screen, enter, furnish, tour
from tests.browser.steps import OWNER

_WIDE = (1280, 900)


def _shown(of: Sequence[Screen]) -> list[Screen]:
    return [screen for screen in of if screen.shown]


SCREENS = _shown([*OUTSIDE, *INSIDE, *EMPTY])


def hang(browser: Browser, place: Place) -> None:
    """Take all of them, and write the page that shows them."""
    for old in FOLDER.glob("*.jpg"):
        old.unlink()
    with tab(browser, _WIDE) as page:
        with step("a member who signs in"):
            enter(page, place, OWNER)
        _take(page, place, EMPTY, {})
        with step("links and people to be seen"):
            known = furnish(page, place)
        _take(page, place, INSIDE, known)
        page.context.clear_cookies()
        _take(page, place, OUTSIDE, known)
    index.write([screen.shown for screen in SCREENS])


def _take(page: Page, place: Place, of: Sequence[Screen], known: dict[str, str]) -> None:
    width, height = _WIDE
    for screen in tour(page, place, _shown(of), known):
        with step(f"screen {screen.shown}"):
            screens(screen.shown, page)
            page.set_viewport_size({"width": width, "height": height})

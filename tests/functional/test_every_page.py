"""Tests that look at every page look at every page."""

from typing import Any

from tests.browser.screens import SCREENS
from tests.routes import pages


def test_every_page_has_a_screen(wsgi: Any) -> None:
    """Looked at by tests/browser/test_every_page.py: a new page needs a line in its list."""
    assert pages(wsgi) - {screen.route for screen in SCREENS} == set()

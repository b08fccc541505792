"""Fixtures: everything served, a browser of one's own, and what it complains about."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.place import Place, served
from tests.browser.watch import Watch

PATIENCE = 30_000  # milliseconds; a busy machine needs them


@pytest.fixture(scope="session")
def place(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """`dealpay serve`; each test works on records of its own."""
    expect.set_options(timeout=PATIENCE)
    with served(tmp_path_factory.mktemp("place")) as place:
        yield place


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser in which nobody is signed in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-IN")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture(autouse=True)
def watch(context: BrowserContext) -> Iterator[Watch]:
    """No page may complain about anything that the test didn't provoke."""
    watch = Watch(context)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()

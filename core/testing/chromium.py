"""Chromium for tests: one for the whole run, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A click in a frame that was just painted can miss a frame of another process.
    "--disable-site-isolation-trials",
)
MISSING = "Chromium is missing: install it, or name it in CHROMIUM."


def where() -> str | None:
    """The Chromium on PATH, or the one that ``CHROMIUM`` names."""
    return shutil.which(os.environ.get("CHROMIUM", "chromium"))


@contextmanager
def launched(path: str) -> "Iterator[Browser]":
    """A browser that starts from nothing and says nothing to anybody."""
    from playwright.sync_api import sync_playwright  # only who drives a browser needs it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """The browser of the tests. Without a Chromium the test is skipped; in CI it fails."""
    path = where()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with launched(path) as browser:
        yield browser

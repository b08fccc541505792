"""Chromium for tests: one for the whole run, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """The Chromium on PATH, or the one that ``CHROMIUM`` names.

    Without one the test is skipped; in CI it fails.
    """
    path = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if path is None:
        why = "Chromium is missing: install it, or name it in CHROMIUM."
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    from playwright.sync_api import sync_playwright  # only who drives a browser needs it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        browser.close()

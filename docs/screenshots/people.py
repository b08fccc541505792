"""Tabs of the people in the pictures, and the mails that they get."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from playwright.sync_api import Browser, Page

from tests.browser.place import Place

#: As wide as most of what is cut out of it, so that it is shown as it is.
GUIDE = (1000, 1000)
_PATIENCE = 10_000  # milliseconds


@contextmanager
def tab(browser: Browser, size: tuple[int, int] = GUIDE) -> Iterator[Page]:
    """A browser in which nobody is signed in."""
    width, height = size
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, locale="en-IN", reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(_PATIENCE)
    yield context.new_page()
    context.close()


def mailed_link(place: Place, to: str, kind: str) -> str:
    """The newest link below ``/<kind>/`` that was mailed to somebody; a job sends it."""
    deadline = time.monotonic() + _PATIENCE / 1000
    while time.monotonic() < deadline:
        mails = requests.get(f"{place.sandbox}/mail/", timeout=5).text
        for number in re.findall(r'href="/mail/(\d+)"', mails):
            mail = requests.get(f"{place.sandbox}/mail/{number}", timeout=5).text
            if to in mail and (link := re.search(rf'href="({place.app}/{kind}/[^"]+)"', mail)):
                return link[1]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {to} with a link below /{kind}/")

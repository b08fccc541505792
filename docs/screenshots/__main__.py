"""Take every picture of the docs anew, from the sandbox: ``make screenshots``."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import expect

from core.testing.chromium import MISSING, launched, where
from docs.screenshots import camera, gallery, newcomer, seller
from tests.browser.place import Place, served


def main() -> None:
    """The guide's pictures, then every page; ``guide`` or ``screens`` takes only those."""
    wanted = sys.argv[1:] or ["guide", "screens"]
    path = where()
    if path is None:
        raise SystemExit(MISSING)
    expect.set_options(timeout=10_000)
    begun = time.monotonic()
    try:
        with launched(path) as browser:
            if "guide" in wanted:
                with _sandbox() as place:
                    newcomer.tell(browser, place)
                    seller.tell(browser, place)
            if "screens" in wanted:
                with _sandbox() as place:
                    gallery.hang(browser, place)
    except camera.StepFailed as failed:
        raise SystemExit(str(failed)) from failed
    print(f"Done in {time.monotonic() - begun:.0f} s.")  # noqa: T201


@contextmanager
def _sandbox() -> Iterator[Place]:
    """One of its own, in which nothing has happened yet."""
    with ExitStack() as stack:
        with camera.step("start the sandbox"):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            place = stack.enter_context(served(Path(folder)))
        yield place


if __name__ == "__main__":
    main()

"""Takes the pictures: with the times, ids and addresses of one run made those of every run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

HERE = Path(__file__).parents[1]
PICTURES = HERE / "guide" / "images"
SCREENS = HERE / "screens"
WIDTHS = (1280, 640, 320)
THEMES = ("light", "dark")

_HEIGHT = 900
_HIGHEST = 2400  # what a longer page shows further down, it has shown above
_STILL = (Path(__file__).parent / "still.js").read_text()
# The main part of a page goes down to the end of the window; the picture, to that of its content.
_HEIGHT_OF_CONTENT = """it => {
  const box = it.getBoundingClientRect()
  const ends = [...it.children].map((child) => child.getBoundingClientRect().bottom)
  return (it.tagName === "MAIN" ? Math.min(box.bottom, Math.max(...ends) + 24) : box.bottom) - box.y
}"""
_MARK = (
    "(it, on) => { it.style.outline = on ? '3px solid #d6336c' : ''; it.style.outlineOffset = '3px' }"
)


class StepFailed(Exception):
    """A step of the story that did not go as it should."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Name what is being done, for the message when it fails."""
    try:
        yield
    except StepFailed:
        raise
    except Exception as error:
        raise StepFailed(f'The step "{name}" failed: {error}') from error


def picture(name: str, of: Page | Locator, *, mark: Locator | None = None) -> None:
    """A picture of the guide: ``of`` a part of a page, with a ring around ``mark``."""
    with step(f"picture {name}"):
        page = of if isinstance(of, Page) else of.page
        if isinstance(of, Locator):
            of.scroll_into_view_if_needed()
        _still(page)
        if mark is not None:
            mark.evaluate(_MARK, True)
        file = PICTURES / f"{name}.png"
        page.screenshot(path=file, clip=_clip(of), animations="disabled")
        if mark is not None:
            mark.evaluate(_MARK, False)


def _clip(of: Page | Locator) -> Any:
    """The part of the window that is the picture; None is all of it."""
    if isinstance(of, Page):
        return None
    box = of.bounding_box()
    assert box, "there is nothing to be seen"
    return {**box, "height": of.evaluate(_HEIGHT_OF_CONTENT)}


def screens(name: str, page: Page) -> None:
    """A page in each width and theme."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            _still(page)
            file = SCREENS / f"{name}-{width}-{theme}.jpg"
            high = min(_HIGHEST, int(page.evaluate("document.documentElement.scrollHeight")))
            page.screenshot(
                path=file,
                full_page=True,
                clip={"x": 0, "y": 0, "width": width, "height": max(_HEIGHT, high)},
                type="jpeg",
                quality=55,
                animations="disabled",
            )


def _still(page: Page) -> None:
    for frame in page.frames:
        # A page may come as its shape first, and then as itself.
        expect(frame.locator("[aria-busy='true']")).to_have_count(0)
        frame.evaluate(_STILL)

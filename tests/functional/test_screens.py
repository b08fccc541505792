"""docs/screens and the guide's pictures: complete, of pages that there are, and not too heavy."""

import re
from typing import Any

import pytest

from core.help import guide
from docs.screenshots import camera, gallery, index
from tests.routes import pages

AGAIN = "run `make screenshots`"
_MIB = 1024 * 1024


def test_every_page_is_in_the_gallery(wsgi: Any) -> None:
    here = {screen.route for screen in gallery.SCREENS} - {None}
    assert here == pages(wsgi), f"say how it is shown in tests/browser/screens.py, and {AGAIN}"


def test_each_is_there_in_each_width_and_theme() -> None:
    expected = {
        index.file_name(screen.shown, width, theme)
        for screen in gallery.SCREENS
        for width in camera.WIDTHS
        for theme in camera.THEMES
    }
    found = {file.name: file.stat().st_size for file in camera.SCREENS.glob("*.jpg")}
    assert found.keys() == expected, AGAIN
    assert [name for name, size in found.items() if size < 1000] == []
    assert sum(found.values()) < 14 * _MIB


def test_they_are_shown_by_page() -> None:
    names = [screen.shown for screen in gallery.SCREENS]
    assert (camera.SCREENS / "README.md").read_text() == index.text(names), AGAIN
    assert len(names) == len(set(names))


def test_the_guide_shows_every_picture_that_is_taken() -> None:
    text = "".join(file.read_text() for file in guide.FOLDER.glob("*.md"))
    shown = set(re.findall(r"\]\(images/([\w-]+\.png)\)", text))
    sizes = {file.name: file.stat().st_size for file in camera.PICTURES.iterdir()}
    assert sizes.keys() == shown, AGAIN
    assert min(sizes.values()) > 1000
    assert sum(sizes.values()) < 3 * _MIB


@pytest.mark.parametrize("name", ["newcomer.py", "seller.py"])
def test_a_picture_is_taken_under_one_name(name: str) -> None:
    code = (camera.HERE / "screenshots" / name).read_text()
    taken = re.findall(r'picture\("([\w-]+)"', code)
    assert taken
    assert len(taken) == len(set(taken))
    assert {f"{one}.png" for one in taken} <= {file.name for file in camera.PICTURES.iterdir()}, AGAIN

"""docs/screens/README.md: every page in small, in both themes."""

from collections.abc import Sequence

from docs.screenshots.camera import SCREENS, THEMES, WIDTHS

_ABOUT = """# Every page of the app

Taken from the sandbox by `make screenshots`, each at 1280, 640 and 320 px, in the light and the dark
theme. A page that is new is added to `tests/browser/screens.py`; a test asks for it.
"""


def file_name(name: str, width: int, theme: str) -> str:
    """Of the picture of a page."""
    return f"{name}-{width}-{theme}.jpg"


def text(names: Sequence[str]) -> str:
    """The page, for the pages ``names``."""
    head = "| page | 1280 px | 320 px, dark | more |\n| --- | --- | --- | --- |\n"
    return f"{_ABOUT}\n{head}" + "".join(_row(name) for name in names)


def write(names: Sequence[str]) -> None:
    """Write the page."""
    (SCREENS / "README.md").write_text(text(names))


def _row(name: str) -> str:
    shown = {(1280, "light"), (320, "dark")}
    more = " ".join(
        f"[{width} {theme}]({file_name(name, width, theme)})"
        for width in WIDTHS
        for theme in THEMES
        if (width, theme) not in shown
    )
    return (
        f"| {name} | {_image(name, 1280, 'light', 240)} | {_image(name, 320, 'dark', 80)} | {more} |\n"
    )


def _image(name: str, width: int, theme: str, small: int) -> str:
    file = file_name(name, width, theme)
    return f'<a href="{file}"><img src="{file}" alt="{name}, {width} px, {theme}" width="{small}"></a>'

"""Each row of what the app must do has a browser test that is named after it."""

import re
from pathlib import Path

import tests.browser

ROWS = {f"s{number}" for number in range(1, 15)}


def test_each_row_has_a_browser_test() -> None:
    folder = Path(tests.browser.__path__[0])
    named = {
        f"s{row}"
        for file in folder.glob("test_*.py")
        for row in re.findall(r"^def test_s0?(\d+)_", file.read_text(), re.MULTILINE)
    }
    assert named == ROWS

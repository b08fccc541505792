"""The stylesheet reads in both directions: nothing in it names a left or a right side."""

import re

from core.resources import packaged

CSS = re.sub(r"/\*.*?\*/", "", (packaged("static") / "dealpay.css").read_text(), flags=re.DOTALL)


def test_no_side_is_named() -> None:
    named = r"(?:^|[\s;{])(?:[a-z-]*-)?(?:left|right)\s*:|:\s*(?:left|right)\b"
    assert re.findall(named, CSS) == []


def test_no_four_values_differ_between_left_and_right() -> None:
    found = []
    for declaration in re.finditer(r"(?:inset|margin|padding)\s*:\s*([^;}]+)", CSS):
        values = re.findall(r"[^\s(]+(?:\([^()]*\))?", declaration[1].replace("!important", ""))
        if len(values) == 4 and values[1] != values[3]:
            found.append(declaration[0])
    assert found == []

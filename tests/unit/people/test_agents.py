"""Browsers in words."""

import pytest

from core.people.agents import described


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.5; rv:140.0) Firefox/140.0", "Firefox on macOS"),
        ("curl/8.5", "An unknown browser"),
        (None, "An unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_in_words(agent: str | None, words: str) -> None:
    assert described(agent) == words

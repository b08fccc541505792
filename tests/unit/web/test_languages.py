"""Which language and region a page is in."""

import pytest
from pyramid.request import Request

from core.web.languages import accepted, region


@pytest.mark.parametrize(
    ("header", "language", "tag"),
    [
        ("en-IN,en;q=0.9", "en", "en_IN"),
        ("de,en-US;q=0.5,en-GB;q=0.8", "en", "en_GB"),
        ("de", "en", "en_US"),
        ("en-QQ", "en", "en_US"),
        (None, "en", "en_US"),
        ("de-AT,de;q=0.9,en;q=0.8", "de", "de_AT"),
        ("en-GB", "de", "de"),
        ("hi-IN", "hi", "hi_IN"),
        ("de-QQ", "de", "de"),
    ],
)
def test_the_region_is_the_browsers(header: str | None, language: str, tag: str) -> None:
    request = Request.blank("/", headers={"Accept-Language": header} if header else {})
    request.language_code = language
    assert str(region(request)) == tag


def test_what_is_wanted_most_comes_first() -> None:
    request = Request.blank("/", headers={"Accept-Language": "de;q=0.5, hi, en;q=0.8"})
    assert accepted(request) == ["hi", "en", "de"]

"""Browsers in words, as far as they say who they are."""

from core.api.text import _

# In this order: most of them claim to be several of the others, too.
_BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def described(agent: str | None) -> str:
    """``Firefox on Windows``; of one that doesn't say, "An unknown browser"."""
    browser = next(
        (name for mark, name in _BROWSERS.items() if mark in (agent or "")), _("An unknown browser")
    )
    system = next((name for mark, name in _SYSTEMS.items() if mark in (agent or "")), None)
    return _("%(browser)s on %(system)s", browser=browser, system=system) if system else browser

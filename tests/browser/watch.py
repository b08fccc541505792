"""What a browser complains about while a test clicks through the pages."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError


class Watch:
    """Collects console errors, broken policies among them, and errors that scripts raise."""

    def __init__(self, context: BrowserContext):
        self._complaints: list[str] = []
        self._expected: list[str] = []
        context.on("console", self._heard)
        context.on("weberror", self._raised)

    def expect(self, pattern: str) -> None:
        """Take a complaint for what the test provokes."""
        self._expected.append(pattern)

    @property
    def complaints(self) -> list[str]:
        """What nobody provoked."""
        return [
            one for one in self._complaints if not any(re.search(each, one) for each in self._expected)
        ]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complaints.append(f"{message.text} ({message.location['url']})")

    def _raised(self, error: WebError) -> None:
        self._complaints.append(f"{error.error} ({error.page.url if error.page else 'nowhere'})")

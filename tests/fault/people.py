"""The people of a payment: a rep at the app's pages, and a customer at the provider's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import requests
from bs4 import BeautifulSoup

from tests.fault.processes import eventually
from tests.pages import frame

T = TypeVar("T")
_PATIENCE = 20.0  # seconds that somebody goes on trying


class NotNow(Exception):
    """A page that says: try again."""


@dataclass
class Rep:
    """Somebody signed in, whose browser shows errors, and who then tries the same again."""

    url: str
    cookie: str
    record: str = "DEAL/4485"
    #: What the pages said that weren't what was asked for.
    errors: list[str] = field(default_factory=list)

    def makes_link(self) -> str:
        """Open the modal, send its form, and wait for the link; its address at the provider."""
        return self.sends(self.opens_form())

    def sends(self, form: dict[str, str]) -> str:
        """Send the form of the modal until it is taken; the link's address at the provider."""
        page = self._again_and_again(lambda: self._sent(form))
        return self._again_and_again(lambda: self._link_on(page))

    def opens_form(self) -> dict[str, str]:
        """What the form of the modal would send if nobody touched it."""
        return self._again_and_again(lambda: _form(self.get(self.modal)))

    @property
    def modal(self) -> str:
        return frame("links/new", self.record)

    def reads(self, path: str) -> str:
        """The words of a page."""
        page = self._again_and_again(lambda: self.get(path))
        return page.get_text(" ")

    def get(self, path: str) -> BeautifulSoup:
        return self._page(requests.get(f"{self.url}{path}", headers=self._headers, timeout=15))

    def post(self, path: str, form: dict[str, str]) -> requests.Response:
        return requests.post(
            f"{self.url}{path}", form, headers=self._headers, timeout=15, allow_redirects=False
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "Origin": self.url, "Accept": "text/html"}

    def _sent(self, form: dict[str, str]) -> str:
        """Where the page is that says what came of the form."""
        answer = self.post(self.modal, form)
        if answer.status_code == 303:
            return answer.headers["Location"].removeprefix(self.url)
        page = self._page(answer)
        if answer.status_code == 422:  # certainly not made: the form comes again, with a new key
            form |= _form(page)
        raise NotNow

    def _link_on(self, path: str) -> str:
        page = self.get(path)
        made = page.select_one("#made")
        if made is None or made["data-version"] != "open":
            raise NotNow
        link = page.select_one("input[name=url], #url")
        assert link, page
        return str(link["value"])

    def _page(self, answer: requests.Response) -> BeautifulSoup:
        page = BeautifulSoup(answer.text, "html.parser")
        if answer.status_code >= 400:
            self.errors.append(f"{answer.status_code} {page.get_text(' ', strip=True)}")
            if answer.status_code >= 500:
                raise NotNow
        return page

    def _again_and_again(self, do: Callable[[], T]) -> T:
        def tried() -> list[T]:
            try:
                return [do()]
            except (requests.RequestException, NotNow):
                return []

        (answer,) = eventually(tried, "the rep gets there", _PATIENCE, lambda: self.errors[-3:])
        return answer


def _form(page: BeautifulSoup) -> dict[str, str]:
    """What the form of the modal sends when nobody touches it."""
    form = page.select_one("form[data-amount]")
    if form is None:
        raise NotNow
    values = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    for choice in form.select("select[name]"):
        chosen = choice.select_one("option[selected]")
        if chosen is None:
            raise NotNow
        values[str(choice["name"])] = str(chosen["value"])
    return values


def pay(url: str) -> None:
    """A customer opens a payment link and pays by card."""
    visit = requests.get(url, allow_redirects=False, timeout=30).headers["Location"]
    card = {"number": "4242424242424242", "expiry": "12/34", "code": "123"}
    payer = {"name": "Meena Payer", "email": "meena@payer.example", "method": "card"}
    requests.post(visit, payer | card, allow_redirects=False, timeout=30).raise_for_status()

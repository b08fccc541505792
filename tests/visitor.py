"""Somebody who signs in, follows every link there is, and looks at everything that a page names."""

import re
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urldefrag, urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

from bs4 import BeautifulSoup, Tag

_IMPORT = re.compile(r"""(?:import|from)\s*\(?["']([^"']+)["']""")
_CSS_URL = re.compile(r"""url\(["']?(?!data:)([^"')]+)["']?\)""")


@dataclass(frozen=True)
class Answer:
    """What an address, or the one that it leads on to, is answered with."""

    url: str
    content_type: str
    body: bytes

    @property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.body, "html.parser")


@dataclass
class Visitor:
    """Stays on one site; every address has to be answered with 200 and a body."""

    site: str
    visited: set[str] = field(default_factory=set)
    assets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # As browsers do, and requests can't: secure cookies are sent to localhost without TLS.
        jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http",)))
        self._opener = build_opener(HTTPCookieProcessor(jar))

    def walk(self, *addresses: str) -> None:
        """Follow the links from ``addresses`` to every page of the site."""
        waiting = self.look_at(*addresses)
        while waiting:
            if (url := waiting.pop()) not in self.visited:
                waiting += self.look_at(url)

    def look_at(self, *addresses: str) -> list[str]:
        """Open pages with all that they need; the links on them."""
        return [link for each in addresses for link in self._open(urljoin(self.site, each))]

    def read(self, address: str) -> BeautifulSoup:
        """A page by itself."""
        return self._get(urljoin(self.site, address)).page

    def send_form(self, address: str, **filled_in: str) -> None:
        """Fill in the form of a page and send it; something else has to come than the form again."""
        before = self._get(urljoin(self.site, address))
        form = before.page.select_one("main form")
        assert form, f"{address} has no form"
        after = self._get(urljoin(before.url, str(form.get("action", ""))), _values(form) | filled_in)
        assert after.url != before.url, after.page.get_text()

    def _open(self, url: str) -> list[str]:
        answer = self._get(url)
        self.visited |= {url, answer.url}
        if answer.content_type != "text/html":
            return []
        page = answer.page
        for name in ("src", "href"):
            for tag in page.select(f"[{name}]:not(a)"):
                self._fetch(urljoin(answer.url, str(tag[name])))
        links = (urldefrag(urljoin(answer.url, str(tag["href"])))[0] for tag in page.select("a[href]"))
        return [link for link in links if link.startswith(f"{self.site}/")]

    def _fetch(self, url: str) -> None:
        """A stylesheet, a script with what it imports, an image."""
        url = urldefrag(url)[0]
        if url in self.assets or not url.startswith(f"{self.site}/"):
            return
        self.assets.add(url)
        answer = self._get(url)
        named = {"text/javascript": _IMPORT, "text/css": _CSS_URL}
        if pattern := named.get(answer.content_type):
            for more in pattern.findall(answer.body.decode()):
                self._fetch(urljoin(url, more))

    def _get(self, url: str, form: dict[str, str] | None = None) -> Answer:
        """The answer to a GET, or to ``form``. Raises HTTPError for a status of 400 and more."""
        data = None if form is None else urlencode(form).encode()
        request = Request(url, data, {"Origin": self.site} if form else {})
        with self._opener.open(request, timeout=20) as response:
            answer = Answer(response.url, response.headers.get_content_type(), response.read())
        assert response.status == 200, (url, response.status)
        assert answer.body, url
        return answer


def _values(form: Tag) -> dict[str, str]:
    """What a form sends when nobody touches it."""
    values = {
        str(field["name"]): str(field.get("value", ""))
        for field in form.select("input[name]:not([type=checkbox], [type=radio]), input[name][checked]")
    }
    for choice in form.select("select[name]"):
        chosen = choice.select_one("option[selected]") or choice.select_one("option")
        values[str(choice["name"])] = str(chosen["value"]) if chosen else ""
    return values

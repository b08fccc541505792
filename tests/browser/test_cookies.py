"""Third-party cookies: a plain one is refused in the CRM's frame, ours sticks, in a jar of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from webob import Request, Response

from core.testing.server import serve
from tests.browser.place import Place
from tests.browser.steps import RecordPage, sign_in

pytestmark = pytest.mark.browser

EVERYWHERE = "Path=/; Secure; HttpOnly; SameSite=None"


def framed(environ: Any, start_response: Any) -> Any:
    """Says which cookies it was sent, and sets a plain one and a partitioned one."""
    sent = ", ".join(sorted(Request(environ).cookies)) or "none"
    response = Response(f"<title>Framed</title><p>Cookies: {sent}.</p>", content_type="text/html")
    response.headers.add("Set-Cookie", f"plain=1; {EVERYWHERE}")
    response.headers.add("Set-Cookie", f"__Host-partitioned=1; {EVERYWHERE}; Partitioned")
    return response(environ, start_response)


@pytest.fixture
def framed_url() -> Iterator[str]:
    """A site on ``localhost``, as the app is."""
    with serve(lambda url: framed) as url:
        yield url.replace("127.0.0.1", "localhost")


@pytest.fixture
def framing_url(framed_url: str) -> Iterator[str]:
    """A site on ``127.0.0.1`` that frames the other, as the CRM does."""
    html = f'<title>Framing</title><iframe title="Framed" src="{framed_url}"></iframe>'
    with serve(lambda url: Response(html, content_type="text/html")) as url:
        yield url


def test_the_browser_refuses_plain_cookies_in_a_frame(
    page: Page, framed_url: str, framing_url: str
) -> None:
    in_frame = page.frame_locator("iframe").get_by_text("Cookies:")
    page.goto(framing_url)
    expect(in_frame).to_have_text("Cookies: none.")
    page.reload()
    expect(in_frame).to_have_text("Cookies: __Host-partitioned.")

    page.goto(framed_url)
    page.reload()
    expect(page.get_by_text("Cookies:")).to_have_text("Cookies: __Host-partitioned, plain.")
    page.goto(framing_url)
    expect(in_frame).to_have_text("Cookies: __Host-partitioned.")


def test_a_sign_in_holds_where_it_was_made(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", "Tender: street lighting")
    sign_in(deal.open_modal())
    expect(deal.modal.get_by_label("Quantity")).to_be_visible()
    page.reload()
    expect(deal.open_modal().get_by_label("Quantity")).to_be_visible()

    tab = page.context.new_page()
    tab.goto(place.app)
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(tab)
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_text("You are signed out.")).to_be_visible()
    page.reload()
    expect(deal.open_modal().get_by_label("Quantity")).to_be_visible()

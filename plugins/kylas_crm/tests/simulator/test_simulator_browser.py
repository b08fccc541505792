"""Checklist 10 in Chromium: the menu, the modal, the side panel, and pages that keep up."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from webob import Request, Response

from core.testing.server import serve
from plugins.kylas_crm.simulator import KylasSimulator
from plugins.kylas_crm.simulator.seed_data import API_KEY_A, DEAL_WON
from plugins.kylas_crm.tests.simulator.calls import Crm

pytestmark = pytest.mark.browser

CLOSE = """<button id="close">Done</button>
<script>
  document.getElementById("close").onclick = () =>
    parent.postMessage({type: "dealpay:close"}, "*");
</script>"""


def app(environ: Any, start_response: Any) -> Any:
    """The framed app, as far as the CRM can tell: it asks to be closed."""
    return Response(CLOSE if Request(environ).path_info.startswith("/embed/") else "")(
        environ, start_response
    )


@pytest.fixture(scope="module")
def crm_and_app() -> Iterator[Crm]:
    simulators: list[KylasSimulator] = []

    def make(url: str) -> KylasSimulator:
        simulators.append(KylasSimulator(base_url=url, app_url=app_url, held=True))
        return simulators[0]

    with serve(lambda url: app, host="localhost") as app_url, serve(make):
        crm = Crm(simulators[0])
        yield crm
        crm.http.close()
    simulators[0].store.close()


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    yield page
    page.close()


@pytest.fixture
def deal(crm_and_app: Crm, tab: Page) -> Page:
    """The page of a deal at its start state."""
    crm_and_app.simulator.reset()
    tab.context.clear_cookies()
    tab.goto(f"{crm_and_app.url}/sales/deals/details/4485")
    return tab


def open_modal(page: Page) -> None:
    page.get_by_text("More actions").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Generate payment link")).to_be_visible()


def expect_closed(page: Page) -> None:
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("More actions")).to_be_focused()
    assert page.locator("dialog iframe").get_attribute("src") is None


def test_checklist_10_modal_opens_from_the_keyboard(deal: Page) -> None:
    open_modal(deal)
    box = deal.get_by_role("dialog").bounding_box()
    assert box
    assert box["width"] == 560
    expect(deal.frame_locator("dialog iframe").get_by_text("Done")).to_be_visible()
    deal.get_by_role("button", name="Close").press("Escape")
    expect_closed(deal)


def test_checklist_10_modal_closes_by_its_button(deal: Page) -> None:
    open_modal(deal)
    deal.get_by_role("button", name="Close").click()
    expect_closed(deal)


def test_checklist_10_modal_closes_when_the_app_asks(deal: Page) -> None:
    open_modal(deal)
    deal.frame_locator("dialog iframe").get_by_text("Done").click()
    expect_closed(deal)


def test_checklist_10_modal_stays_when_anyone_else_asks(deal: Page) -> None:
    open_modal(deal)
    deal.evaluate("window.postMessage({type: 'dealpay:close'}, '*')")
    framed = deal.frame_locator("dialog iframe").get_by_text("Done")
    framed.evaluate("() => parent.postMessage({type: 'other'}, '*')")
    deal.wait_for_timeout(100)
    expect(deal.get_by_role("dialog")).to_be_visible()


def test_checklist_10_panel_shows_the_links(deal: Page) -> None:
    button = deal.get_by_role("button", name="View payment link")
    button.click()
    frame = deal.locator("aside iframe")
    expect(frame).to_be_visible()
    assert "/embed/kylas/links?tenantId=" in (frame.get_attribute("src") or "")
    assert deal.locator("iframe[allow]").count() == 0
    assert 300 <= (frame.bounding_box() or {"width": 0})["width"] <= 320
    button.click()
    expect(frame).to_be_hidden()


def test_checklist_10_the_page_keeps_up_without_a_reload(deal: Page, crm_and_app: Crm) -> None:
    stage = deal.get_by_role("status").locator("strong")
    expect(stage).to_have_text("Negotiation")
    deal.evaluate("window.stillHere = true")
    path = f"/v1/deals/4485/pipeline-stages/{DEAL_WON}/activate"
    crm_and_app.post(path, {"reasonForClosing": None}, key=API_KEY_A)
    body = {"targetEntityId": 4485, "targetEntityType": "DEAL"}
    crm_and_app.post("/v1/notes/relation", {"sourceEntity": {"description": "Paid."}, **body})
    expect(stage).to_have_text("Won")
    expect(deal.locator(".notes li").first).to_contain_text("Paid.")
    assert deal.evaluate("window.stillHere")


def test_checklist_10_being_someone_else(deal: Page) -> None:
    deal.get_by_text("You are: Asha Rao (owner)").click()
    deal.get_by_role("button", name="Anita D'Souza (owner)").click()
    expect(deal.get_by_text("You are: Anita D'Souza (owner)")).to_be_visible()
    expect(deal.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize("width", [1280, 640, 320])
@pytest.mark.parametrize("path", ["/sales/deals/list", "/sales/deals/details/4485", "/marketplace"])
def test_checklist_10_pages_fit_the_screen(crm_and_app: Crm, tab: Page, width: int, path: str) -> None:
    tab.context.clear_cookies()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(crm_and_app.url + path)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.set_viewport_size({"width": 1280, "height": 900})

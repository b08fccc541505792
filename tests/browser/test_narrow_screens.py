"""Every page of the app on small screens: nothing to scroll sideways."""

import pytest
from playwright.sync_api import Page

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, made_link, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

WIDTHS = (320, 640)
DEAL = "tenantId=4101&userId=8301&entityId=4493&entityType=DEAL"
OUTSIDE = ("/signup", "/verify", "/verify/unknown", "/login", "/p/unknown")
INSIDE = (
    "/",
    "/crm",
    "/accounts",
    "/accounts/new",
    "/rules",
    "/rules/new",
    "/links",
    "/links?text=nothing",
    "/deliveries",
    "/deliveries?type=nothing",
    "/plugins",
    "/logout",
    "/nowhere",
    f"/embed/kylas/links/new?{DEAL}",
    f"/embed/kylas/links?{DEAL}",
    "/embed/kylas/links/new?tenantId=1",
)


def test_no_page_is_wider_than_the_screen(page: Page, place: Place, watch: Watch) -> None:
    watch.expect("status of 40[034]")
    for path in OUTSIDE:
        expect_to_fit(page, place.app + path)

    deal = RecordPage.open(page, place, "Deals", "Tender: street lighting")
    sign_in(deal.open_modal())
    create_link(deal.modal, "999999")
    made_link(deal.modal)
    page.goto(f"{place.app}/login")
    sign_in(page)
    page.goto(f"{place.app}/links")
    page.get_by_role("row", name="street lighting").get_by_role("link").first.click()
    details = page.url
    page.goto(f"{place.app}/accounts")
    page.get_by_role("link", name="Edit").first.click()
    account = page.url
    page.goto(f"{place.app}/rules")
    page.get_by_role("link", name="Edit").first.click()
    rule = page.url
    for url in (details, account, rule, *(place.app + path for path in INSIDE)):
        expect_to_fit(page, url)


def expect_to_fit(page: Page, url: str) -> None:
    page.goto(url)
    assert page.url == url
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wider = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{url} is {wider} px wider than {width} px"

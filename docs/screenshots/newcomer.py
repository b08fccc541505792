"""The story of a new customer: from the marketplace to a connected workspace."""

from playwright.sync_api import Browser, Page, expect

from docs.screenshots.camera import picture, step
from docs.screenshots.people import mailed_link, tab
from tests.browser.place import Place
from tests.browser.steps import play, sign_in

EMAIL, PASSWORD, NAME = "anita@lakeside.example", "three quiet herons", "Anita D'Souza"


def tell(browser: Browser, place: Place) -> None:
    """Install, sign up, connect the CRM and a payment account."""
    with tab(browser) as page:
        with step("install in the marketplace"):
            play(page, place, NAME)
            opened = _install(page)
        with step("sign up"):
            _sign_up(opened, place)
        with step("connect the CRM"):
            _connect_crm(opened, page, place)
        with step("connect a payment account"):
            _connect_account(opened, page, place)
        with step("the list of first steps"):
            opened.goto(f"{place.app}/")
            picture("first-steps", opened.locator("main"))


def _install(page: Page) -> Page:
    page.get_by_role("link", name="Marketplace").click()
    page.get_by_role("link", name="Dealpay").click()
    page.get_by_role("link", name="Install App").click()
    allow = page.get_by_role("button", name="Allow and Install")
    picture("install", page.locator("main"), mark=allow)
    with page.context.expect_page() as opened:
        allow.click()
    page.wait_for_url("**/marketplace/installed")
    return opened.value


def _sign_up(page: Page, place: Place) -> None:
    button = page.get_by_role("link", name="Sign up")
    picture("install-access", page.locator("main"), mark=button)
    button.click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    picture("sign-up", page.locator("main"))
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Open the link in it")).to_be_visible()
    picture("check-mail", page.locator("main"))
    page.goto(mailed_link(place, EMAIL, "verify"))
    picture("confirm", page.locator("main"))
    page.get_by_role("button", name="Confirm my e-mail address").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, EMAIL, PASSWORD)


def _connect_crm(page: Page, crm: Page, place: Place) -> None:
    page.goto(f"{place.app}/install/kylas")
    button = page.get_by_role("button", name="Connect Kylas")
    picture("install-connect", page.locator("main"), mark=button)
    button.click()
    expect(page.get_by_text("Lakeside Clinics is connected.")).to_be_visible()
    page.goto(f"{place.app}/crm")
    key = _copied(crm, f"{place.crm}/setup/integrations/api-keys/list", "Universal API key")
    page.get_by_label("API key").fill(key)
    save = page.get_by_role("button", name="Save")
    picture("api-key", save.locator("xpath=ancestor::section[1]"), mark=save)
    save.click()
    expect(page.get_by_text("Lakeside Clinics is connected.")).to_be_visible()
    page.goto(f"{place.app}/crm")
    picture("crm-connected", page.get_by_role("region", name="Lakeside Clinics"))
    page.get_by_text("lets Dealpay do, and why").click()
    picture("permissions", page.locator("details[open]").filter(has_text="and why"))


def _connect_account(page: Page, provider: Page, place: Place) -> None:
    provider.goto(f"{place.provider}/")
    provider.get_by_role("link", name="Lakeside Clinics").click()
    key = _copied(provider, provider.url, "Secret key")
    page.goto(f"{place.app}/accounts/new")
    page.get_by_label("Secret key").fill(key)
    save = page.get_by_role("button", name="Save")
    picture("account-new", page.locator("main"), mark=save)
    save.click()
    expect(page.get_by_text("The account is connected.")).to_be_visible()
    picture("webhook", page.get_by_role("region", name="Webhook", exact=True))
    page.goto(f"{place.app}/accounts")
    picture("accounts", page.get_by_role("article").first)


def _copied(page: Page, address: str, label: str) -> str:
    """What stands in a field of a vendor's page."""
    page.goto(address)
    return page.get_by_label(label).first.input_value()

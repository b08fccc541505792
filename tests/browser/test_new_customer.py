"""A CRM tenant without a workspace: from the marketplace to the first paid link."""

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, go_to, made_link, open_app, pay, play, sign_in

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "anita@lakeside.example", "three quiet herons"


def test_from_install_to_the_first_payment(page: Page, place: Place) -> None:
    play(page, place, "Anita D'Souza")
    sign_up(install(page))
    confirm_address(page, place)
    connect_what_was_installed(page)

    play(page, place, "Anita D'Souza")
    app = open_app(page, place)
    sign_in(app, EMAIL, PASSWORD)
    connect_crm(page, place, app)
    connect_account(page, place, app)
    add_rule(page, place, app)

    deal = RecordPage.open(page, place, "Deals", "Staff health check-ups")
    create_link(deal.open_modal(), "2499")
    url = made_link(deal.modal)
    deal.close_modal()
    expect(deal.notes.filter(has_text="for 2,499.00 INR was generated on")).to_contain_text(url)
    deal.expect_stage("Open")
    pay(page, url)
    page.bring_to_front()
    deal.expect_stage("Won")


def install(page: Page) -> Page:
    """Install the app; it opens in a tab of its own."""
    page.get_by_role("link", name="Marketplace").click()
    page.get_by_role("link", name="Dealpay").click()
    page.get_by_role("link", name="Install App").click()
    expect(page.get_by_text("Dealpay asks for these permissions in Lakeside Clinics.")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Allow and Install").click()
    page.wait_for_url("**/marketplace/installed")
    return opened.value


def connect_what_was_installed(page: Page) -> None:
    """S1: whoever has installed the app connects the CRM with a button, once they are somebody here."""
    sign_in(page, EMAIL, PASSWORD)
    expect(page.get_by_role("heading", name="Connect Kylas")).to_be_visible()
    page.get_by_role("button", name="Connect Kylas").click()
    expect(page.get_by_text("Lakeside Clinics is connected.")).to_be_visible()
    expect(page.get_by_text("given in Kylas, renewed")).to_be_visible()


def sign_up(tab: Page) -> None:
    expect(tab.get_by_text("Kylas has given access.")).to_be_visible()
    tab.get_by_role("link", name="Sign up").click()
    expect(tab.get_by_text("Dealpay is installed in Kylas")).to_be_visible()
    tab.get_by_label("Name").fill("Anita D'Souza")
    tab.get_by_label("E-mail").fill(EMAIL)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign up").click()
    expect(tab.get_by_text(f"We sent a mail to {EMAIL}. Open the link in it")).to_be_visible()


def confirm_address(page: Page, place: Place) -> None:
    page.goto(f"{place.sandbox}/mail/")
    mail = page.get_by_role("listitem").filter(has_text=EMAIL).get_by_role("link")
    for _ in range(50):  # it is on its way
        if mail.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    mail.click()
    page.get_by_role("link", name="/verify/").click()
    page.get_by_role("button", name="Confirm my e-mail address").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def connect_crm(page: Page, place: Place, app: FrameLocator) -> None:
    """With the key that the CRM shows its admin."""
    tab = page.context.new_page()
    tab.goto(f"{place.crm}/setup/integrations/api-keys/list")
    copy(tab.locator("main"), "Universal API key")
    page.bring_to_front()
    go_to(app, "API key")
    app.get_by_label("API key").press("Control+v")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_text("Lakeside Clinics is connected.")).to_be_visible()


def connect_account(page: Page, place: Place, app: FrameLocator) -> None:
    """With the key that the provider's dashboard shows; product and webhook come by themselves."""
    tab = page.context.new_page()
    tab.goto(f"{place.provider}/")
    tab.get_by_role("link", name="Lakeside Clinics").click()
    copy(tab.get_by_role("region", name="API keys"), "Secret key")
    page.bring_to_front()
    go_to(app, "Connected accounts")
    app.get_by_role("link", name="Add connected account").click()
    app.get_by_label("Secret key").press("Control+v")
    expect(app.get_by_role("checkbox", name="Active")).to_be_checked()
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_text("The account is connected.")).to_be_visible()
    expect(app.get_by_role("region", name="Webhook")).to_contain_text("Signing secret set")
    expect(app.get_by_role("region", name="Key")).to_contain_text("Unit product (price 1 INR): price_")

    tab.reload()
    expect(tab.get_by_role("region", name="Products")).to_contain_text("Payment in INR")
    webhook_url = app.get_by_role("textbox", name="Webhook URL").input_value()
    expect(tab.get_by_role("region", name="Webhook endpoints")).to_contain_text(webhook_url)


def add_rule(page: Page, place: Place, app: FrameLocator) -> None:
    """With the pipelines and stages of this tenant."""
    go_to(app, "Connected accounts")
    app.get_by_role("link", name="After payment actions").last.click()
    app.get_by_role("link", name="Add a rule").click()
    app.get_by_label("When", exact=True).select_option(label="A payment succeeds")
    app.get_by_label("Then", exact=True).select_option(label="Move the pipeline stage")
    app.get_by_label("For", exact=True).select_option(label="Deal")
    app.get_by_label("Pipeline", exact=True).select_option(label="Default Deal Pipeline")
    expect(app.get_by_role("option", name="Quoted")).to_be_attached()
    app.get_by_label("Stage", exact=True).select_option(label="Won")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_text("The rule is saved.")).to_be_visible()


def copy(section: Locator, label: str) -> None:
    expect(section.get_by_label(label)).to_be_visible()
    section.get_by_role("button", name="Copy").first.click()
    expect(section.get_by_role("button", name="Copied")).to_be_visible()

"""What people do, each step as they see it: by the words on the screen."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.place import Place

OWNER, REP, PASSWORD = "owner@example.com", "rep@example.com", "sandbox-password"

#: Where the app is: in a tab of its own, or in a frame of the CRM.
App = Page | FrameLocator


def sign_in(app: App, email: str = OWNER, password: str = PASSWORD) -> None:
    app.get_by_label("E-mail").fill(email)
    app.get_by_label("Password", exact=True).fill(password)
    button = app.get_by_role("button", name="Sign in")
    button.click()
    expect(button).to_be_hidden()


@dataclass(frozen=True)
class RecordPage:
    """A lead or a deal in the CRM."""

    page: Page

    @classmethod
    def open(cls, page: Page, place: Place, kind: Literal["Leads", "Deals"], name: str) -> "RecordPage":
        page.goto(f"{place.crm}/")
        page.get_by_role("navigation", name="CRM").get_by_role("link", name=kind).click()
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        return cls(page)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name="Generate payment link")

    @property
    def modal(self) -> FrameLocator:
        return self.dialog.frame_locator("iframe")

    @property
    def panel(self) -> FrameLocator:
        return self.page.get_by_role("complementary", name="Productivity").frame_locator("iframe")

    @property
    def notes(self) -> Locator:
        notes = self.page.get_by_role("heading", name="Notes", exact=True).locator("..")
        return notes.get_by_role("listitem")

    def open_modal(self) -> FrameLocator:
        self.page.get_by_text("More actions").click()
        self.page.get_by_role("button", name="Generate payment link").click()
        return self.modal

    def close_modal(self) -> None:
        self.dialog.get_by_role("button", name="Close").first.click()
        expect(self.dialog).to_be_hidden()

    def expect_stage(self, stage: str) -> None:
        expect(self.page.get_by_role("region", name="Stage").get_by_role("status")).to_contain_text(
            f"Stage: {stage}"
        )


def create_link(modal: FrameLocator, quantity: str) -> None:
    """Fill in the form; the unit product is chosen already, so the quantity is the amount."""
    modal.get_by_label("Quantity").fill(quantity)
    modal.get_by_role("button", name="Create link").click()


def made_link(modal: FrameLocator) -> str:
    """The address of the link that was just made."""
    shown = modal.get_by_role("textbox", name="Payment link")
    expect(shown).to_be_visible()
    return shown.input_value()


def pay(page: Page, url: str, *, by: Literal["Card", "Bank debit"] = "Card") -> Page:
    """Open a link in a tab of its own, as a customer, and pay what it asks for.

    The tab is led back to the app's page for payers.
    """
    tab = page.context.new_page()
    tab.goto(url)
    tab.get_by_role("radio", name=by).check()
    tab.get_by_role("button", name="Pay", exact=True).click()
    said = "Thank you" if by == "Card" else "Your payment is on its way"
    expect(tab.get_by_role("heading", name=said)).to_be_visible()
    return tab


def go_to_the_bank(receipt: Page, place: Place) -> None:
    """From the page for payers back to the provider's, which plays the bank of a debit."""
    (session,) = parse_qs(urlsplit(receipt.url).query)["payment"]
    receipt.goto(f"{place.provider}/c/pay/{session}")


def play(page: Page, place: Place, name: str) -> None:
    """Be somebody else in the CRM."""
    page.goto(f"{place.crm}/")
    page.get_by_text("You are:").click()
    page.get_by_role("button", name=name).click()
    expect(page.get_by_text(f"You are: {name}")).to_be_visible()


def open_app(page: Page, place: Place) -> FrameLocator:
    """The whole app, in the frame of the CRM's page "Installed apps"."""
    page.goto(f"{place.crm}/")
    page.get_by_role("navigation", name="CRM").get_by_role("link", name="Installed apps").click()
    page.get_by_role("link", name="Open").click()
    return page.frame_locator("iframe[title='Dealpay']")


def go_to(app: App, name: str) -> None:
    """Follow the app's menu."""
    app.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
    expect(app.get_by_role("heading", name=name, level=1)).to_be_visible()


def new_account(app: App, provider: str) -> None:
    """From the list of accounts to the form for one more, of that provider: which of them stands there
    first depends on what is connected.

    What is typed before the form has come goes with the one that it takes the place of.
    """
    app.get_by_role("link", name="Add connected account").click()
    providers = app.get_by_role("navigation", name="Payment provider")
    chosen = providers.get_by_role("link", name=provider)
    if chosen.get_attribute("aria-current") is None:
        chosen.click()
        expect(chosen).to_have_attribute("aria-current", "true")

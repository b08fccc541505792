"""S13: an owner adds one of the CRM's users, who joins by the CRM, and lets them in no more."""

import re

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.place import Place
from tests.browser.steps import open_app, play, sign_in

pytestmark = pytest.mark.browser

MEERA = "meera@northwind.example"


def link_of(place: Place, address: str) -> str:
    """The link in the newest mail to an address."""
    listed = requests.get(f"{place.sandbox}/mail/", timeout=30).text
    for path in re.findall(r'href="(/mail/\d+)"', listed):
        mail = requests.get(f"{place.sandbox}{path}", timeout=30).text
        found = re.search(rf"{place.app}/invites/[\w-]+", mail)
        if address in mail and found:
            return found[0]
    return ""


def test_s13_a_colleague_is_invited_joins_by_the_crm_and_is_kept_out(
    page: Page, context: BrowserContext, place: Place
) -> None:
    play(page, place, "Asha Rao (")
    app = open_app(page, place)
    sign_in(app)
    app.get_by_role("navigation", name="Main").get_by_role("link", name="Manage users").click()
    app.get_by_role("link", name="Add user").click()
    app.get_by_label("Find by name or e-mail").fill("meera")
    app.get_by_role("button", name="Search").click()
    app.get_by_label(re.compile("^Meera Nair")).check()
    app.get_by_role("button", name="Send invitations").click()
    expect(app.get_by_text(f"The invitation is on its way to {MEERA}.")).to_be_visible()

    link = ""
    for _ in range(50):
        if link := link_of(place, MEERA):
            break
        page.wait_for_timeout(200)
    assert link

    # As the wrong person first: the page says whom it expects.
    tab = context.new_page()
    play(tab, place, "Ravi Iyer (")
    tab.goto(link)
    tab.get_by_role("link", name="Continue with Kylas").click()
    expect(tab.get_by_text("this invitation is for Meera Nair.")).to_be_visible()
    play(tab, place, "Meera Nair (")
    tab.goto(link)
    tab.get_by_role("link", name="Continue with Kylas").click()
    expect(tab.get_by_text("Welcome to")).to_be_visible()

    play(page, place, "Asha Rao (")
    app = open_app(page, place)
    app.get_by_role("navigation", name="Main").get_by_role("link", name="Manage users").click()
    row = app.get_by_role("row", name="Meera Nair")
    expect(row).to_contain_text("Active")
    row.get_by_text("Deactivate", exact=True).first.click()
    row.get_by_role("button", name="Deactivate").click()
    expect(app.get_by_text("They are signed out everywhere, and may not")).to_be_visible()
    tab.reload()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()


def test_s13_a_link_is_handed_on_and_its_address_confirmed(
    page: Page, context: BrowserContext, place: Place
) -> None:
    play(page, place, "Asha Rao (")
    app = open_app(page, place)
    sign_in(app)
    app.get_by_role("navigation", name="Main").get_by_role("link", name="Manage users").click()
    app.get_by_role("link", name="Add user").click()
    app.get_by_label("E-mail addresses").fill("Zoë Nair <zoe@northwind.example>")
    app.get_by_role("button", name="Send invitations").click()
    app.get_by_role("row", name="Zoë Nair").get_by_role("button", name="Copy link").click()
    link = app.get_by_role("textbox", name="Link of the invitation").input_value()
    app.get_by_role("button", name="Copy").click()
    expect(app.get_by_role("status").filter(has_text="copied")).to_have_count(1)

    theirs = context.browser.new_context().new_page()  # type: ignore[union-attr]
    theirs.goto(link)
    expect(theirs.get_by_text("This link was handed to you.")).to_be_visible()
    theirs.get_by_label("Password").fill("correct horse battery")
    theirs.get_by_role("button", name="Join").click()
    expect(theirs.get_by_role("heading", name="Check your mail")).to_be_visible()
    app.get_by_role("link", name="Back to the team").click()
    expect(app.get_by_role("row", name="Zoë Nair")).to_contain_text("Unconfirmed")
    theirs.context.close()

"""The whole app inside the CRM, as an admin uses it there: from signing in to signing out."""

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, go_to, made_link, open_app, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def app(page: Page, place: Place) -> FrameLocator:
    """The app in the CRM's frame, its owner signed in."""
    app = open_app(page, place)
    sign_in(app)
    return app


def test_api_key_and_accounts(app: FrameLocator, place: Place) -> None:
    go_to(app, "API key")
    expect(app.get_by_role("region", name="Northwind Trading")).to_contain_text("Connected")

    go_to(app, "Connected accounts")
    account = app.get_by_role("article", name="Northwind Stripe")
    expect(account).to_contain_text("Signing secret set")
    webhook_url = account.get_by_role("textbox", name="Webhook URL").input_value()
    assert webhook_url.startswith(f"{place.app}/webhooks/stripe/")
    account.get_by_role("link", name="After payment actions").click()
    expect(app.get_by_role("heading", name="After payment actions")).to_be_visible()


def test_a_rule_is_added_edited_switched_off_and_deleted(app: FrameLocator) -> None:
    go_to(app, "After payment actions")
    app.get_by_role("link", name="Add a rule").click()
    app.get_by_label("When", exact=True).select_option(label="A payment fails")
    app.get_by_label("Then", exact=True).select_option(label="Move the pipeline stage")
    app.get_by_label("For", exact=True).select_option(label="Deal")
    app.get_by_label("Pipeline", exact=True).select_option(label="Default Deal Pipeline")
    app.get_by_label("Stage", exact=True).select_option(label="Negotiation")
    app.get_by_label("Name").fill("Failed: talk again")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_text("The rule is saved.")).to_be_visible()

    rule = app.get_by_role("article", name="Failed: talk again")
    expect(rule).to_contain_text("Move the deal to Negotiation in Default Deal Pipeline.")
    rule.get_by_role("link", name="Edit").click()
    expect(app.get_by_label("Stage", exact=True)).to_have_value("10733")
    app.get_by_label("Stage", exact=True).select_option(label="Proposal sent")
    app.get_by_role("button", name="Save").click()
    expect(rule).to_contain_text("Move the deal to Proposal sent in Default Deal Pipeline.")

    switch = rule.get_by_role("switch", name="On")
    expect(switch).to_be_checked()
    switch.click()
    expect(app.get_by_text("The rule is off now.")).to_be_visible()
    expect(switch).not_to_be_checked()

    rule.get_by_text("Delete", exact=True).click()
    rule.get_by_role("button", name="Delete the rule").click()
    expect(app.get_by_text("The rule is deleted.")).to_be_visible()
    expect(rule).to_have_count(0)


def test_what_is_typed_while_choices_load_stays(app: FrameLocator, page: Page) -> None:
    go_to(app, "After payment actions")
    app.get_by_role("link", name="Add a rule").click()
    app.get_by_label("When", exact=True).select_option(label="A payment fails")
    expect(app.get_by_text("The choices are ready.")).to_be_attached()

    held: list[Route] = []
    page.route("**/rules/new", lambda route: held.append(route))
    app.get_by_label("Then", exact=True).select_option(label="Move the pipeline stage")
    expect(app.get_by_text("Loading the choices…")).to_be_attached()
    app.get_by_label("Name").fill("Typed meanwhile")
    held[0].continue_()
    expect(app.get_by_label("For", exact=True)).to_be_visible()
    expect(app.get_by_label("Name")).to_have_value("Typed meanwhile")
    expect(app.get_by_label("Name")).to_be_focused()


def test_a_choice_made_before_the_script_runs_counts(app: FrameLocator, page: Page) -> None:
    go_to(app, "After payment actions")
    held: list[Route] = []
    page.route("**/dependent-choices.js*", lambda route: held.append(route))
    app.get_by_role("link", name="Add a rule").click(no_wait_after=True)
    app.get_by_label("When", exact=True).select_option(label="A payment fails")
    held[0].continue_()
    app.get_by_label("Then", exact=True).select_option(label="Write a note")
    expect(app.get_by_label("Note", exact=True)).to_be_visible()


def test_logs_are_narrowed_and_looked_into(app: FrameLocator, page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", "Tender: school furniture")
    create_link(deal.open_modal(), "77")
    made_link(deal.modal)

    app = open_app(page, place)
    go_to(app, "Payment link logs")
    app.get_by_role("searchbox", name="Search").fill("school furniture")
    app.get_by_role("button", name="Filter").click()
    expect(app.get_by_role("link", name="Clear")).to_be_visible()
    links = app.get_by_role("region", name="Payment links").get_by_role("row")
    expect(links).to_have_count(2)
    expect(links.last).to_contain_text("₹77.00 INR")
    app.get_by_role("combobox", name="Status").select_option(label="Paid")
    app.get_by_role("button", name="Filter").click()
    expect(app.get_by_role("heading", name="No link matches")).to_be_visible()
    app.get_by_role("link", name="Clear").first.click()
    app.get_by_role("row", name="school furniture").get_by_role("link").click()
    expect(app.get_by_role("heading", name="Tender: school furniture")).to_be_visible()

    app.get_by_text("Deactivate", exact=True).click()
    app.get_by_role("button", name="Deactivate the link").click()
    expect(app.get_by_role("region", name="The link")).to_contain_text("Deactivated")


def test_signing_out_ends_the_session_in_the_frame(app: FrameLocator, page: Page, place: Place) -> None:
    app.get_by_role("button", name="Sign out").click()
    expect(app.get_by_text("You are signed out.")).to_be_visible()
    expect(open_app(page, place).get_by_role("heading", name="Sign in")).to_be_visible()

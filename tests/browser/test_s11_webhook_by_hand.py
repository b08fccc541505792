"""S11: an endpoint is added by hand at the provider, its secret is pasted, and an event arrives."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, made_link, pay, sign_in

pytestmark = pytest.mark.browser

EUROS = "sk_live_europa_sandbox_51Hr2"


def test_s11_webhook_by_hand(page: Page, place: Place) -> None:
    """This app is reached over http, where a live account sends nothing: its page says so. An account
    in test mode takes an endpoint that is added by hand."""
    page.goto(f"{place.app}/login")
    sign_in(page)
    page.goto(f"{place.app}/accounts/new?provider=stripe")
    page.get_by_label("Secret key").fill(EUROS)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A live account sends webhooks to https addresses only")).to_be_visible()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Europa Books is deleted.")).to_be_visible()

    page.get_by_role("link", name="Northwind Stripe", exact=True).click()
    webhook = page.get_by_role("region", name="Webhook")
    dashboard = page.context.new_page()
    dashboard.goto(f"{place.provider}/?account=acct_1NorthwindTrading")
    endpoints = dashboard.get_by_role("region", name="Webhook endpoints")
    endpoints.get_by_role("button", name="Delete the endpoint").first.click()
    expect(endpoints.get_by_text("No endpoints yet.")).to_be_visible()

    page.bring_to_front()
    page.get_by_role("button", name="Test now").click()
    expect(page.get_by_text("Stripe has no endpoint for the webhook URL below.")).to_be_visible()
    webhook.get_by_text("Replace the signing secret").click()
    expect(webhook.get_by_role("textbox", name="Event names")).to_have_value(
        "checkout.session.completed, checkout.session.async_payment_succeeded, "
        "checkout.session.async_payment_failed, checkout.session.expired, "
        "payment_intent.payment_failed, charge.refunded, "
        "refund.created, refund.updated, refund.failed, charge.dispute.created, "
        "charge.dispute.updated, charge.dispute.closed"
    )
    webhook.get_by_role("button", name="Copy").first.click()
    expect(webhook.get_by_role("button", name="Copied")).to_be_visible()

    dashboard.bring_to_front()
    endpoints.get_by_label("Endpoint URL").focus()
    dashboard.keyboard.press("Control+v")
    endpoints.get_by_role("button", name="Add endpoint").click()
    endpoints.get_by_role("button", name="Copy").first.click()
    expect(endpoints.get_by_role("button", name="Copied")).to_be_visible()

    page.bring_to_front()
    webhook.get_by_label("Signing secret", exact=True).focus()
    page.keyboard.press("Control+v")
    webhook.get_by_role("button", name="Save the secret").click()
    expect(page.get_by_text("The signing secret is kept.")).to_be_visible()
    expect(webhook.get_by_text("The old signing secret is accepted, too, until")).to_be_visible()
    page.get_by_role("button", name="Test now").click()
    expect(page.get_by_text("Pasted by somebody of your team.")).to_be_visible()
    an_event_arrives(page, place)


def an_event_arrives(page: Page, place: Place) -> None:
    account = page.url
    deal = RecordPage.open(page, place, "Deals", "Office fit-out, Koramangala")
    modal = deal.open_modal()
    sign_in(modal)
    create_link(modal, "18")
    pay(page, made_link(modal))
    page.bring_to_front()
    page.goto(account)
    webhook = page.get_by_role("region", name="Webhook")
    expect(webhook.get_by_role("link", name="checkout.session.completed").first).to_be_visible()
    expect(webhook).to_contain_text("The last event came")

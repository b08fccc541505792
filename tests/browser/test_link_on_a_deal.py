"""S6, S7, S8, and the whole job on a deal: a link made in the CRM's frame, paid by card, and the deal
moves to Won."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, made_link, pay, sign_in

pytestmark = pytest.mark.browser


def test_s6_a_link_is_generated_from_product_and_quantity(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", "Tender: street lighting")
    modal = deal.open_modal()
    sign_in(modal)
    product = modal.get_by_role("combobox", name="Product")
    expect(product.get_by_role("option", selected=True)).to_contain_text("Payment in INR")
    expect(modal.get_by_label("Amount")).to_have_text("₹1.00 INR")
    licence = product.get_by_role("option", name="Onboarding package")
    product.select_option(licence.get_attribute("value"))
    modal.get_by_label("Quantity").fill("3")
    expect(modal.get_by_label("Amount")).to_have_text("₹13,500.00 INR")
    modal.get_by_label("Quantity").press("Control+Enter")
    made_link(modal)
    expect(modal.get_by_text("The link for ₹13,500.00 INR on Tender: street lighting")).to_be_visible()


def test_s7_the_link_is_copied_and_sent_from_the_same_modal(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", "Tender: street lighting")
    modal = deal.open_modal()
    sign_in(modal)
    create_link(modal, "410")
    url = made_link(modal)
    modal.get_by_role("button", name="Copy").click()
    expect(modal.get_by_text("Payment link copied.")).to_be_visible()
    expect(modal.get_by_role("button", name="Copied")).to_be_focused()
    assert pasted(page, place) == url

    sent = modal.get_by_role("group", name="Send it")
    for name, scheme in (("E-mail", "mailto:"), ("WhatsApp", "https://wa.me/"), ("SMS", "sms:")):
        address = sent.get_by_role("link", name=name).get_attribute("href")
        assert address
        assert address.startswith(scheme)
        assert quote(url, safe="") in address
    sent.get_by_text("QR code").click()
    expect(sent.get_by_role("img", name="QR code of the payment link")).to_be_in_viewport()


def test_s8_a_note_names_the_link_its_amount_and_the_day(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", "Tender: street lighting")
    sign_in(deal.open_modal())
    create_link(deal.modal, "808")
    url = made_link(deal.modal)
    deal.modal.get_by_role("link", name="Details").click()
    link_id = deal.modal.get_by_text(re.compile(r"^lnk_\w+$")).first.inner_text()
    deal.close_modal()
    note = deal.notes.filter(has_text=f"Payment link {link_id} for 808.00 INR was generated on")
    expect(note).to_contain_text(url)
    expect(note).to_contain_text(re.compile(r"generated on \d{1,2} \w+ 20\d\d"))


def test_a_paid_link_moves_the_deal(
    page: Page, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    deal = RecordPage.open(page, place, "Deals", "Rooftop solar, phase 1")
    deal.expect_stage("Negotiation")
    page.evaluate("window.notReloaded = true")

    modal = deal.open_modal()
    sign_in(modal)
    modal.get_by_label("Quantity").press("Control+a")
    modal.get_by_label("Quantity").press_sequentially("2500")
    expect(modal.get_by_label("Amount")).to_have_text("₹2,500.00 INR")
    modal.get_by_role("button", name="Create link").click()
    url = made_link(modal)
    expect(modal.get_by_text("The link for ₹2,500.00 INR on Rooftop solar, phase 1")).to_be_visible()

    deal.close_modal()
    made = deal.notes.filter(
        has_text=re.compile(r"Payment link lnk_\w+ for 2,500.00 INR was generated on")
    )
    expect(made).to_contain_text(url)
    link_id = re.search(r"lnk_\w+", made.inner_text())
    assert link_id

    receipt = pay(page, url)
    expect(receipt.get_by_role("heading", name="₹2,500.00 INR has arrived")).to_be_visible()
    page.bring_to_front()
    deal.expect_stage("Won")
    expect(deal.notes.filter(has_text="2,500.00 INR was paid by Asha Payer")).to_be_visible()
    assert page.evaluate("window.notReloaded")

    page.get_by_role("button", name="View payment link").click()
    expect(deal.panel.get_by_role("article", name="₹2,500.00 INR, paid")).to_contain_text("Paid")

    logs = page.context.new_page()
    logs.goto(f"{place.app}/links")
    sign_in(logs)
    row = logs.get_by_role("row", name="Rooftop solar, phase 1")
    expect(row).to_contain_text("Paid")
    row.get_by_role("link").click()
    timeline = logs.get_by_role("region", name="Timeline").get_by_role("listitem")
    expect(timeline.filter(has_text="Asha Rao made the link.")).to_be_visible()
    expect(timeline.filter(has_text="Asha Payer paid")).to_be_visible()
    expect(timeline.filter(has_text="Paid: deal to Won")).to_contain_text(
        "Moved from Negotiation to Won"
    )
    expect(timeline.filter(has_text="Paid: note")).to_contain_text("Note written")
    expect(timeline.filter(has_text="Paid: lead to Won")).to_contain_text("Skipped")

    seconds = place.seconds_to_stage(link_id.group())
    with capsys.disabled():
        print(f"\n{seconds:.2f} s from the webhook to the moved stage")  # noqa: T201
    assert seconds < 5


def pasted(page: Page, place: Place) -> str:
    """What Ctrl+V puts into an input of another site."""
    tab = page.context.new_page()
    tab.goto(f"{place.sandbox}/faults/")
    tab.get_by_label("Path contains").press("Control+v")
    text = tab.get_by_label("Path contains").input_value()
    tab.close()
    return text

"""A payer comes back from paying: the page asks the provider, whether or not a webhook ever comes."""

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, made_link, pay, sign_in

pytestmark = pytest.mark.browser


def test_a_lost_webhook_delays_nothing(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", "Billing counters")
    sign_in(deal.open_modal())
    create_link(deal.modal, "1250")
    url = made_link(deal.modal)
    deal.close_modal()
    note = deal.notes.filter(has_text=re.compile(r"Payment link lnk_\w+ for 1,250.00 INR"))
    found = re.search(r"lnk_\w+", note.inner_text())
    assert found

    place.fault("lost")
    receipt = pay(page, url)
    expect(receipt.get_by_role("heading", name="₹1,250.00 INR has arrived")).to_be_visible()
    expect(receipt.get_by_text("Northwind Trading").first).to_be_visible()
    expect(receipt.get_by_role("link", name="Pay")).to_have_count(0)
    page.bring_to_front()
    deal.expect_stage("Won")
    expect(deal.notes.filter(has_text="1,250.00 INR was paid by Asha Payer")).to_be_visible()
    assert deliveries_about(place, found.group()) == 0


def deliveries_about(place: Place, link_id: str) -> int:
    with closing(sqlite3.connect(place.folder / "var" / "dealpay.sqlite")) as database:
        count = "select count(*) from webhook_deliveries where link_id = ?"
        return int(database.execute(count, [link_id]).fetchone()[0])

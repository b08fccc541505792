"""S3: the tenant's API key of the CRM, entered by its admin."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Place
from tests.browser.steps import go_to, open_app, sign_in
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser


def test_s3_the_api_key_of_the_crm_is_entered_and_tried(page: Page, place: Place, watch: Watch) -> None:
    watch.expect("status of 422")
    keys = page.context.new_page()
    keys.goto(f"{place.crm}/setup/integrations/api-keys/list")
    key = keys.locator("main").get_by_label("Universal API key").input_value()
    keys.close()

    app = open_app(page, place)
    sign_in(app)
    go_to(app, "API key")
    shown = app.get_by_role("region", name="Northwind Trading")
    expect(shown).to_contain_text("Connected")
    field = app.get_by_label("API key")
    expect(field).to_have_attribute("type", "password")

    field.fill(f"{key[:-4]}0000")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_role("alert")).to_be_focused()
    expect(field).to_have_value("")
    expect(field).to_have_attribute("aria-invalid", "true")

    field.fill(key)
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_text("Northwind Trading is connected.")).to_be_visible()
    expect(shown).to_contain_text("Connected")
    expect(field).to_have_value("")

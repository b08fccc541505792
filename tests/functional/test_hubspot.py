"""A second CRM beside the first: connected, framed, and told what was paid, core unchanged."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from core.api.records import RecordRef
from core.connections import service as connections
from plugins.hubspot_crm.simulator import HubSpotSimulator, seed_data
from plugins.hubspot_crm.simulator.pages import shown
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import seed as stripe_seed
from tests.conftest import PASSWORD, add_workspace
from tests.functional.conftest import Address
from tests.pages import form_to, problems, words
from tests.rules import add_rule as rule_with
from tests.simulators import Simulators
from tests.support import ORIGIN, Browser, Clock
from tests.workspace import Workspace

DEAL = RecordRef("deal", seed_data.HARBOUR)
PORTAL = seed_data.BRIGHTWATER.portal


@pytest.fixture
def hubspot(ini: dict[str, str], address: Address, clock: Clock) -> Iterator[HubSpotSimulator]:
    """Asked for before the app, which is led here."""
    simulator = HubSpotSimulator(
        base_url=address.url, app_url=ORIGIN, held=True, clock=lambda: clock().timestamp()
    )
    address.vendor, ini["dealpay.hubspot_crm.api_base"] = simulator, address.url
    yield simulator
    simulator.store.close()


@pytest.fixture
def studio(hubspot: HubSpotSimulator, sims: Simulators, wsgi: Any, browser: Browser) -> Workspace:
    """Brightwater's workspace, its owner signed in; HubSpot connected through the page."""
    sims.deliver_to(wsgi)
    app = wsgi.registry.app
    owner = add_workspace(app, "Brightwater Studios", "imogen@brightwater.example")
    browser.sign_in(owner.email, PASSWORD)
    form = form_to(browser.get("/crm?crm=hubspot"), "/crm")
    form["access_token"] = seed_data.BRIGHTWATER.token
    assert f"HubSpot account {PORTAL} is connected." in words(form.submit(status=303).follow())
    settings = StripeSettings(secret_key=stripe_seed.LAKESIDE.key)
    account = connections.connect_account(app, owner, "stripe", "Stripe", settings)
    return Workspace(app, sims, owner, account.account_id)


def card(path: str, **changed: str) -> str:
    """A framed page with the parameters of HubSpot's card."""
    query = {
        "userId": "61500101",
        "userEmail": "imogen@brightwater.example",
        "associatedObjectId": DEAL.id,
        "associatedObjectType": "DEAL",
        "portalId": str(PORTAL),
    }
    return f"/embed/hubspot/{path}?{urlencode(query | changed)}"


def add_rule(studio: Workspace, name: str, event: str, action: str, **config: str) -> None:
    model = studio.app.plugins.action(action).Config
    rule_with(studio.app, studio.owner, name, event, (action, model.model_validate(config)))


def test_a_new_workspace_is_asked_for_the_first_crm(studio: Workspace, browser: Browser) -> None:
    assert next(iter(studio.app.plugins.crm_connectors)) == "kylas"


def test_a_wrong_token_leaves_the_old_one_alone(studio: Workspace, browser: Browser) -> None:
    for token, sentence in (
        ("pat-eu1-nobody-knows", "HubSpot does not accept this access token."),
        (seed_data.ALDER.token, f"This key opens HubSpot account {seed_data.ALDER.portal}"),
        ("sk_test_1", "This is a Stripe key."),
    ):
        form = form_to(browser.get("/crm"), "/crm")
        form["access_token"] = token
        page = form.submit(status=422)
        assert problems(page)[0].startswith(sentence)
        assert token not in page.text
    assert studio.record(DEAL).title == "Harbour Trust: anniversary film"


def test_the_frame_shows_the_deal_of_its_card(studio: Workspace, browser: Browser) -> None:
    assert "Harbour Trust: anniversary film" in words(browser.get(card("links/new")))
    contact = {"associatedObjectId": seed_data.MARGARET, "associatedObjectType": "CONTACT"}
    assert "Margaret Oduya" in words(browser.get(card("links/new", **contact)))
    assert "Nobody has made a payment link on this deal." in words(browser.get(card("links")))


def test_another_accounts_card_shows_nothing(studio: Workspace, browser: Browser) -> None:
    page = browser.get(card("links/new", portalId=str(seed_data.ALDER.portal)), status=403)
    assert "this is another HubSpot account" in words(page)
    gone = browser.get(card("links/new", associatedObjectId=seed_data.KITCHEN), status="*")
    assert "Tremblay kitchen" not in gone.text


def test_a_payment_moves_the_deal_and_is_noted(hubspot: HubSpotSimulator, studio: Workspace) -> None:
    add_rule(
        studio,
        "Won",
        "payment.succeeded",
        "move_stage",
        record_kind="deal",
        pipeline_id="default",
        pipeline_name="Sales Pipeline",
        stage_id="closedwon",
        stage_name="Closed Won",
    )
    add_rule(studio, "Noted", "payment.succeeded", "write_note", template="{{payment.amount}} paid.")
    link_id = studio.open_link(DEAL, crm="hubspot", quantity=250)
    studio.pay(link_id)
    assert set(studio.deliver()) == {200}
    studio.work()
    runs = studio.runs(link_id)
    assert (runs["Won"], runs["Noted"]) == ("done", "done")
    stage = studio.record(DEAL).stage
    assert stage
    assert stage.stage_name == "Closed Won"
    notes = [
        shown(one["properties"]["hs_note_body"]) for one in hubspot.notes_on(PORTAL, "deals", DEAL.id)
    ]
    assert len([note for note in notes if "paid." in note and "ref: dealpay-" in note]) == 1


def test_a_payment_sets_a_property_hands_over_and_makes_a_task(
    hubspot: HubSpotSimulator, studio: Workspace
) -> None:
    colleague = {"user_id": "61500102", "user_name": "Tomasz Zieliński"}
    add_rule(
        studio,
        "Reference",
        "payment.succeeded",
        "set_field",
        record_kind="deal",
        field_id="payment_status",
        field_name="Payment status",
        choice="paid",
        choice_name="Paid",
    )
    add_rule(studio, "Handed over", "payment.succeeded", "change_owner", record_kind="deal", **colleague)
    add_rule(
        studio, "Invoice", "payment.succeeded", "create_task", title="Invoice {{amount}}", **colleague
    )
    link_id = studio.open_link(DEAL, crm="hubspot", quantity=250)
    studio.pay(link_id)
    studio.deliver()
    studio.work()
    assert set(studio.runs(link_id).values()) == {"done"}
    deal = hubspot.store.get(f"{PORTAL}/deals", DEAL.id)
    assert deal
    assert deal["properties"]["payment_status"] == "paid"
    assert deal["properties"]["hubspot_owner_id"] == str(seed_data.TOMASZ)
    [task] = hubspot.tasks_on(PORTAL, "deals", DEAL.id)
    assert task["properties"]["hs_task_subject"].startswith("Invoice 250")
    assert task["properties"]["hubspot_owner_id"] == str(seed_data.TOMASZ)


def test_a_rule_of_another_pipeline_leaves_the_deal_alone(
    hubspot: HubSpotSimulator, studio: Workspace
) -> None:
    add_rule(
        studio,
        "Signed",
        "payment.succeeded",
        "move_stage",
        record_kind="deal",
        pipeline_id=seed_data.RETAINERS,
        pipeline_name="Retainers",
        stage_id=seed_data.RETAINER_SIGNED,
        stage_name="Signed",
    )
    link_id = studio.open_link(DEAL, crm="hubspot")
    studio.pay(link_id)
    studio.deliver()
    studio.work()
    assert studio.run("Signed").job_state == "skipped"
    stage = studio.record(DEAL).stage
    assert stage
    assert stage.stage_name == "Presentation Scheduled"

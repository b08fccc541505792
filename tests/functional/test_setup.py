"""The page "Setup" names what is wrong with its cause and its cure, and the page of the CRM, too."""

import pytest

from core.connections.models import CrmConnection, PaymentAccount
from core.jobs.models import JobWorker
from core.links import service as links
from core.people.service import Member
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from plugins.stripe_provider.simulator import auth, endpoints, seed
from tests.conftest import PASSWORD
from tests.pages import form_to, words
from tests.support import Browser, Clock
from tests.workspace import DEAL, Workspace


def run_checks(member: Browser) -> dict[str, list[str]]:
    """What the page says after all checks were run, by what it is about."""
    form_to(member.get("/setup"), "/setup").submit(status=303)
    return found(member)


def found(member: Browser) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for line in member.get("/setup").html.select("ol.steps li"):
        text = " ".join(line.p.get_text(" ").split())
        said.setdefault(line.h2.get_text(strip=True), []).append(text)
    return said


@pytest.fixture(autouse=True)
def _worker(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker was seen just now."""
    with workspace.app.db.engine.begin() as connection:
        values = {"host": "h", "pid": 1, "version": "1", "engine": "local", "id": "wrk_1"}
        now = workspace.app.clock()
        connection.execute(JobWorker.__table__.insert().values(**values, started_at=now, seen_at=now))


def test_where_all_is_well_it_says_so(member: Browser, workspace: Workspace) -> None:
    endpoint = workspace.stripe.all("webhook_endpoint")
    assert run_checks(member) == {
        "Northwind Trading": ["The CRM is connected."],
        "Northwind Stripe": ["The account is set up."],
    }
    page = member.get("/setup")
    assert "Nothing is wrong." in words(page)
    assert "The connections were last tested" in words(page)
    assert workspace.stripe.all("webhook_endpoint") == endpoint


def test_a_new_workspace_is_told_what_is_missing(
    browser: Browser, stranger: Member, workspace: Workspace
) -> None:
    browser.sign_in(stranger.email, PASSWORD)
    assert run_checks(browser) == {
        "CRM": ["None is connected, so no lead or deal can be opened."],
        "Connected accounts": ["No payment account is active, so no link can be made."],
    }


def test_a_revoked_key_and_a_missing_endpoint_are_found(member: Browser, workspace: Workspace) -> None:
    (endpoint,) = workspace.stripe.all("webhook_endpoint")
    endpoints.update(workspace.stripe, {"disabled": True}, endpoint["id"])
    (said,) = run_checks(member)["Northwind Stripe"]
    assert said.startswith("Webhook endpoint: The endpoint is switched off at Stripe.")
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    assert any("wrong, expired or revoked" in one for one in run_checks(member)["Northwind Stripe"])


def test_a_delivery_that_was_refused_leads_to_the_secret(member: Browser, workspace: Workspace) -> None:
    member.post(workspace.webhook_path, b"{}", {"Stripe-Signature": "t=1,v1=00"}, status=400)
    said = found(member)["Northwind Stripe"]
    assert any("the signing secret here isn't that of its endpoint" in one for one in said)


def test_a_payment_of_which_no_event_came_is_told_of(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    workspace.sims.stripe.deliveries.held = []
    clock.turn(hours=1)
    links.refresh(workspace.app, workspace.tenant_id, link_id)
    said = found(member)["Northwind Stripe"]
    assert any("no event of it has come by webhook" in one for one in said)


def test_a_permission_that_the_crm_withholds_is_named(member: Browser, workspace: Workspace) -> None:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.query(CrmConnection).update({"missing_permissions": ["Deal: update", "Something: else"]})
    (deal, other) = sorted(found(member)["Northwind Trading"])
    assert "The permission Deal (update) is missing." in deal
    assert "Something: else" in other
    page = member.get("/crm")
    rows = [" ".join(row.get_text(" ").split()) for row in page.html.select("details dl div")]
    assert any(row.startswith("Deal: ") and "Missing: update" in row for row in rows)
    assert "Something is missing. Have an admin of Kylas grant it" in words(page)


def test_nobody_at_work_in_the_background_is_told_of(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    clock.turn(hours=1)
    assert "Nobody does the work in the background" in found(member)["This Dealpay"][0]


def test_who_may_not_connect_anything_sees_no_setup(browser: Browser, workspace: Workspace) -> None:
    browser.sign_in(demo.REP, demo.PASSWORD)
    browser.get("/setup", status=403)
    assert browser.get("/").html.find("a", href="/setup") is None


def test_sample_data_is_never_mixed_with_real_data(member: Browser) -> None:
    page = member.get("/setup/sample")
    assert "Use the test mode of your provider" in words(page)
    assert page.html.find("a", href="/accounts/new?provider=stripe")


# The page of the CRM


def test_the_crm_is_tested_by_calls_that_change_nothing(member: Browser, workspace: Workspace) -> None:
    page = form_to(member.get("/crm"), "/crm/test").submit(status=303).follow()
    titles = [one.get_text(strip=True) for one in page.html.select("ol.steps h3")]
    assert titles[0] == "The key opens the CRM account"
    assert "Pipelines and stages can be read: deal" in titles
    assert "Users can be read" in titles
    assert page.html.select(".dot.bad") == []
    assert "Last good call" in words(page)


def test_a_crm_that_refuses_one_thing_says_which(member: Browser, workspace: Workspace) -> None:
    workspace.sims.kylas.faults.add("server_error", path="/v1/users", times=None)
    page = form_to(member.get("/crm"), "/crm/test").submit(status=303).follow()
    assert page.html.select(".dot.bad")
    assert workspace.rows(CrmConnection)[0].health == "ok"


def test_a_key_that_was_deleted_in_the_crm_is_found(member: Browser, workspace: Workspace) -> None:
    workspace.sims.kylas.store.delete("api_key", seed_data.API_KEY_A)
    page = form_to(member.get("/crm"), "/crm/test").submit(status=303).follow()
    assert "Not working" in words(page)
    assert "Fails since" in words(page)
    assert any("does not accept this API key" in one for one in found(member)["Northwind Trading"])


def test_disconnecting_says_what_stops_and_keeps_the_workspaces_crm(
    member: Browser, workspace: Workspace
) -> None:
    page = member.get("/crm")
    assert "no notes are written and no stage is moved" in words(page)
    page = form_to(page, "/crm/disconnect").submit(status=303).follow()
    assert "The CRM is disconnected." in words(page)
    assert workspace.rows(CrmConnection) == []
    form = form_to(member.get("/crm"), "/crm")
    form["api_key"] = seed_data.API_KEY_B
    assert "this workspace belongs to another CRM account" in words(form.submit(status=422))
    form["api_key"] = seed_data.API_KEY_A
    form.submit(status=303)
    assert workspace.record(DEAL).title == "Rooftop solar, phase 1"
    assert len(workspace.rows(PaymentAccount)) == 1

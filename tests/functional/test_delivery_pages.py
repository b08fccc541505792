"""Webhook deliveries: the page of all of them, one in detail, and another turn for what failed."""

import json

import pytest
from webtest import TestResponse

from core.api.payments import ProviderEvent
from core.inbox import service
from core.inbox.models import DeliveryEntry
from core.inbox.tasks import clean_up
from core.people import service as people
from core.people.roles import Role
from core.people.service import Member
from core.sandbox import demo
from tests.conftest import PASSWORD
from tests.deliveries import copied, delivery, down, paid, refuse
from tests.functional.test_webhooks import about, receive
from tests.pages import form_to, words
from tests.support import Browser, Clock
from tests.workspace import LEAD, Workspace


def rows(page: TestResponse) -> list[str]:
    """The ids of the deliveries on a page."""
    return [link["href"].removeprefix("/deliveries/") for link in page.html.select("tbody th a")]


def states(page: TestResponse) -> list[str]:
    return [cell.get_text(strip=True) for cell in page.html.select('td[data-column="State"]')]


def test_before_the_first_delivery_the_page_says_what_comes_here(
    member: Browser, workspace: Workspace
) -> None:
    page = member.get("/deliveries")
    assert "the provider of the link reports it here. Nothing has happened so far." in words(page)
    assert f"curl -i -X POST https://app.example.com{workspace.webhook_path}" in words(page)
    assert page.html.find("main").form is None


def test_without_an_account_it_leads_to_connecting_one(owners_browser: Browser) -> None:
    page = owners_browser.get("/deliveries")
    assert "Once a payment account is connected" in words(page)
    assert page.html.find("main").find("a", href="/accounts")


def test_each_delivery_is_listed_with_what_came_of_it(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    done = paid(workspace)
    receive(workspace, about("link_created", workspace, workspace.open_link(LEAD)))
    workspace.work()
    waits = paid(workspace, LEAD)
    down(workspace)
    workspace.work()
    page = member.get("/deliveries")
    assert rows(page)[0] == waits
    assert states(page) == ["Waiting", "Ignored", "Processed"]
    first, second, third = (" ".join(row.get_text(" ").split()) for row in page.html.select("tbody tr"))
    assert "Stripe can't be reached at the moment." in first
    assert "Next try in a moment." in first
    assert "Dealpay doesn't follow events of this type." in second
    assert f"completed {delivery(workspace, done).event_id} Northwind Stripe" in third
    assert "The link's payments were brought up to date. Payment link" in third
    assert page.html.find("a", href=f"/links/{delivery(workspace, done).link_id}")
    assert page.html.find(class_="nav").find("a", href="/deliveries")["aria-current"] == "page"


def test_the_filters_stand_in_the_address(member: Browser, workspace: Workspace) -> None:
    done = paid(workspace)
    receive(workspace, about("link_created", workspace, workspace.open_link(LEAD)))
    workspace.work()
    ignored = workspace.deliveries()[-1].id
    received = paid(workspace)
    account, link = workspace.account_id, delivery(workspace, done).link_id
    for query, expected in [
        ("state=processed", [done]),
        ("state=ignored", [ignored]),
        ("state=received", [received]),
        ("state=failed", []),
        ("state=nonsense", [received, ignored, done]),
        ("type=checkout.", [received, done]),
        ("type=payment_link.created&state=ignored", [ignored]),
        ("type=%25", []),
        (f"account={account}&state=processed", [done]),
        ("account=acc_of_nobody", []),
        (f"link={link}", [done]),
    ]:
        assert rows(member.get(f"/deliveries?{query}")) == expected, query
    page = member.get("/deliveries?type=nothing")
    assert "No delivery fits these filters." in words(page)
    assert page.html.find(id="type")["value"] == "nothing"


def test_older_deliveries_are_a_page_further(member: Browser, workspace: Workspace) -> None:
    first = paid(workspace)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        for number in range(50):
            session.add(copied(delivery(workspace, first), f"whd_zz{number:02}"))
    page = member.get("/deliveries?type=checkout")
    assert len(rows(page)) == 50
    older = member.get(page.html.find("a", string="Older deliveries")["href"])
    assert rows(older) == [first]
    assert older.html.find(id="type")["value"] == "checkout"
    assert older.html.find("a", string="Newest")


def test_the_body_is_shown_without_who_paid(member: Browser, workspace: Workspace) -> None:
    event = about("paid_card", workspace, workspace.open_link())
    secret = {"client_secret": "cs_test_a1_secret_x", "customer_email": "ada@payer.example"}
    event["data"]["object"] |= secret
    receive(workspace, event)
    (one,) = workspace.deliveries()
    assert "buyer@example.com" in one.body
    page = member.get(f"/deliveries/{one.id}")
    body = json.loads(page.html.find(class_="payload").get_text())
    checkout = body["data"]["object"]
    assert checkout["customer_details"]["email"] == "[redacted]"
    assert checkout["customer_details"]["phone"] is None
    assert checkout["amount_total"] == event["data"]["object"]["amount_total"]
    for personal in ("buyer@example.com", "ada@payer.example", "Ada Buyer", "_secret_", "Berlin"):
        assert personal not in page.text


def test_refused_deliveries_are_counted_and_explained(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    refuse(workspace)
    refuse(workspace)
    said = words(member.get("/deliveries"))
    assert "Northwind Stripe: 2 deliveries were refused, the last one just now" in said
    assert "the signing secret here is not the endpoint's" in said
    clock.turn(minutes=1)
    paid(workspace)
    said = words(member.get("/deliveries"))
    assert "Others were accepted since, so the webhook works" in said
    clock.turn(days=8)
    assert "refused" not in words(member.get("/deliveries"))


def test_an_account_that_no_webhook_comes_from_has_a_banner(
    member: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    assert "no webhook has ever come" not in words(member.get("/deliveries"))
    form_to(member.get(f"/links/{link_id}"), f"/links/{link_id}/check").submit(status=303)
    said = words(member.get("/deliveries"))
    assert "Northwind Stripe: no webhook has ever come." in said
    workspace.deliver()
    assert "no webhook" not in words(member.get("/deliveries"))


def test_events_that_only_the_sweep_finds_have_a_banner_and_no_body(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    paid(workspace)
    workspace.work()
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.merge(workspace.account()).created_at = clock()
    clock.turn(hours=3)
    about = workspace.link(workspace.open_link())
    found = [
        ProviderEvent(id, "checkout.session.expired", about.provider_ref, about.id, at=clock())
        for id in ("evt_late", "evt_later")
    ]
    clock.turn(minutes=10)
    assert service.store_found(workspace.app, workspace.tenant_id, workspace.account_id, found[:1]) == 1
    assert "no webhook" not in words(member.get("/deliveries"))  # it may still be on its way
    clock.turn(minutes=10)
    assert service.store_found(workspace.app, workspace.tenant_id, workspace.account_id, found) == 1
    workspace.work()
    page = member.get("/deliveries")
    assert "Northwind Stripe: no webhook comes any more." in words(page)
    assert "The last webhook came 3 hours ago" in words(page)
    said = words(member.get(f"/deliveries/{rows(page)[0]}"))
    assert "found by the sweep: no webhook brought it" in said
    assert "No webhook brought this event, so there is no body" in said


def test_the_body_of_what_is_done_with_is_removed_in_time(
    member: Browser, workspace: Workspace, clock: Clock
) -> None:
    done = paid(workspace)
    workspace.work()
    waits = paid(workspace, LEAD)
    down(workspace)
    workspace.work()
    clock.turn(days=29)
    assert clean_up(workspace.app) is None
    clock.turn(days=1, minutes=1)
    assert clean_up(workspace.app) == "Bodies emptied: 1."
    assert clean_up(workspace.app) is None
    assert delivery(workspace, waits).body
    one = delivery(workspace, done)
    assert (one.body, one.job_state) == ("", "done")
    member.reset()
    member.sign_in(demo.OWNER, demo.PASSWORD)
    assert "The body was removed 30 days after" in words(member.get(f"/deliveries/{done}"))
    assert workspace.stripe.all("event")


def test_an_account_shows_its_last_events_and_leads_to_all(
    member: Browser, workspace: Workspace
) -> None:
    id = paid(workspace)
    page = member.get(f"/accounts/{workspace.account_id}")
    assert page.html.find("a", href=f"/deliveries/{id}")
    all_of_them = page.html.find("a", string="All deliveries")["href"]
    assert rows(member.get(all_of_them)) == [id]


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("manager", 200), ("rep", 403), ("viewer", 403)]
)
def test_who_answers_for_payments_sees_deliveries(
    browser: Browser, workspace: Workspace, role: str, status: int
) -> None:
    id = paid(workspace)
    refuse(workspace)
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        people.add_member(
            session,
            workspace.tenant_id,
            email=f"the.{role}@example.com",
            name=role,
            password=PASSWORD,
            role=Role(role),
        )
    browser.sign_in(f"the.{role}@example.com", PASSWORD)
    token = browser.get("/").forms[0]["csrf_token"].value
    page = browser.get("/deliveries", status=status)
    browser.get(f"/deliveries/{id}", status=status)
    for path in (f"/deliveries/{id}/reprocess", "/deliveries/reprocess"):
        browser.post(path, {"csrf_token": token}, status=303 if status == 200 else 403)
    leads = page.html.find("main").find_all("a", href=f"/accounts/{workspace.account_id}#webhook")
    assert len(leads) == (1 if role == "admin" else 0)


def test_another_workspace_finds_no_delivery(
    browser: Browser, stranger: Member, workspace: Workspace
) -> None:
    id = paid(workspace)
    down(workspace)
    workspace.work()
    before = [one.id for one in workspace.rows(DeliveryEntry)]
    browser.sign_in(stranger.email, PASSWORD)
    for query in ("", f"?account={workspace.account_id}", f"?before={id}z", "?state=waiting"):
        page = browser.get(f"/deliveries{query}")
        assert rows(page) == []
        assert "could not be applied" not in words(page)
        assert "Northwind" not in words(page)
    browser.get(f"/deliveries/{id}", status=404)
    token = page.forms[0]["csrf_token"].value
    browser.post(f"/deliveries/{id}/reprocess", {"csrf_token": token}, status=404)
    query = f"?account={workspace.account_id}"
    browser.post(f"/deliveries/reprocess{query}", {"csrf_token": token}, status=303)
    assert [one.id for one in workspace.rows(DeliveryEntry)] == before
    assert delivery(workspace, id).attempts == 1

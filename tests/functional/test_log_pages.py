"""Payment link logs, and one link in detail."""

import requests

from core.api.records import RecordRef
from core.links.models import LinkText, PaymentLink
from core.links.texts import text_of
from core.people.service import Member
from core.sandbox import demo
from tests.conftest import PASSWORD
from tests.pages import form_to, words
from tests.support import Browser
from tests.workspace import LEAD, Workspace


def rows(page: object) -> list[str]:
    """The ids of the links on a page of the logs."""
    links = page.html.find("main").select("tbody th a")  # type: ignore[attr-defined]
    return [link["href"].removeprefix("/links/") for link in links]


def test_before_the_first_link_the_logs_say_how_to_make_one(member: Browser) -> None:
    page = member.get("/links")
    assert "choose “Generate payment link” under “More actions”" in words(page)
    assert page.html.find("main").form is None


def test_every_link_is_listed_with_its_record_amount_and_makers(
    member: Browser, workspace: Workspace
) -> None:
    first = workspace.open_link(quantity=4500)
    second = workspace.open_link(LEAD, quantity=20)
    page = member.get("/links")
    assert rows(page) == [second, first]
    lead, deal = page.html.select("tbody tr")
    assert [cell["data-column"] for cell in lead.find_all(attrs={"data-column": True})][:3] == [
        "Choose",
        "Created",
        "Lead",
    ]
    said, title = " ".join(deal.get_text(" ").split()), workspace.record().title
    assert said.startswith(
        f"Choose the link for ₹4,500.00 INR on {title} just now {title} Payment in INR"
    )
    assert said.endswith("4,500 ₹4,500.00 INR Open TEST Asha Rao Northwind Stripe")


def test_the_logs_are_filtered_by_status_and_words(member: Browser, workspace: Workspace) -> None:
    still_open, paid = workspace.open_link(), workspace.open_link(LEAD)
    workspace.pay(paid)
    workspace.deliver()
    workspace.work()
    lead = workspace.record(LEAD)
    for query, expected in [
        ("status=open", [still_open]),
        ("status=paid", [paid]),
        ("status=nonsense", [paid, still_open]),
        (f"text={lead.title}", [paid]),
        ("text=meena%40payer.example", [paid]),
        (f"text={still_open}", [still_open]),
        ("text=%25", []),
    ]:
        assert rows(member.get(f"/links?{query}")) == expected, query
    page = member.get("/links?text=nobody&status=paid")
    assert "No payment link fits these filters." in words(page)
    assert page.html.find(id="text")["value"] == "nobody"


def test_older_links_are_a_page_further(member: Browser, workspace: Workspace) -> None:
    link = workspace.link(workspace.open_link())
    columns = {c.key: getattr(link, c.key) for c in PaymentLink.__mapper__.column_attrs}
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        for number in range(50):
            own = {"id": f"lnk_zz{number:02}", "form_key": f"{number}", "provider_ref": f"{number}"}
            own["payer_token"] = own["id"]
            session.add(PaymentLink(**{**columns, **own}))
            session.flush()
            session.add(LinkText(link_id=own["id"], text=text_of(link)))
    page = member.get("/links?text=Payment")
    assert len(rows(page)) == 50
    older = member.get(page.html.find("a", string="Older links")["href"])
    assert rows(older) == [link.id]
    assert older.html.find(id="text")["value"] == "Payment"
    assert older.html.find("a", string="Newest")


def test_a_link_shows_its_payments_and_what_followed(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link(quantity=4500)
    page = member.get(f"/links/{link_id}")
    assert page.html.find(id="url")["value"] == workspace.link(link_id).url
    assert page.html.find(id="link")["data-refresh"] == "3"
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    page = member.get(f"/links/{link_id}")
    said = words(page)
    assert "Meena Payer meena@payer.example card •4242 ₹4,500.00 INR Paid" in said
    assert "Meena Payer paid ₹4,500.00 INR by card •4242." in said
    assert "Paid: deal to Won Done Moved from" in said
    assert "Paid: lead to Won Skipped" in said
    assert not page.html.find(id="link").has_attr("data-refresh")


def test_a_lost_webhook_is_made_good_by_asking_the_provider(
    member: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id)
    path = f"/links/{link_id}/check"
    page = form_to(member.get(f"/links/{link_id}"), path).submit(status=303).follow()
    assert (
        "The customer has paid: Meena Payer paid ₹1.00 INR by card •4242. The link is paid in full."
        in words(page)
    )
    page = form_to(page, path).submit(status=303).follow()
    assert "Checked with the provider just now. Nothing new." in words(page)
    assert workspace.link(link_id).state == "paid"
    workspace.sims.stripe.faults.add("unavailable", times=None)
    page = form_to(page, path).submit(status=303).follow()
    assert "Nothing was changed." in words(page)


def test_deactivating_names_the_amount_and_closes_the_link(
    member: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link(quantity=4500)
    page = member.get(f"/links/{link_id}")
    assert "Deactivate the link for ₹4,500.00 INR on" in words(page)
    page = form_to(page, f"/links/{link_id}/deactivate").submit(status=303).follow()
    assert "The link is deactivated: nobody can pay it any more." in words(page)
    assert workspace.link(link_id).state == "deactivated"
    assert not workspace.stripe.all("payment_link")[0]["active"]


def test_a_rep_sees_links_and_retries_nothing(browser: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link(RecordRef("deal", "4486"))
    browser.sign_in(demo.REP, demo.PASSWORD)
    assert rows(browser.get("/links")) == [link_id]
    for closed in ("/accounts", "/accounts/new", "/rules", "/rules/new", "/plugins"):
        browser.get(closed, status=403)


def test_another_workspace_finds_no_link(
    browser: Browser, stranger: Member, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    browser.sign_in(stranger.email, PASSWORD)
    assert rows(browser.get("/links")) == []
    browser.get(f"/links/{link_id}", status=404)
    token = browser.get("/links").forms[0]["csrf_token"].value
    for deed in ("check", "deactivate"):
        browser.post(f"/links/{link_id}/{deed}", {"csrf_token": token}, status=404)
    assert workspace.link(link_id).state == "open"


def test_the_timeline_is_filtered_in_the_address(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    page = member.get(f"/links/{link_id}?about=money")
    assert "Nothing of this has happened." in words(page)
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()

    def told(about: str) -> str:
        page = member.get(f"/links/{link_id}?about={about}")
        return " ".join(page.html.select_one("ol.timeline").get_text(" ").split())

    assert "Asha Rao made the link." in told("team")
    assert "paid" not in told("team")
    assert "Meena Payer paid ₹1.00 INR by card •4242." in told("money")
    assert "made the link" not in told("money")
    assert "Paid: deal to Won Done" in told("automation")
    everything = told("nonsense")
    assert "made the link" in everything
    assert "Paid: deal to Won" in everything
    assert "The link was opened for the first time." in told("customer")
    assert "paid" not in told("customer")
    assert "First opened" in words(member.get(f"/links/{link_id}"))


def test_a_card_that_was_declined_says_why(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    workspace.pay(link_id, number="4000 0000 0000 9995")
    assert workspace.deliver() == [200]
    workspace.work()
    page = words(member.get(f"/links/{link_id}"))
    assert (
        "Meena Payer's payment of ₹1.00 INR failed. No money was moved. Reason: not enough money."
    ) in page
    assert "card •9995 ₹1.00 INR Failed not enough money" in page
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    assert [one.state for one in workspace.payments(link_id)] == ["failed", "succeeded"]
    assert workspace.link(link_id).state == "paid"


def test_a_look_now_tells_that_a_link_was_opened(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    page = member.get(f"/links/{link_id}")
    assert "First opened" not in words(page)
    requests.get(workspace.link(link_id).url, timeout=10)
    page = form_to(page, f"/links/{link_id}/check").submit(status=303).follow()
    assert "News from the provider: The link was opened for the first time." in words(page)
    page = form_to(page, f"/links/{link_id}/check").submit(status=303).follow()
    assert "Nothing new." in words(page)


def test_whoever_deactivates_a_link_is_named(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    page = member.get(f"/links/{link_id}")
    page = form_to(page, f"/links/{link_id}/deactivate").submit(status=303).follow()
    assert "Asha Rao deactivated the link: nobody can pay it any more." in words(page)


def test_it_leads_to_the_providers_own_page(
    member: Browser, browser: Browser, workspace: Workspace
) -> None:
    link_id = workspace.open_link(RecordRef("deal", "4486"))
    ref = workspace.link(link_id).provider_ref
    there = f"https://dashboard.stripe.com/test/payment-links/{ref}"
    page = member.get(f"/links/{link_id}")
    assert page.html.find("a", string="Open in Stripe")["href"] == there
    # Ids are for those who may look into plugins.
    assert "evt_" in words(page)


def test_a_rep_sees_no_ids(browser: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link(RecordRef("deal", "4486"))
    browser.sign_in(demo.REP, demo.PASSWORD)
    assert "evt_" not in words(browser.get(f"/links/{link_id}"))

"""The story of a team at work: links made, sent, paid and looked up, and what an admin sets up."""

from playwright.sync_api import Browser, Page, expect

from docs.screenshots.camera import picture, step
from docs.screenshots.people import mailed_link, tab
from tests.browser.place import Place
from tests.browser.steps import RecordPage, create_link, made_link, pay, sign_in

DEAL, PAID, COLLEAGUE = "Yearly maintenance", "Rooftop solar, phase 1", "meera@northwind.example"
RULE = "Paid: deal to Won"


def tell(browser: Browser, place: Place) -> None:
    """A rep's work in the CRM, then what owner and admin see in the app."""
    with tab(browser, (1280, 760)) as page:
        with step("links on other records"):
            _other_links(page, place)
        with step("the first link of a deal"):
            _first_link(page, place)
        with step("a payment"):
            _payment(page, place)
    with tab(browser) as page:
        page.goto(f"{place.app}/login")
        sign_in(page)
        with step("the payment link logs"):
            _logs(page, place)
        with step("a link's page"):
            _link(page, place)
        with step("after payment actions"):
            _rules(page, place)
        with step("the team"):
            _team(page, place)
        with step("webhook deliveries"):
            page.goto(f"{place.app}/deliveries")
            picture("deliveries", page.locator("main"))
    with tab(browser) as page, step("an invitation"):
        page.goto(mailed_link(place, COLLEAGUE, "invites"))
        picture("invitation", page.locator("main"))
    with tab(browser, (640, 700)) as page, step("an obstacle"):
        page.goto(f"{place.app}/login")
        sign_in(page)
        page.goto(f"{place.app}/embed/kylas/links/new?tenantId=1")
        picture("obstacle", page.locator("main"))


def _other_links(page: Page, place: Place) -> None:
    lead = RecordPage.open(page, place, "Leads", "Kavita Sharma")
    modal = lead.open_modal()
    sign_in(modal)
    create_link(modal, "15000")
    made_link(modal)
    lead.close_modal()


def _first_link(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", DEAL)
    page.get_by_text("More actions").click()
    generate = page.get_by_role("button", name="Generate payment link")
    picture("more-actions", page, mark=generate)
    generate.click()
    modal = deal.modal
    modal.get_by_label("Quantity").fill("48000")
    expect(modal.get_by_label("Amount")).to_contain_text("48,000.00")
    picture("modal", page)
    modal.get_by_role("button", name="Create link").click()
    made_link(modal)
    picture("made", modal.locator("main"), mark=modal.get_by_role("button", name="Copy"))
    deal.close_modal()
    expect(deal.notes.first).to_contain_text("was generated on")
    picture("note", page.get_by_role("heading", name="Notes", exact=True).locator(".."))


def _payment(page: Page, place: Place) -> None:
    deal = RecordPage.open(page, place, "Deals", PAID)
    modal = deal.open_modal()
    create_link(modal, "2500")
    url = made_link(modal)
    deal.close_modal()
    with tab(page.context.browser, (900, 760)) as payer:  # type: ignore[arg-type]
        payer.goto(url)
        picture("pay", payer.locator("main"), mark=payer.get_by_role("button", name="Pay", exact=True))
        payer.close()
        receipt = pay(page, url)
        receipt.set_viewport_size({"width": 640, "height": 620})
        picture("receipt", receipt)
        receipt.close()
    page.bring_to_front()
    deal.expect_stage("Won")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="View payment link").click()
    expect(deal.panel.get_by_role("article").first).to_be_visible()
    expect(deal.notes.filter(has_text="was paid by")).to_be_visible()
    picture("won", page)
    picture("panel", deal.panel.locator("main"))


def _logs(page: Page, place: Place) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{place.app}/links")
    picture("logs", page.locator("main"))
    page.set_viewport_size({"width": 1000, "height": 1000})


def _link(page: Page, place: Place) -> None:
    page.goto(f"{place.app}/links?text=Rooftop")
    page.get_by_role("row", name=PAID).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=PAID)).to_be_visible()
    picture("link", page.get_by_role("region", name="The link"))
    page.set_viewport_size({"width": 1000, "height": 1400})
    picture("timeline", page.get_by_role("region", name="Timeline"))
    page.set_viewport_size({"width": 1000, "height": 1000})


def _rules(page: Page, place: Place) -> None:
    page.goto(f"{place.app}/rules")
    picture("rules", page.get_by_role("article", name=RULE))
    page.set_viewport_size({"width": 1000, "height": 1400})
    picture("rule-runs", page.get_by_role("region", name="What happened lately"))
    page.get_by_role("article", name=RULE).get_by_role("link", name="Edit").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    picture("rule", page.locator("main"))
    page.set_viewport_size({"width": 1000, "height": 1000})


def _team(page: Page, place: Place) -> None:
    page.goto(f"{place.app}/users/new")
    page.get_by_label("Find by name or e-mail").fill("Meera")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Meera Nair").check()
    picture("add-user", page.locator("main"))
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_role("region", name="Invited")).to_contain_text(COLLEAGUE)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{place.app}/users")
    picture("team", page.locator("main"))
    page.get_by_text("Who may do what").click()
    picture("roles", page.locator("details[open]").filter(has_text="Who may do what"))

"""What the CRM frames: the modal "Generate payment link", and a record's links."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.links.models import PaymentLink
from core.people.service import Member
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from plugins.stripe_provider.simulator import seed
from tests.conftest import PASSWORD
from tests.functional.test_query_counts import add_links
from tests.pages import form_to, frame, problems, words
from tests.support import Browser
from tests.workspace import Workspace

NEW = "/embed/kylas/links/new"


def test_the_modal_knows_the_record_and_prefers_the_unit_product(
    member: Browser, workspace: Workspace
) -> None:
    page = member.get(frame("links/new"))
    record = workspace.record()
    assert record.stage
    assert f"Deal {record.title} Stage {record.stage.stage_name}" in words(page)
    form = form_to(page, NEW)
    assert (form["product_ref"].value, form["quantity"].value) == (workspace.unit.ref, "1")
    assert page.html.output.string == "₹1.00\N{NO-BREAK SPACE}INR"
    chosen = page.html.find("option", selected=True)
    assert (chosen["data-minor"], chosen["data-currency"], chosen["data-decimals"]) == (
        "100",
        "INR",
        "2",
    )


def test_the_link_is_shown_in_the_same_modal_ready_to_copy(
    member: Browser, workspace: Workspace
) -> None:
    form = form_to(member.get(frame("links/new")), NEW)
    form["quantity"] = "4500"
    page = form.submit(status=303).follow()
    (link,) = workspace.rows(PaymentLink)
    assert "The link for ₹4,500.00\N{NO-BREAK SPACE}INR" in page.html.main.text
    copied = page.html.find(id="url")
    assert (copied["value"], copied.has_attr("readonly")) == (link.url, True)
    assert page.html.find("a", string="Details")["href"] == f"/links/{link.id}"
    again = member.get(page.html.find("a", href=lambda to: to.startswith(NEW))["href"])
    assert form_to(again, NEW)["form_key"].value != form["form_key"].value


def test_sent_twice_the_form_makes_one_link(member: Browser, workspace: Workspace) -> None:
    form = form_to(member.get(frame("links/new")), NEW)
    first, second = form.submit(status=303), form.submit(status=303)
    assert first.location == second.location
    assert len(workspace.rows(PaymentLink)) == len(workspace.stripe.all("payment_link")) == 1


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        ("0", "Enter 1 or more."),
        ("-2", "Enter 1 or more."),
        ("1.5", "Enter a whole number."),
        ("1000000", "Enter 999,999 or less."),
        ("many", "Enter a whole number."),
        ("", "Fill in “Quantity”."),
    ],
)
def test_a_quantity_that_makes_no_sense_makes_no_link(
    member: Browser, workspace: Workspace, quantity: str, sentence: str
) -> None:
    form = form_to(member.get(frame("links/new")), NEW)
    form["quantity"] = quantity
    page = form.submit(status=422)
    assert problems(page) == [sentence]
    assert form_to(page, NEW)["quantity"].value == quantity
    assert workspace.rows(PaymentLink) == []


def test_more_than_stripe_takes_is_refused_with_the_limit(member: Browser, workspace: Workspace) -> None:
    licence = next(
        option
        for option in member.get(frame("links/new")).html.find_all("option")
        if "Annual" in option.text
    )
    form = form_to(member.get(frame("links/new")), NEW)
    form["product_ref"], form["quantity"] = licence["value"], "84"
    page = form.submit(status=422)
    assert "Stripe takes at most 999,999.99 in one payment. No link was made." in problems(page)[0]
    assert form_to(page, NEW)["quantity"].value == "84"
    assert form_to(page, NEW)["form_key"].value != form["form_key"].value
    assert workspace.stripe.all("payment_link") == []


def test_a_product_archived_meanwhile_is_not_charged(member: Browser, workspace: Workspace) -> None:
    page = member.get(frame("links/new"))
    licence = next(option for option in page.html.find_all("option") if "Annual" in option.text)
    form = form_to(page, NEW)
    form["product_ref"], form["quantity"] = licence["value"], "3"
    price = workspace.stripe.get("price", licence["value"])
    workspace.stripe.put(workspace.stripe.get("product", price["product"]) | {"active": False})
    page = form.submit(status=422)
    assert problems(page) == ["This choice is no longer there. Choose another one."]
    assert form_to(page, NEW)["quantity"].value == "3"
    assert workspace.stripe.all("payment_link") == []


def test_a_lost_reply_is_looked_into_and_never_asked_for_again(
    member: Browser, workspace: Workspace
) -> None:
    workspace.sims.stripe.faults.add("lost_reply", path="/v1/payment_links", method="POST", times=None)
    page = form_to(member.get(frame("links/new")), NEW).submit(status=303).follow()
    assert "We are checking whether the link was created." in words(page)
    assert page.html.find(id="made")["data-refresh"] == "2"
    workspace.sims.stripe.faults.clear()
    workspace.app.clock.turn(minutes=5)  # type: ignore[attr-defined]
    workspace.work()
    page = member.get(page.request.path_qs)
    assert "is ready to send." in words(page)
    assert not page.html.find(id="made").has_attr("data-refresh")
    assert len(workspace.stripe.all("payment_link")) == 1


def test_a_revoked_provider_key_is_said_before_anything_is_made(
    member: Browser, workspace: Workspace
) -> None:
    form = form_to(member.get(frame("links/new")), NEW)
    workspace.sims.stripe.store.delete("key", seed.NORTHWIND.key)
    page = form.submit(status=422)
    assert "wrong, expired or revoked" in problems(page)[0]
    assert workspace.rows(PaymentLink) == []
    assert "Key not working" in words(member.get("/accounts"))


@pytest.mark.parametrize(
    ("record", "status", "title"),
    [
        ("DEAL/999999", 404, "The record is gone"),
        ("DEAL/not-a-number", 400, "Which record?"),
        ("TASK/4485", 400, "Which record?"),
    ],
)
def test_a_record_that_is_not_there_is_said_plainly(
    member: Browser, record: str, status: int, title: str
) -> None:
    page = member.get(frame("links/new", record), status=status)
    assert page.html.h1.string == title


def test_a_crm_that_does_not_answer_can_be_tried_again(member: Browser, workspace: Workspace) -> None:
    workspace.sims.kylas.faults.add("unavailable", times=None)
    page = member.get(frame("links/new"), status=503)
    assert "No link was made." in words(page)
    workspace.sims.kylas.faults.clear()
    member.get(page.html.find("a", class_="primary")["href"], status=200)


def test_products_that_can_not_be_read_lose_nothing_that_was_typed(
    member: Browser, workspace: Workspace
) -> None:
    form = form_to(member.get(frame("links/new")), NEW)
    form["quantity"] = "77"
    workspace.sims.stripe.faults.add("unavailable", times=None)
    page = form.submit(status=422)
    assert "The products can't be shown, and no link was made." in words(page)
    assert form_to(page, NEW)["quantity"].value == "77"


@pytest.mark.parametrize("claimed", [{"tenantId": seed_data.TENANT_B}, {"userId": seed_data.MEERA}])
@pytest.mark.parametrize("path", ["links/new", "links", ""])
def test_a_frame_of_somebody_else_shows_nothing(
    member: Browser, workspace: Workspace, path: str, claimed: dict[str, int]
) -> None:
    asked = frame(path, **claimed)
    page = member.get(asked, status=403)
    assert page.html.h1.string == "Somebody else is signed in"
    assert workspace.record().title not in page.text
    page = form_to(page, "/logout").submit(status=303).follow()
    page.form["email"], page.form["password"] = demo.OWNER, demo.PASSWORD
    assert page.form.submit(status=303).location.endswith(asked)


def test_signing_in_leads_back_into_the_modal(browser: Browser, workspace: Workspace) -> None:
    page = browser.get(frame("links/new"), status=303).follow()
    page.form["email"], page.form["password"] = demo.OWNER, demo.PASSWORD
    assert page.form.submit(status=303).follow().html.h1.string == "Generate payment link"


def test_without_an_api_key_the_owner_is_led_to_it(
    browser: Browser, stranger: Member, workspace: Workspace
) -> None:
    browser.sign_in(stranger.email, PASSWORD)
    page = browser.get(frame("links/new"))
    assert page.html.find("a", class_="primary")["href"] == "/crm"


def test_the_start_page_leads_to_the_whole_app(member: Browser) -> None:
    assert member.get(frame(""), status=303).location.endswith("/")


def test_the_panel_lists_the_links_of_the_record_with_their_totals(
    member: Browser, workspace: Workspace
) -> None:
    paid, still_open = workspace.open_link(quantity=300), workspace.open_link(quantity=200)
    workspace.pay(paid)
    workspace.deliver()
    workspace.work()
    page = member.get(frame("links"))
    totals = [one.text.replace("\N{NO-BREAK SPACE}", " ") for one in page.html.dl.find_all("dd")]
    assert totals == ["₹500.00 INR", "₹300.00 INR", "₹200.00 INR"]
    assert [card["id"] for card in page.html.find_all("article")] == [still_open, paid]
    assert [card["data-state"] for card in page.html.find_all("article")] == ["open", "paid"]
    assert page.html.find(id=f"url-{still_open}")["value"] == workspace.link(still_open).url
    assert page.html.find(id=f"url-{paid}") is None


def test_of_many_links_one_chooses_which_to_see(member: Browser, workspace: Workspace) -> None:
    first, *others = [workspace.open_link(quantity=number) for number in range(1, 6)]
    assert not member.get(frame("links")).html.find("nav", attrs={"aria-label": "Which links are shown"})
    others.append(workspace.open_link(quantity=6))
    workspace.pay(first)
    workspace.deliver()
    workspace.work()
    page = member.get(frame("links"))
    choices = page.html.find("nav", attrs={"aria-label": "Which links are shown"}).find_all("a")
    assert [one.text for one in choices] == ["All · 6", "Open · 5", "Paid · 1"]
    assert [one.get("aria-current") for one in choices] == ["true", None, None]

    def shown(number: int) -> Any:
        return member.get(choices[number]["href"]).html

    assert [card["id"] for card in shown(2).find_all("article")] == [first]
    assert [card["id"] for card in shown(1).find_all("article")] == list(reversed(others))
    assert shown(2).dl == page.html.dl  # the totals are of all
    assert "No link is among these." in words(member.get(frame("links", show="ended")))
    assert "show=" not in shown(2).select_one("a[href*='links/new']")["href"]


def test_the_totals_are_of_all_links_and_the_older_ones_in_the_logs(
    member: Browser, workspace: Workspace
) -> None:
    workspace.open_link(quantity=1)
    add_links(workspace, 51)
    page = member.get(frame("links"))
    assert len(page.html.find_all("article")) == 50
    assert page.html.dl.dd.text == "₹52.00\N{NO-BREAK SPACE}INR"
    assert "2 older ones are in the logs." in words(page)
    logs = page.click("All of this record")
    assert len(logs.html.find("tbody").find_all("tr")) == 50


def test_the_panel_of_a_record_without_links_offers_to_make_one(member: Browser) -> None:
    page = member.get(frame("links", "LEAD/3101"))
    assert "No links yet" in words(page)
    generate = page.html.find("a", class_="primary")
    assert member.get(generate["href"]).html.h1.string == "Generate payment link"


def test_an_open_link_is_mentioned_before_another_is_made(member: Browser, workspace: Workspace) -> None:
    link = workspace.link(workspace.open_link(quantity=200))
    page = member.get(frame("links/new"))
    assert "made just now by Asha Rao, is still open. Send it again, or make another below." in words(
        page
    )
    assert page.html.find(id="open-link")["value"] == link.url
    workspace.open_link(quantity=300)
    assert "2 links on this deal are still open." in words(member.get(frame("links/new")))


def test_a_browser_sees_the_shape_before_anybody_is_asked(member: Browser, workspace: Workspace) -> None:
    asked = len(workspace.sims.recorded[0].asked) + len(workspace.sims.recorded[1].asked)
    shape = member.get(frame("links/new"), headers={"Sec-Fetch-Dest": "iframe"})
    assert shape.html.h1.string == "Generate payment link"
    (late,) = shape.html.select("[data-late][aria-busy=true]")
    assert shape.html.select("main form, main input") == []
    assert len(workspace.sims.recorded[0].asked) + len(workspace.sims.recorded[1].asked) == asked
    # Neither the script nor a browser without one gets the shape once more.
    for headers in ({"Sec-Fetch-Dest": "empty"}, {"Sec-Fetch-Dest": "iframe"}):
        whole = member.get(late["data-late"], headers=headers)
        assert form_to(whole, NEW)["quantity"].value == "1"
        assert "whole=" not in whole.html.find("form", action=True)["action"]
    assert late["data-late"] in shape.html.noscript.meta["content"]


def test_all_that_is_due_is_one_click(member: Browser, workspace: Workspace) -> None:
    ref = workspace.record().ref
    deals = workspace.sims.kylas.tenant(seed_data.TENANT_A)
    deal = deals.get(ref.kind, ref.id)
    assert deal

    def offered(value: float) -> list[str]:
        worth = {**deal["estimatedValue"], "value": value}
        deals.put(ref.kind, {**deal, "products": None, "actualValue": worth})
        page = member.get(frame("links/new"))
        return [button["data-preset"] for button in page.html.select("[data-for-product]")]

    assert offered(45_000) == ["45000"]
    paid = workspace.open_link(quantity=5_000)
    workspace.pay(paid)
    workspace.deliver()
    workspace.work()
    assert offered(45_000) == ["40000"]
    # Nothing that a quantity can't say: no fraction, nothing that is settled, nothing too large.
    assert offered(45_000.5) == offered(5_000) == offered(2_000_000) == []


def test_a_frame_of_somebody_else_says_so_at_once(member: Browser) -> None:
    page = member.get(frame("links/new", tenantId="1"), headers={"Sec-Fetch-Dest": "iframe"}, status=403)
    assert page.html.h1.string == "Somebody else is signed in"


def test_a_link_is_sent_from_the_reps_own_mail_chat_or_phone(
    member: Browser, workspace: Workspace
) -> None:
    page = form_to(member.get(frame("links/new")), NEW).submit(status=303).follow()
    url = page.html.find(id="url")["value"]
    shared = page.html.find(class_="share")
    addresses = [urlsplit(link["href"]) for link in shared.find_all("a")]
    assert [address.scheme for address in addresses] == ["mailto", "https", "sms"]
    for address in addresses:
        said = parse_qs(address.query)
        (text,) = said.get("body") or said["text"]
        assert (
            text.replace("\N{NO-BREAK SPACE}", " ") == f"Here is your payment link for ₹1.00 INR: {url}"
        )
    assert shared.find("svg", attrs={"aria-label": "QR code of the payment link"})


def test_another_workspace_finds_no_link_by_its_id(
    browser: Browser, stranger: Member, workspace: Workspace
) -> None:
    link_id = workspace.open_link()
    browser.sign_in(stranger.email, PASSWORD)
    browser.get(f"/links/{link_id}", status=404)
    assert workspace.record().title not in browser.get(frame("links", made=link_id)).text

"""Another link like one that there is, from its page in the app."""

from datetime import timedelta

import pytest
from webtest import Form

from core.api.money import Money
from core.api.payments import Payer
from core.links.models import PaymentLink
from core.links.terms import Terms
from core.people import service as people
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from tests.pages import form_to, problems, words
from tests.support import Browser, Clock
from tests.workspace import LEAD, Workspace


def another(link_id: str) -> str:
    return f"/links/{link_id}/another"


def form_like(member: Browser, link_id: str) -> Form:
    """The form, as the page of the link leads to it."""
    page = member.get(f"/links/{link_id}").click("Make another like it")
    return form_to(page, another(link_id))


def test_it_is_made_on_the_same_record_with_one_click(member: Browser, workspace: Workspace) -> None:
    product = workspace.product(Money.of(1500, "INR"))
    first = workspace.link(workspace.open_link(LEAD, product, quantity=3))
    form = form_like(member, first.id)
    assert (form["product_ref"].value, form["quantity"].value) == (product.ref, "3")
    page = form.submit(status=303).follow()
    made = workspace.rows(PaymentLink)[-1]
    assert made.id != first.id
    assert (made.record_ref, made.amount, made.state) == (LEAD, first.amount, "open")
    assert page.request.path == f"/links/{made.id}"
    assert page.html.find(id="url")["value"] == made.url
    assert [one for one in page.html.find_all("a") if one["href"].startswith("https://wa.me/")]


def test_sent_twice_it_makes_one_link(member: Browser, workspace: Workspace) -> None:
    form = form_like(member, workspace.open_link())
    assert form.submit(status=303).location == form.submit(status=303).location
    assert len(workspace.rows(PaymentLink)) == 2


def test_what_was_typed_stays_beside_what_is_wrong(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    form = form_like(member, link_id)
    form["quantity"] = "0"
    page = form.submit(status=422)
    assert problems(page) == ["Enter 1 or more."]
    assert form_to(page, another(link_id))["quantity"].value == "0"
    assert page.html.find("a", string="Cancel")["href"] == f"/links/{link_id}"
    assert len(workspace.rows(PaymentLink)) == 1


def test_a_product_that_is_gone_is_to_be_chosen_anew(member: Browser, workspace: Workspace) -> None:
    product = workspace.product(Money.of(1500, "INR"), "Audit")
    link_id = workspace.open_link(product=product)
    workspace.stripe.put(workspace.stripe.get("price", product.ref) | {"active": False})
    page = member.get(another(link_id))
    assert "“Audit” is no longer offered at this price" in words(page)
    page = form_to(page, another(link_id)).submit(status=422)
    assert problems(page) == ["Choose “Product”."]


@pytest.mark.usefixtures("razorpay")
def test_its_options_are_filled_in_but_for_the_day(
    member: Browser, second: Workspace, clock: Clock
) -> None:
    payer = Payer("Meena", "meena@payer.example", "+919000012345")
    part = Money.of(500, "INR")
    terms = Terms(clock() + timedelta(days=3), part, payer, frozenset({"mail", "sms"}))
    link_id = second.open_link(quantity=4500, terms=terms)
    form = form_like(member, link_id)
    assert (form["account_id"].value, form["quantity"].value) == (second.account_id, "4500")
    assert (form["first_part"].value, form["notify_mail"].checked) == ("500.00", True)
    assert (form["payer_name"].value, form["payer_phone"].value) == ("Meena", "+919000012345")
    assert form["expires_on"].value == ""
    form.submit(status=303)
    made = second.rows(PaymentLink)[-1]
    assert made.terms == Terms(None, part, payer, frozenset({"mail", "sms"}))


def test_a_rep_makes_none_on_a_record_that_is_somebody_elses(
    browser: Browser, workspace: Workspace
) -> None:
    rep = people.member_by_email(workspace.app, demo.REP)
    link_id = workspace.create(actor=rep).link_id
    browser.enter(demo.REP, demo.PASSWORD)
    page = browser.get(another(link_id), status=403)
    assert "This record is somebody else's" in words(page)
    assert "Skip to the content" in page.text


def test_a_record_that_is_gone_is_said_so(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    workspace.sims.kylas.tenant(seed_data.TENANT_A).delete("deal", "4485")
    assert "No link was made." in words(member.get(another(link_id), status=404))
    member.get(another("lnk_unknown"), status=404)

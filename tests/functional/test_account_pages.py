"""The pages "Connected accounts" and "Add connected account"."""

import pytest
from webtest import TestResponse

from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.people.service import Member
from core.sandbox import demo
from plugins.stripe_provider.simulator import seed
from tests.conftest import PASSWORD
from tests.pages import form_to, frame, problems, words
from tests.support import Browser
from tests.workspace import Workspace


def add(member: Browser, key: str, **fields: str) -> TestResponse:
    form = form_to(member.get("/accounts/new"), "/accounts/new")
    form["key-secret_key"] = key
    for name, value in fields.items():
        form[name] = value
    return form.submit(expect_errors=True)


def test_the_list_shows_the_webhook_url_and_the_state_of_its_secret(
    member: Browser, workspace: Workspace
) -> None:
    page = member.get("/accounts")
    account = workspace.account()
    assert page.html.find(id=f"url-{account.id}")["value"] == connections.webhook_url(
        workspace.app, account
    )
    assert "TEST" in words(page)
    assert "Signing secret set" in words(page)
    assert page.html.find("a", href=f"/rules?account={account.id}").text == "After payment actions"


def test_adding_an_account_makes_its_unit_product_and_its_webhook(
    member: Browser, workspace: Workspace
) -> None:
    answer = add(member, seed.SAKURA.key, label="Tokyo")
    page = answer.follow()
    assert "The account is connected." in words(page)
    assert page.html.h1.string == "Tokyo"
    made = workspace.rows(PaymentAccount, PaymentAccount.label == "Tokyo")[0]
    assert (made.currency, made.mode, made.active) == ("JPY", "test", True)
    assert made.unit_product_ref
    assert made.sealed_secrets
    assert seed.SAKURA.key not in page.text


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "Fill in “Secret key”."),
        ("pk_test_51Hq8", "This is a publishable key"),
        ("whsec_51Hq8", "This is the signing secret of a webhook."),
        ("hunter2", "This is not a key of Stripe"),
        ("sk_test_revoked51Hq8", "Stripe refuses this key"),
        (
            seed.NORTHWIND.key,
            "Northwind Trading (acct_1NorthwindTrading, test mode) is connected already",
        ),
    ],
)
def test_a_key_that_is_not_right_connects_nothing(
    member: Browser, workspace: Workspace, key: str, sentence: str
) -> None:
    page = add(member, key, label="Our second account")
    assert page.status_int == 422
    assert problems(page)[0].startswith(sentence)
    assert page.html.find(id="field-label")["value"] == "Our second account"
    assert key == "" or key not in page.text
    assert len(workspace.rows(PaymentAccount)) == 1


def test_each_form_for_a_key_knows_its_kinds(member: Browser, workspace: Workspace) -> None:
    """For a script to say; without one the form is as it was."""
    pages = {
        "/accounts/new?provider=stripe": ("field-key-secret_key", "pk_"),
        f"/accounts/{workspace.account_id}": ("field-key-secret_key", "sk_live_"),
        "/accounts/new?provider=razorpay": ("field-key-key_id", "rzp_live_"),
        "/crm": ("field-api_key", "sk_"),
    }
    for path, (field, prefix) in pages.items():
        page = member.get(path).html
        region = page.find(attrs={"data-kinds": field})
        assert region.find("template", attrs={"data-prefix": prefix}).get_text(strip=True)
        said = region.find(role="status")
        assert said.get_text(strip=True) == ""
        assert said["id"] in page.find(id=field)["aria-describedby"].split()


def test_a_live_account_behind_https_is_connected_like_any_other(
    member: Browser, workspace: Workspace
) -> None:
    page = add(member, seed.EUROPA.key).follow()
    assert page.html.h1.string == "Europa Books"
    assert "live mode" in words(page)
    assert "TEST" not in words(page)


def test_an_account_that_is_switched_off_makes_no_links(member: Browser, workspace: Workspace) -> None:
    path = f"/accounts/{workspace.account_id}/active"
    page = form_to(member.get("/accounts"), path).submit("active", status=303).follow()
    assert "Northwind Stripe is inactive now." in words(page)
    assert not workspace.account().active
    assert "Payment links need an active account" in words(member.get(frame("links/new")))
    form_to(member.get("/accounts"), path).submit("active")
    assert workspace.account().active


def test_without_an_account_a_rep_is_told_whom_to_ask(
    browser: Browser, workspace: Workspace, member: Browser
) -> None:
    form_to(member.get("/accounts"), f"/accounts/{workspace.account_id}/active").submit("active")
    assert (
        member.get(frame("links/new")).html.find("a", string="Connected accounts")["href"] == "/accounts"
    )
    browser.reset()
    browser.sign_in(demo.REP, demo.PASSWORD)
    page = browser.get(frame("links/new", userId=""))
    assert "Ask an owner or admin of your workspace" in words(page)
    assert page.html.find("a", string="Connected accounts") is None


def test_label_and_switch_can_be_changed(member: Browser, workspace: Workspace) -> None:
    path = f"/accounts/{workspace.account_id}"
    form = form_to(member.get(path), path)
    form["label"], form["active"] = "Head office", False
    assert "Head office" in words(form.submit(status=303).follow())
    assert (workspace.account().label, workspace.account().active) == ("Head office", False)


def test_a_pasted_signing_secret_is_the_one_that_verifies(member: Browser, workspace: Workspace) -> None:
    path = f"/accounts/{workspace.account_id}"
    form = form_to(member.get(path), f"{path}/secret")
    form["secret"] = "short"
    assert problems(form.submit(status=422)) == ["Use at least 8 characters."]
    form["secret"] = "whsec_pasted_by_hand"
    page = form.submit(status=303).follow()
    assert "The signing secret is kept." in words(page)
    assert "whsec_pasted_by_hand" not in page.text


def test_the_webhook_is_found_again_rather_than_made_twice(
    member: Browser, workspace: Workspace
) -> None:
    path = f"/accounts/{workspace.account_id}"
    page = form_to(member.get(path), f"{path}/webhook").submit(status=303).follow()
    assert "The webhook is registered." in words(page)
    assert len(workspace.stripe.all("webhook_endpoint")) == 1


def test_refused_deliveries_are_shown_with_their_reason(member: Browser, workspace: Workspace) -> None:
    member.post(workspace.webhook_path, b"{}", {"Stripe-Signature": "t=1,v1=00"}, status=400)
    for path in ("/accounts", f"/accounts/{workspace.account_id}"):
        assert "1 delivery was refused" in words(member.get(path))


def test_a_replaced_key_must_open_the_same_account(member: Browser, workspace: Workspace) -> None:
    path = f"/accounts/{workspace.account_id}"
    form = form_to(member.get(path), f"{path}/key")
    form["key-secret_key"] = seed.LAKESIDE.key
    assert problems(form.submit(status=422))[0].startswith("This key opens Lakeside Clinics")
    form["key-secret_key"] = seed.NORTHWIND.key
    assert "The new key is in use." in words(form.submit(status=303).follow())


def test_another_workspace_finds_nothing_here(
    browser: Browser, stranger: Member, workspace: Workspace
) -> None:
    browser.sign_in(stranger.email, PASSWORD)
    browser.get(f"/accounts/{workspace.account_id}", status=404)
    assert "No account is connected yet" in words(browser.get("/accounts"))

"""From signing up to signing out, as a person does it."""

import html

import pytest
from sqlalchemy import func, select

from core.app import App
from core.db.session import ALL_TENANTS
from core.mail.models import OutgoingMail
from core.people.models import MailedToken, User
from core.people.service import Member
from core.rules.models import Rule
from core.tenants.models import Tenant
from tests.conftest import PASSWORD
from tests.support import Browser, Clock, Post

ASHA = {"name": "Asha Rao", "email": "asha@example.com", "password": PASSWORD}


def sign_up(browser: Browser, **changed: str) -> None:
    browser.fill_in("/signup", **{**ASHA, **changed})


def test_from_sign_up_to_sign_out(browser: Browser, post: Post) -> None:
    page = browser.fill_in("/signup", **ASHA).follow()
    assert "asha@example.com" in page

    page = browser.get(post.link("asha@example.com"))
    page = page.form.submit().follow()
    assert "Your e-mail address is confirmed" in page

    page = browser.sign_in("asha@example.com", PASSWORD).follow()
    assert "Connect your CRM" in page
    assert "Asha Rao&#39;s workspace" in page

    page = browser.get("/logout").forms[0].submit().follow()
    assert "You are signed out." in page
    assert browser.get("/").location.endswith("/login")


def test_a_workspace_starts_with_its_rules(browser: Browser, app: App) -> None:
    sign_up(browser)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        tenant = session.scalars(select(Tenant)).one()
        owner = session.scalars(select(User)).one()
        rules = session.scalars(select(Rule)).all()
    assert tenant.name == "Asha Rao's workspace"
    assert (owner.tenant_id, owner.role, owner.verified_at) == (tenant.id, "owner", None)
    expected = sum(len(action.default_rules) for action in app.plugins.actions.values())
    assert len(rules) == expected > 0
    assert {rule.tenant_id for rule in rules} == {tenant.id}


def test_no_password_and_no_token_is_stored_in_clear(browser: Browser, app: App, post: Post) -> None:
    sign_up(browser)
    token = post.link("asha@example.com").rpartition("/")[2]
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        user = session.scalars(select(User)).one()
        mailed = session.scalars(select(MailedToken)).one()
        mail = session.scalars(select(OutgoingMail)).one()
    assert user.password_hash is not None
    assert user.password_hash.startswith("$argon2id$")
    assert token not in mailed.token_hash
    assert (mail.text, mail.html, mail.job_state) == ("", "", "done")


def test_the_answer_doesnt_tell_whether_an_address_is_known(
    wsgi: object, browser: Browser, owner: Member, post: Post
) -> None:
    new = browser.fill_in("/signup", **ASHA)
    known = Browser(wsgi).fill_in("/signup", **{**ASHA, "email": owner.email})
    assert (new.status, new.location, new.body) == (known.status, known.location, known.body)
    subjects = {mail["to"][0]: mail["subject"] for mail in post.fetch()}
    assert subjects == {
        "asha@example.com": "Confirm your e-mail address for Dealpay",
        owner.email: "You already have a Dealpay account",
    }


def test_a_known_address_is_known_in_capitals_too(browser: Browser, owner: Member, app: App) -> None:
    sign_up(browser, email=owner.email.upper())
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_signing_up_again_before_confirming_counts(browser: Browser, post: Post) -> None:
    sign_up(browser)
    first = post.link("asha@example.com")
    sign_up(browser, password="another long password")
    second = post.link("asha@example.com")
    assert "has expired" in browser.get(first, status=410)
    browser.get(second).form.submit()
    assert browser.sign_in("asha@example.com", "another long password").location.endswith("/")


def test_a_name_that_a_stranger_typed_is_in_no_mail(browser: Browser, post: Post) -> None:
    sign_up(browser, name="WIN A PRIZE at evil.example")
    (mail,) = post.fetch()
    assert "PRIZE" not in mail["text"] + mail["html"] + mail["subject"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": " "}, "Enter the name."),
        ({"email": "asha"}, "Enter an e-mail address such as name@example.com."),
        ({"email": ""}, "Fill in “E-mail”."),
        ({"password": "short"}, "Use at least 8 characters."),
        ({"password": "x" * 129}, "Use at most 128 characters."),
        ({"password": "Password1"}, "This password is one of those tried first"),
        ({"password": "ASHA@example.com"}, "Choose a password that isn't your e-mail address."),
    ],
)
def test_what_cant_be_right_is_said_beside_the_field(
    browser: Browser, changed: dict[str, str], sentence: str
) -> None:
    page = browser.fill_in("/signup", **{**ASHA, **changed}, status=422)
    assert sentence in html.unescape(page.text)
    if "name" not in changed:
        assert page.form["name"].value == "Asha Rao"
    assert page.form["password"].value == ""


def test_a_plugin_is_named_as_the_place_it_was_installed_in(browser: Browser) -> None:
    assert "is installed in Kylas" in browser.get("/signup?from=kylas_crm")
    assert "is installed in" not in browser.get("/signup?from=unknown")


def test_the_link_works_in_another_browser(wsgi: object, browser: Browser, post: Post) -> None:
    sign_up(browser)
    elsewhere = Browser(wsgi)
    page = elsewhere.get(post.link("asha@example.com")).form.submit().follow()
    assert "Your e-mail address is confirmed" in page


def test_looking_at_the_link_doesnt_use_it_up(browser: Browser, post: Post) -> None:
    sign_up(browser)
    link = post.link("asha@example.com")
    for _ in range(3):
        page = browser.get(link)
    assert page.form.submit().location.endswith("/login")


def test_a_link_works_once(browser: Browser, post: Post) -> None:
    sign_up(browser)
    page = browser.get(post.link("asha@example.com"))
    page.form.submit(status=303)
    assert "was used before" in page.form.submit(status=410)


def test_a_link_works_for_a_day(browser: Browser, post: Post, clock: Clock) -> None:
    sign_up(browser)
    link = post.link("asha@example.com")
    clock.turn(hours=24, seconds=1)
    page = browser.get(link, status=410)
    assert "has expired" in page
    page.form["email"] = "asha@example.com"
    page.form.submit(status=303)
    assert post.link("asha@example.com") != link


def test_a_link_that_nobody_sent(browser: Browser) -> None:
    assert "This link doesn" in browser.get("/verify/unknown", status=404)


def test_the_link_is_sent_again_after_a_minute(browser: Browser, post: Post, clock: Clock) -> None:
    sign_up(browser)
    assert len(post.fetch()) == 1
    browser.fill_in("/verify", email="asha@example.com", status=303)
    page = browser.fill_in("/verify", email="asha@example.com", status=429)
    assert "Wait 60 seconds" in page or "Wait 1 minute" in page
    clock.turn(seconds=61)
    browser.fill_in("/verify", email="asha@example.com", status=303)
    assert len(post.fetch()) == 3


def test_asking_for_the_link_doesnt_tell_who_waits_for_it(
    browser: Browser, owner: Member, post: Post
) -> None:
    for address in ("nobody@example.com", owner.email):
        page = browser.fill_in("/verify", email=address).follow()
        assert "If this address waits for confirmation" in page
    assert post.fetch() == []


def test_signing_up_in_bulk_is_stopped(browser: Browser, post: Post, clock: Clock) -> None:
    for _ in range(5):
        sign_up(browser)
    page = browser.fill_in("/signup", **ASHA, status=429)
    assert "Wait 60 minutes, then try again." in page
    assert page.form["name"].value == "Asha Rao"
    assert len(post.fetch()) == 5
    clock.turn(hours=1)
    sign_up(browser)


@pytest.mark.parametrize("path", ["/verify", "/login"])
def test_an_address_that_is_none_is_told_so(browser: Browser, path: str) -> None:
    page = browser.fill_in(path, email="asha at example", status=422)
    assert "Enter an e-mail address such as name@example.com." in page
    assert page.form["email"].value == "asha at example"

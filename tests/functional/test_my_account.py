"""One's own account: password, address, and the browsers one is signed in with."""

from typing import Any

import pytest

from core.app import App
from core.people import service as people
from core.people.service import Member
from tests.conftest import PASSWORD, add_workspace
from tests.pages import form_to, problems, words
from tests.support import Browser, Clock, Post

NEW = "battery horse correct"


def form_of(browser: Browser, what: str) -> Any:
    page = browser.get("/account")
    return next(one for one in page.forms.values() if "what" in one.fields and one["what"].value == what)


def fill(browser: Browser, what: str, **fields: str) -> Any:
    form = form_of(browser, what)
    for name, value in fields.items():
        form[f"{what}-{name}"] = value
    return form.submit(status="*")


def test_a_forgotten_password_is_set_anew(
    wsgi: Any, owners_browser: Browser, owner: Member, post: Post
) -> None:
    other = Browser(wsgi)
    page = other.fill_in("/password", email=owner.email)
    assert "If a member has this address, a link is on its way there." in words(page)
    page = other.get(post.link(owner.email))
    page.form["password"] = NEW
    assert "Your password is set." in words(page.form.submit().follow())
    assert other.sign_in(owner.email, PASSWORD, status=422)
    assert other.sign_in(owner.email, NEW).status_int == 303
    assert owners_browser.get("/").status_int == 303
    assert post.fetch()[0]["subject"] == "Your password for Dealpay is changed"


def test_asking_does_not_tell_who_is_a_member(browser: Browser, owner: Member, post: Post) -> None:
    known = browser.fill_in("/password", email=owner.email)
    unknown = browser.fill_in("/password", email="nobody@example.com")
    assert words(known) == words(unknown)
    assert [mail["to"] for mail in post.fetch()] == [[owner.email]]


def test_a_link_for_a_password_works_once_and_for_an_hour(
    browser: Browser, owner: Member, post: Post, clock: Clock
) -> None:
    browser.fill_in("/password", email=owner.email)
    path = post.link(owner.email)
    browser.fill_in(path, password=NEW)
    assert "This link was used before" in browser.get(path, status=410)
    clock.turn(minutes=2)
    browser.fill_in("/password", email=owner.email)
    path = post.link(owner.email)
    clock.turn(minutes=61)
    assert "This link has expired" in browser.get(path, status=410)
    browser.get("/password/forged", status=404)


def test_a_weak_password_is_refused_and_the_link_stays_good(
    browser: Browser, owner: Member, post: Post
) -> None:
    browser.fill_in("/password", email=owner.email)
    path = post.link(owner.email)
    page = browser.fill_in(path, password="password", status=422)
    assert problems(page) == ["This password is one of those tried first; choose another one."]
    assert browser.fill_in(path, password=NEW).status_int == 303


def test_asking_too_often(browser: Browser, owner: Member) -> None:
    browser.fill_in("/password", email=owner.email)
    page = browser.fill_in("/password", email=owner.email, status=429)
    assert problems(page)[0].startswith("That was tried too often.")


def test_another_password_ends_the_other_browsers(
    wsgi: Any, owners_browser: Browser, owner: Member
) -> None:
    other = Browser(wsgi)
    other.sign_in(owner.email, PASSWORD)
    page = fill(owners_browser, "password", current=PASSWORD, password=NEW).follow()
    assert "Your other browsers are signed out." in words(page)
    assert other.get("/").status_int == 303
    assert other.sign_in(owner.email, NEW).status_int == 303


def test_a_wrong_password_changes_nothing(wsgi: Any, owners_browser: Browser, owner: Member) -> None:
    page = fill(owners_browser, "password", current="not it", password=NEW)
    assert problems(page) == ["This is not your password."]
    assert NEW not in page.text
    assert Browser(wsgi).sign_in(owner.email, PASSWORD).status_int == 303


def test_guessing_the_password_of_an_open_browser_is_slow(owners_browser: Browser) -> None:
    for _ in range(10):
        fill(owners_browser, "password", current="not it", password=NEW)
    page = fill(owners_browser, "password", current=PASSWORD, password=NEW)
    assert problems(page)[0].startswith("That was tried too often.")


def test_a_new_address_is_confirmed_and_the_old_one_told(
    wsgi: Any, owners_browser: Browser, owner: Member, app: App, post: Post
) -> None:
    page = fill(owners_browser, "address", email="Asha@new.example", password=PASSWORD).follow()
    assert "Until then nothing changes." in words(page)
    assert people.member_by_email(app, "asha@new.example") is None
    path = post.link("asha@new.example")
    page = form_to(owners_browser.get(path), "").submit().follow()
    assert "Your e-mail address is asha@new.example now." in words(page)
    assert Browser(wsgi).sign_in("asha@new.example", PASSWORD).status_int == 303
    assert Browser(wsgi).sign_in(owner.email, PASSWORD, status=422)
    mails = {mail["to"][0]: mail["subject"] for mail in post.fetch()}
    assert mails[owner.email] == "Your e-mail address for Dealpay is changed"
    assert "used before" in owners_browser.get(path, status=410)


def test_an_address_that_is_taken_is_not_told(
    owners_browser: Browser, stranger: Member, post: Post
) -> None:
    page = fill(owners_browser, "address", email=stranger.email, password=PASSWORD).follow()
    assert "Open the link in the mail" in words(page)
    assert [mail["subject"] for mail in post.fetch()] == ["You already have a Dealpay account"]


def test_an_address_that_somebody_takes_meanwhile(
    owners_browser: Browser, owner: Member, app: App, post: Post
) -> None:
    fill(owners_browser, "address", email="asha@new.example", password=PASSWORD)
    path = post.link("asha@new.example")
    add_workspace(app, "Faster", "asha@new.example")
    page = form_to(owners_browser.get(path), "").submit(status=410)
    assert "somebody else has taken the address meanwhile" in words(page)
    assert people.load_member(app, owner.user_id) == owner


@pytest.mark.parametrize(
    ("what", "fields", "problem"),
    [
        ("name", {"name": " "}, "Enter the name."),
        ("address", {"email": "asha", "password": PASSWORD}, "Enter an e-mail address such as"),
        ("address", {"email": "owner@example.com", "password": PASSWORD}, "This is your address"),
        ("address", {"email": "a@b.example", "password": "no"}, "This is not your password."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    owners_browser: Browser, what: str, fields: dict[str, str], problem: str
) -> None:
    page = fill(owners_browser, what, **fields)
    assert page.status_int == 422
    assert problems(page)[0].startswith(problem)


def test_a_name_may_be_any(owners_browser: Browser, app: App, owner: Member) -> None:
    page = fill(owners_browser, "name", name="आशा 🌱 O'Neil").follow()
    assert "आशा 🌱 O'Neil" in page.html.get_text()
    member = people.load_member(app, owner.user_id)
    assert member
    assert member.name == "आशा 🌱 O'Neil"


def test_browsers_are_listed_and_signed_out(wsgi: Any, owners_browser: Browser, owner: Member) -> None:
    others = [Browser(wsgi, HTTP_USER_AGENT=f"Mozilla/5.0 (X11; Linux) {name}") for name in
              ("Firefox/140.0", "Chrome/140.0 Safari/537.36")]  # fmt: skip
    for one in others:
        one.sign_in(owner.email, PASSWORD)
    page = owners_browser.get("/account")
    assert "Firefox on Linux" in words(page)
    assert "Chrome on Linux" in words(page)
    form = next(one for one in page.forms.values() if "session" in one.fields)
    form.submit("session")
    assert sorted(one.get("/").status_int for one in others) == [200, 303]
    page = owners_browser.get("/account")
    everything = next(
        one
        for one in page.forms.values()
        if one.action == "/account/sessions" and "session" not in one.fields
    )
    assert "1 browser is signed out." in words(everything.submit().follow())
    assert [one.get("/").status_int for one in others] == [303, 303]
    assert owners_browser.get("/").status_int == 200


def test_nobody_elses_session_is_ended(
    wsgi: Any, owners_browser: Browser, owner: Member, stranger: Member, app: App
) -> None:
    theirs = Browser(wsgi)
    theirs.sign_in(stranger.email, PASSWORD)
    with app.db.unit_of_work(stranger.tenant_id, read_only=True) as session:
        [victim] = people.sessions_of(session, stranger.user_id)
    assert people.end_sessions(app, owner, only=victim.id) == 0
    assert theirs.get("/").status_int == 200

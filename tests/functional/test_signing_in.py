"""Signing in and out, and what a session is worth."""

import html
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from core.app import App
from core.audit.models import AuditEntry
from core.db.session import ALL_TENANTS
from core.people import passwords
from core.people.models import User, WebSession
from core.people.service import Member
from core.people.web_sessions import WebSessionRows
from core.web.sessions import COOKIE, hashed
from tests.conftest import PASSWORD
from tests.support import Browser, Clock, Post

WRONG = "The e-mail address or the password is wrong."


def sessions(app: App) -> list[WebSession]:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return list(session.scalars(select(WebSession)))


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/").status_int == 200


def test_the_cookie_is_exactly_this(browser: Browser, owner: Member) -> None:
    answer = browser.sign_in(owner.email, PASSWORD)
    (cookie,) = answer.headers.getall("Set-Cookie")
    name_and_value, *attributes = cookie.split("; ")
    assert attributes == ["Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"]
    name, value = name_and_value.split("=")
    assert name == "__Host-dealpay"
    assert len(value) == 43


def test_signing_in_changes_the_session(browser: Browser, owner: Member, app: App) -> None:
    browser.get("/login")
    before = browser.cookies[COOKIE]
    browser.sign_in(owner.email, PASSWORD)
    assert browser.cookies[COOKIE] != before
    (row,) = sessions(app)
    assert row.user_id == owner.user_id
    assert browser.cookies[COOKIE] not in row.id


def test_a_planted_cookie_is_never_taken_over(browser: Browser, owner: Member, app: App) -> None:
    browser.set_cookie(COOKIE, "planted-by-somebody")
    browser.sign_in(owner.email, PASSWORD)
    assert browser.cookies[COOKIE] != "planted-by-somebody"


def test_signing_out_ends_the_session_for_good(browser: Browser, owner: Member) -> None:
    browser.sign_in(owner.email, PASSWORD)
    stolen = browser.cookies[COOKIE]
    browser.get("/logout").forms[0].submit()
    browser.reset()
    browser.set_cookie(COOKIE, stolen)
    assert not is_signed_in(browser)


def test_a_request_that_ends_after_the_sign_out_signs_nobody_in(
    owners_browser: Browser, app: App, clock: Clock
) -> None:
    store, cookie = WebSessionRows(app.db), owners_browser.cookies[COOKIE]
    slow = store.load(hashed(cookie))
    assert slow is not None
    owners_browser.get("/logout").forms[0].submit()
    store.change(hashed(cookie), slow)
    assert store.load(hashed(cookie)) is None


def test_other_browsers_stay_signed_in(wsgi: object, browser: Browser, owner: Member) -> None:
    other = Browser(wsgi)
    for each in (browser, other):
        each.sign_in(owner.email, PASSWORD)
    browser.get("/logout").forms[0].submit()
    assert is_signed_in(other)
    assert not is_signed_in(browser)


def test_unknown_address_and_wrong_password_look_the_same(browser: Browser, owner: Member) -> None:
    for email in (owner.email, "nobody@example.com"):
        page = browser.sign_in(email, "not the password", status=422)
        assert WRONG in page
        assert page.form["email"].value == email
        assert page.form["password"].value == ""


def test_an_unknown_address_takes_a_hash_too(
    browser: Browser, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    matches = passwords.matches
    monkeypatch.setattr(
        passwords, "matches", lambda *given: (compared.append(given), matches(*given))[1]
    )
    browser.sign_in("nobody@example.com", PASSWORD, status=422)
    assert compared == [(None, PASSWORD)]


def test_an_unconfirmed_address_is_told_to_look_at_its_mail(browser: Browser, post: Post) -> None:
    browser.fill_in("/signup", name="Asha", email="asha@example.com", password=PASSWORD)
    page = browser.sign_in("asha@example.com", PASSWORD).follow()
    assert "Confirm your e-mail address first" in page
    assert page.form["email"].value == "asha@example.com"
    page.form.submit().follow()
    assert len(post.fetch()) == 2
    assert not is_signed_in(browser)


def test_a_wrong_password_doesnt_tell_that_an_address_is_unconfirmed(browser: Browser) -> None:
    browser.fill_in("/signup", name="Asha", email="asha@example.com", password=PASSWORD)
    assert WRONG in browser.sign_in("asha@example.com", "not the password", status=422)


def test_tries_are_counted_for_each_address(browser: Browser, owner: Member, clock: Clock) -> None:
    for _ in range(10):
        browser.sign_in(owner.email, "not the password", status=422)
    page = browser.sign_in(owner.email, PASSWORD, status=429)
    assert "Wait 15 minutes, then try again." in page
    assert page.headers["Retry-After"] == "900"
    assert WRONG in browser.sign_in("nobody@example.com", "not the password", status=422)
    clock.turn(minutes=15, seconds=1)
    assert browser.sign_in(owner.email, PASSWORD).status_int == 303


def test_tries_are_counted_for_addresses_that_nobody_has(browser: Browser) -> None:
    for _ in range(10):
        browser.sign_in("nobody@example.com", "not the password", status=422)
    browser.sign_in("nobody@example.com", "not the password", status=429)


def test_signing_in_forgives_the_tries_before(browser: Browser, owner: Member) -> None:
    for _ in range(3):
        for _ in range(4):
            browser.sign_in(owner.email, "not the password", status=422)
        browser.sign_in(owner.email, PASSWORD, status=303)
        browser.get("/logout").forms[0].submit()


def test_a_forwarded_address_buys_no_more_tries(wsgi: object, owner: Member, app: App) -> None:
    for number in range(11):
        browser = Browser(wsgi, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
        page = browser.sign_in(owner.email, "not the password", status="*")
    assert page.status_int == 429


def test_signing_in_is_written_down(browser: Browser, owner: Member, app: App) -> None:
    browser.sign_in(owner.email, "not the password", status=422)
    browser.sign_in(owner.email, PASSWORD)
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.ip) for entry in entries] == [
        ("member.sign_in_refused", "192.0.2.1"),
        ("member.signed_in", "192.0.2.1"),
    ]


def test_a_deactivated_member_is_out_at_once_and_stays_out(
    owners_browser: Browser, owner: Member, app: App
) -> None:
    assert is_signed_in(owners_browser)

    def set_active(active: bool) -> None:
        with app.db.unit_of_work(owner.tenant_id) as session:
            session.execute(update(User).values(active=active))

    set_active(False)
    assert not is_signed_in(owners_browser)
    page = owners_browser.sign_in(owner.email, PASSWORD, status=422)
    assert "This account was deactivated." in page
    set_active(True)
    assert not is_signed_in(owners_browser)


def test_a_session_ends_when_it_isnt_used(owners_browser: Browser, clock: Clock) -> None:
    for _ in range(3):
        clock.turn(days=13)
        assert is_signed_in(owners_browser)
    clock.turn(days=14, seconds=1)
    assert not is_signed_in(owners_browser)


def test_a_session_ends_after_ninety_days_of_use(
    owners_browser: Browser, owner: Member, clock: Clock, app: App
) -> None:
    for _ in range(9):
        clock.turn(days=10)
        last = is_signed_in(owners_browser)
    assert not last


def test_a_visit_isnt_worth_a_write_each_time(owners_browser: Browser, clock: Clock, app: App) -> None:
    owners_browser.get("/")
    (before,) = sessions(app)
    clock.turn(minutes=14)
    owners_browser.get("/")
    (same,) = sessions(app)
    clock.turn(minutes=2)
    owners_browser.get("/")
    (after,) = sessions(app)
    assert before.seen_at == same.seen_at
    assert after.seen_at - before.seen_at == timedelta(minutes=16)


def test_sessions_that_ran_out_are_swept(wsgi: object, app: App, clock: Clock) -> None:
    Browser(wsgi).get("/login")
    clock.turn(days=2)
    Browser(wsgi).get("/login")
    assert len(sessions(app)) == 1


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/accounts?tab=1", "/accounts?tab=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_on_within_this_site_only(
    browser: Browser, owner: Member, wanted: str, reached: str
) -> None:
    page = browser.get("/login", {"next": wanted})
    page.form["email"], page.form["password"] = owner.email, PASSWORD
    location = page.form.submit().location
    assert location == f"https://app.example.com{reached}"


def test_a_page_that_needs_a_member_comes_after_the_sign_in(browser: Browser, owner: Member) -> None:
    answer = browser.get("/logout?why=not")
    assert answer.location == "https://app.example.com/login?next=%2Flogout%3Fwhy%3Dnot"
    page = answer.follow()
    page.form["email"], page.form["password"] = owner.email, PASSWORD
    assert page.form.submit().location == "https://app.example.com/logout?why=not"


def test_who_is_signed_in_needs_no_sign_in_page(owners_browser: Browser) -> None:
    for path in ("/login", "/signup"):
        assert owners_browser.get(path).location == "https://app.example.com/"


def test_a_password_with_older_parameters_is_hashed_anew(
    browser: Browser, owner: Member, app: App
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=32).hash(PASSWORD)
    with app.db.unit_of_work(owner.tenant_id) as session:
        session.execute(update(User).values(password_hash=weak))
    browser.sign_in(owner.email, PASSWORD)
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        stored = session.scalars(select(User.password_hash)).one()
    assert stored != weak
    assert passwords.matches(stored, PASSWORD)


def test_two_workspaces_see_their_own(wsgi: object, owner: Member, stranger: Member) -> None:
    for member in (owner, stranger):
        browser = Browser(wsgi)
        page = browser.sign_in(member.email, PASSWORD).follow()
        assert member.tenant_name in html.unescape(page.text)

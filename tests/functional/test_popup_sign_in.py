"""Signing in inside the CRM's frame by what a window of its own has confirmed."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from core.app import App
from core.audit.models import AuditEntry
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.people.models import SignInCode, User
from core.people.service import Member
from core.web.sessions import COOKIE
from tests.conftest import PASSWORD
from tests.pages import form_to, words
from tests.support import Browser, Clock

NONCE = "a nonce that the frame made"


def popup(nonce: str = NONCE) -> str:
    return f"/popup?for={hashlib.sha256(nonce.encode()).hexdigest()}&crm=kylas"


@pytest.fixture
def frame(wsgi: Any) -> Browser:
    """The browser's other cookie jar: that of the frame."""
    return Browser(wsgi)


def code_from(window: Browser, nonce: str = NONCE) -> str:
    """Press the button; the code that the window posts to its opener."""
    page = form_to(window.get(popup(nonce)), "/popup").submit()
    code: str = page.html.find(attrs={"data-hand-over": True})["data-hand-over"]
    return code


def redeem(frame: Browser, code: str, nonce: str = NONCE, **more: Any) -> Any:
    token = frame.get("/login").form["csrf_token"].value
    fields = {"code": code, "nonce": nonce, "csrf_token": token}
    return frame.post("/popup/code", fields, status="*", **more)


def signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_int == 200


def test_the_window_signs_the_frame_in(
    owners_browser: Browser, frame: Browser, owner: Member, app: App
) -> None:
    page = owners_browser.get(popup())
    assert "Sign in to Dealpay inside Kylas as well?" in words(page)
    assert owner.email in words(page)
    frame.get("/login")
    before = frame.cookies[COOKIE]
    assert redeem(frame, code_from(owners_browser)).json == {}
    assert frame.cookies[COOKIE] not in (before, owners_browser.cookies[COOKIE])
    assert owner.email in words(frame.get("/account"))
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "member.signed_in"))
        assert [entry.detail["how"] for entry in entries] == ["password", "frame"]


def test_both_sessions_end_apart(owners_browser: Browser, frame: Browser) -> None:
    redeem(frame, code_from(owners_browser))
    frame.post("/logout", {"csrf_token": frame.get("/logout").forms[0]["csrf_token"].value})
    assert not signed_in(frame)
    assert signed_in(owners_browser)


def test_a_code_works_once(owners_browser: Browser, frame: Browser, wsgi: Any) -> None:
    code, other = code_from(owners_browser), Browser(wsgi)
    redeem(frame, code)
    answer = redeem(other, code)
    assert (answer.status_int, signed_in(other)) == (422, False)
    assert "used already" in answer.json["problem"]


def test_a_code_works_for_a_minute(owners_browser: Browser, frame: Browser, clock: Clock) -> None:
    code = code_from(owners_browser)
    clock.turn(seconds=60)
    assert redeem(frame, code).status_int == 422
    code = code_from(owners_browser)
    clock.turn(seconds=59)
    assert redeem(frame, code).status_int == 200


def test_a_stolen_code_is_worth_nothing_and_used_up(
    owners_browser: Browser, frame: Browser, wsgi: Any
) -> None:
    code, thief = code_from(owners_browser), Browser(wsgi)
    assert redeem(thief, code, "another nonce").status_int == 422
    assert not signed_in(thief)
    assert redeem(frame, code).status_int == 422


@pytest.mark.parametrize("code", ["", "forged", "💥", "x" * 5000])
def test_a_forged_code(owners_browser: Browser, frame: Browser, code: str) -> None:
    code_from(owners_browser)
    assert redeem(frame, code).status_int == 422
    assert not signed_in(frame)


def test_the_newest_code_counts(owners_browser: Browser, frame: Browser) -> None:
    first, second = code_from(owners_browser), code_from(owners_browser)
    assert redeem(frame, first).status_int == 422
    assert redeem(frame, second).status_int == 200


def test_what_is_kept_opens_nothing(owners_browser: Browser, app: App) -> None:
    code = code_from(owners_browser)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        kept = session.scalars(select(SignInCode)).one()
        assert code not in (kept.code_hash, kept.nonce_hash)
        assert NONCE not in (kept.code_hash, kept.nonce_hash)


def test_nobody_gets_a_code_without_the_button(owners_browser: Browser, app: App) -> None:
    owners_browser.get(popup())
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert session.scalars(select(SignInCode)).all() == []
    token = owners_browser.get(popup()).forms[0]["csrf_token"].value
    for fields, headers in (
        ({}, {}),
        ({"csrf_token": "forged"}, {}),
        ({"csrf_token": token}, {"Origin": "https://evil.example"}),
    ):
        assert owners_browser.post(popup(), fields, headers=headers, status="*").status_int >= 400
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert session.scalars(select(SignInCode)).all() == []


def test_a_code_is_not_traded_for_another_site(owners_browser: Browser, frame: Browser) -> None:
    code = code_from(owners_browser)
    answer = redeem(frame, code, headers={"Origin": "https://evil.example"})
    assert answer.status_int == 400
    assert not signed_in(frame)


@pytest.mark.parametrize("asked", ["", "?for=", "?for=short", "?for=" + "g" * 64, "?for=" + "A" * 64])
def test_a_window_that_no_frame_has_opened(owners_browser: Browser, asked: str) -> None:
    owners_browser.get(f"/popup{asked}", status=400)


def test_somebody_else_signs_in_and_comes_back(browser: Browser, owner: Member) -> None:
    answer = browser.get(popup(), status=303)
    page = answer.follow()
    page.form["email"], page.form["password"] = owner.email, PASSWORD
    answer = page.form.submit(status=303)
    assert answer.location.endswith(popup())
    assert owner.email in words(answer.follow())


def test_by_the_crm_it_leads_there_at_once(browser: Browser, owner: Member) -> None:
    answer = browser.get(f"{popup()}&via=kylas", status=303)
    assert "/login?" in answer.location  # this Dealpay is no app of Kylas


def test_the_window_stays_connected_to_its_opener(browser: Browser, owner: Member) -> None:
    """Any other policy than that of the CRM's page would cut it off."""
    policy = "Cross-Origin-Opener-Policy"
    answer = browser.get(popup())
    assert answer.headers[policy] == "unsafe-none"
    page = answer.follow()
    assert page.headers[policy] == "unsafe-none"
    page.form["email"], page.form["password"] = owner.email, PASSWORD
    answer = page.form.submit()
    assert answer.headers[policy] == "unsafe-none"
    page = answer.follow()
    assert page.headers[policy] == "unsafe-none"
    assert form_to(page, "/popup").submit().headers[policy] == "unsafe-none"
    assert browser.get("/links").headers[policy] == "same-origin-allow-popups"


def test_nothing_frames_the_window(owners_browser: Browser) -> None:
    assert "frame-ancestors 'none'" in owners_browser.get(popup()).headers["Content-Security-Policy"]


def test_a_member_who_was_deactivated_meanwhile(
    owners_browser: Browser, frame: Browser, owner: Member, app: App
) -> None:
    code = code_from(owners_browser)
    with app.db.unit_of_work(owner.tenant_id) as session:
        session.get_one(User, owner.user_id).active = False
    answer = redeem(frame, code)
    assert "deactivated" in answer.json["problem"]
    assert not signed_in(frame)


def test_tries_are_counted(frame: Browser) -> None:
    answers = [redeem(frame, "forged").status_int for _ in range(61)]
    assert answers[-2:] == [422, 429]


def test_codes_are_put_away(owners_browser: Browser, app: App, clock: Clock) -> None:
    code_from(owners_browser)
    clock.turn(minutes=2)
    app.jobs.periodics["people.clean_up"].function(app)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert session.scalars(select(SignInCode)).all() == []
    assert people.is_nonce_hash(hashlib.sha256(b"").hexdigest())

"""Two-step sign-in: switched on, taken, and switched off, by oneself and by others."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from core.app import App
from core.audit.models import AuditEntry
from core.cli.commands import main
from core.db.sealing import SealBroken
from core.db.session import ALL_TENANTS
from core.mail.models import OutgoingMail
from core.people import second_factor
from core.people import service as people
from core.people.models import AuthenticatorApp, RecoveryCode, User, WebSession
from core.people.roles import Role
from core.people.service import CodeRefused, Member
from core.web.sessions import COOKIE
from tests.conftest import PASSWORD
from tests.functional.test_popup_sign_in import code_from, popup, redeem, signed_in
from tests.functional.test_team import add, audited
from tests.pages import form_to, problems, words
from tests.phone import Phone, totp, with_phone
from tests.support import Browser, Clock, Post

TWO_STEP = "/account/two-step"
WRONG = "This code is wrong, or was used already. Enter the one that the app shows now."


@pytest.fixture
def phone(app: App, owner: Member, clock: Clock) -> Phone:
    """The owner's; its code of now hasn't been used."""
    phone = with_phone(app, owner, PASSWORD)
    clock.turn(seconds=30)
    return phone


def enter(page: Any, code: str, status: int = 303) -> Any:
    """Type a code into the page that asks for it."""
    page.form["code"] = code
    return page.form.submit(status=status)


def half_way(browser: Browser, member: Member) -> Any:
    """The page after the password."""
    return browser.sign_in(member.email, PASSWORD).follow()


def submit(browser: Browser, what: str, **fields: str) -> Any:
    form = form_to(browser.get(TWO_STEP), TWO_STEP)
    for name, value in fields.items():
        form[name] = value
    pressed = {} if what in ("begin", "confirm") else {"name": "what", "value": what}
    return form.submit(**pressed, status="*")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


class TestSwitchingOn:
    def test_by_the_page(
        self, wsgi: Any, owners_browser: Browser, owner: Member, app: App, clock: Clock, post: Post
    ) -> None:
        other = Browser(wsgi)
        other.enter(owner.email, PASSWORD)
        owners_browser.get("/account").click("Set up two-step sign-in")
        page = submit(owners_browser, "begin", password=PASSWORD).follow()
        secret = page.html.find(id="two-step-key").text
        assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", secret)
        assert page.html.find("svg", role="img")["aria-label"] == "QR code for your authenticator app"

        page = submit(owners_browser, "confirm", code=wrong(totp(secret, clock())))
        assert page.status_int == 422
        assert problems(page) == [
            "This isn't the code that the app shows now. Is the time of your phone right?"
        ]
        assert page.html.find(id="two-step-key").text == secret
        page = submit(owners_browser, "confirm", code=totp(secret, clock()))
        codes = page.html.find(id="recovery-codes").text.split("\n")
        assert len({code for code in codes if re.fullmatch(r"\d{4} \d{4} \d{4}", code)}) == 10
        saved = page.html.find("a", download=True)["href"]
        assert unquote(saved).endswith("\n".join(codes) + "\n")

        assert not signed_in(other)
        assert "10 recovery codes are left." in words(owners_browser.get(TWO_STEP))
        [told] = post.fetch()
        assert (told["to"], told["subject"]) == ([owner.email], "Two-step sign-in to Dealpay is on")
        assert audited(app)[-1] == "two_step.on"

    def test_it_needs_the_password(self, owners_browser: Browser) -> None:
        page = submit(owners_browser, "begin", password="not it")
        assert problems(page) == ["This is not your password."]
        assert "two-step-key" not in owners_browser.get(TWO_STEP)

    def test_the_secret_is_shown_to_this_browser_and_for_half_an_hour(
        self, wsgi: Any, owners_browser: Browser, owner: Member, clock: Clock
    ) -> None:
        other = Browser(wsgi)
        other.enter(owner.email, PASSWORD)
        submit(owners_browser, "begin", password=PASSWORD)
        assert "two-step-key" not in other.get(TWO_STEP)
        page = owners_browser.get(TWO_STEP)
        clock.turn(minutes=31)
        form = form_to(page, TWO_STEP)
        form["code"] = totp(page.html.find(id="two-step-key").text, clock())
        assert "Setting it up took too long" in words(form.submit().follow())
        assert "two-step-key" not in owners_browser.get(TWO_STEP)

    def test_whoever_has_no_password_sets_one_first(
        self, owners_browser: Browser, owner: Member, app: App
    ) -> None:
        with app.db.unit_of_work(owner.tenant_id) as session:
            session.execute(update(User).values(password_hash=None))
        assert "Set one by mail" in words(owners_browser.get(TWO_STEP))

    def test_in_two_tabs_the_first_one_counts(self, app: App, owner: Member, phone: Phone) -> None:
        with pytest.raises(people.AccountRefused, match="on already"):
            with_phone(app, owner, PASSWORD)

    def test_what_is_kept_is_sealed_for_its_row_and_hashed(
        self, app: App, owner: Member, stranger: Member, phone: Phone
    ) -> None:
        bare = phone.secret.replace(" ", "")
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            kept = session.scalars(select(AuthenticatorApp)).one()
            hashes = session.scalars(select(RecoveryCode.code_hash)).all()
        assert bare not in kept.sealed_secret
        assert second_factor.open_secret(app, owner.tenant_id, owner.user_id, kept.sealed_secret) == bare
        with pytest.raises(SealBroken):
            second_factor.open_secret(app, owner.tenant_id, stranger.user_id, kept.sealed_secret)
        assert all(one.startswith("$argon2id$") for one in hashes)


class TestSigningIn:
    def test_the_code_comes_after_the_password_and_the_page_that_was_asked_for_after_it(
        self, browser: Browser, owner: Member, phone: Phone
    ) -> None:
        page = browser.get("/links?text=chairs").follow()
        page.form["email"], page.form["password"] = owner.email, PASSWORD
        page = page.form.submit().follow()
        assert page.form["code"].attrs["autocomplete"] == "one-time-code"
        assert page.form["code"].attrs["inputmode"] == "numeric"
        waiting = browser.cookies[COOKIE]
        answer = enter(page, f" {phone.code[:3]} {phone.code[3:]} ")
        assert answer.location.endswith("/links?text=chairs")
        assert browser.cookies[COOKIE] != waiting
        assert signed_in(browser)

    def test_who_is_half_signed_in_is_nobody(
        self, browser: Browser, owner: Member, app: App, phone: Phone
    ) -> None:
        browser.get("/login")
        before = browser.cookies[COOKIE]
        half_way(browser, owner)
        assert browser.cookies[COOKIE] != before
        for path in ("/", "/account", TWO_STEP, "/users"):
            assert "/login" in browser.get(path, status=303).location
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            assert session.scalars(select(WebSession.user_id)).all() == [None]
        assert "member.signed_in" not in audited(app)

    def test_it_waits_ten_minutes(
        self, browser: Browser, owner: Member, phone: Phone, clock: Clock
    ) -> None:
        page = half_way(browser, owner)
        clock.turn(minutes=10)
        assert browser.get("/login/code").status_int == 200
        clock.turn(seconds=1)
        assert "This sign-in took too long, or was ended. Sign in again." in words(
            enter(page, phone.code).follow()
        )
        assert not signed_in(browser)
        browser.get("/login/code", status=303)

    def test_a_wrong_code(self, browser: Browser, owner: Member, app: App, phone: Phone) -> None:
        page = enter(half_way(browser, owner), wrong(phone.code), status=422)
        assert problems(page) == [WRONG]
        assert not signed_in(browser)
        assert audited(app)[-1] == "member.sign_in_refused"
        page = enter(page, "12", status=422)
        assert problems(page) == ["Enter the 6 digits of your app, or the 12 of a recovery code."]

    @pytest.mark.parametrize(("seconds", "status"), [(-60, 422), (-30, 303), (30, 303), (60, 422)])
    def test_a_phone_whose_clock_is_off(
        self, browser: Browser, owner: Member, phone: Phone, clock: Clock, seconds: int, status: int
    ) -> None:
        clock.turn(seconds=90)
        page = half_way(browser, owner)
        clock.turn(seconds=seconds)
        shown = phone.code
        clock.turn(seconds=-seconds)
        enter(page, shown, status=status)

    def test_a_code_works_once(
        self, wsgi: Any, browser: Browser, owner: Member, phone: Phone, clock: Clock
    ) -> None:
        before, seen = half_way(browser, owner), phone.code
        enter(before, seen)
        thief = Browser(wsgi)
        page = enter(half_way(thief, owner), seen, status=422)
        assert "This code was used already." in problems(page)[0]
        clock.turn(seconds=30)
        assert "used already" in problems(enter(page, seen, status=422))[0]
        enter(page, phone.code)

    def test_two_at_once_with_one_code(self, app: App, owner: Member, phone: Phone) -> None:
        def use(code: str) -> bool:
            try:
                second_factor.use(app, owner.tenant_id, owner.user_id, code)
            except CodeRefused:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            for code in (phone.code, phone.recovery[0]):
                assert sorted(pool.map(use, [code] * 4)) == [False, False, False, True]

    def test_tries_are_counted(
        self, wsgi: Any, browser: Browser, owner: Member, phone: Phone, clock: Clock
    ) -> None:
        page = half_way(browser, owner)
        for _ in range(10):
            page = enter(page, wrong(phone.code), status=422)
        other = half_way(Browser(wsgi), owner)  # another browser has no more tries
        page = enter(other, phone.code, status=429)
        assert problems(page) == ["That was tried too often. Wait 15 minutes, then try again."]
        clock.turn(minutes=9, seconds=50)
        page = half_way(browser, owner)
        clock.turn(minutes=6)
        enter(page, phone.code)

    def test_another_password_ends_what_is_half_way(
        self, wsgi: Any, browser: Browser, owner: Member, post: Post, phone: Phone
    ) -> None:
        page, other = half_way(browser, owner), Browser(wsgi)
        other.fill_in("/password", email=owner.email)
        other.fill_in(post.link(owner.email), password="battery horse correct")
        assert "Sign in again." in words(enter(page, phone.code).follow())
        # A mailed link is no second step, and switches none off.
        page = other.sign_in(owner.email, "battery horse correct").follow()
        assert not signed_in(other)
        enter(page, phone.code)
        assert signed_in(other)

    def test_somebody_deactivated_meanwhile(
        self, browser: Browser, owner: Member, app: App, phone: Phone
    ) -> None:
        page = half_way(browser, owner)
        with app.db.unit_of_work(owner.tenant_id) as session:
            session.execute(update(User).values(active=False))
        assert "This account was deactivated." in words(enter(page, phone.code).follow())
        assert not signed_in(browser)

    def test_the_window_that_signs_a_frame_in(
        self, wsgi: Any, browser: Browser, owner: Member, phone: Phone
    ) -> None:
        policy = "Cross-Origin-Opener-Policy"
        page = browser.get(popup()).follow()
        page.form["email"], page.form["password"] = owner.email, PASSWORD
        answer = page.form.submit()
        page = answer.follow()
        assert [answer.headers[policy], page.headers[policy]] == ["unsafe-none"] * 2
        answer = enter(page, phone.code)
        assert answer.location.endswith(popup())
        assert answer.headers[policy] == "unsafe-none"
        frame = Browser(wsgi)
        assert redeem(frame, code_from(browser)).json == {}
        assert signed_in(frame)


class TestRecoveryCodes:
    def test_one_works_once_and_is_told_of(
        self, wsgi: Any, browser: Browser, owner: Member, app: App, phone: Phone, post: Post
    ) -> None:
        page = enter(half_way(browser, owner), phone.recovery[3]).follow()
        assert "You have used a recovery code: 9 are left." in words(page)
        [told] = [one for one in post.fetch() if "recovery code" in one["subject"]]
        assert told["to"] == [owner.email]
        assert "9 are left" in told["text"]
        other = Browser(wsgi)
        page = enter(half_way(other, owner), phone.recovery[3].replace(" ", ""), status=422)
        assert problems(page) == [WRONG]
        assert {"two_step.recovery_code_used", "member.signed_in"} <= set(audited(app))

    def test_new_ones_replace_them(
        self, browser: Browser, owner: Member, phone: Phone, clock: Clock
    ) -> None:
        enter(half_way(browser, owner), phone.code)
        clock.turn(seconds=30)
        refused = submit(browser, "codes", password="not it", code=phone.code)
        assert problems(refused) == ["This is not your password."]
        assert problems(submit(browser, "codes", password=PASSWORD, code=wrong(phone.code))) == [WRONG]
        page = submit(browser, "codes", password=PASSWORD, code=phone.code)
        made = page.html.find(id="recovery-codes").text.split("\n")
        browser.reset()
        page = enter(half_way(browser, owner), phone.recovery[0], status=422)
        enter(page, made[0])

    def test_nobody_elses(
        self, browser: Browser, app: App, owner: Member, stranger: Member, phone: Phone
    ) -> None:
        theirs = with_phone(app, stranger, PASSWORD)
        page = enter(half_way(browser, owner), theirs.recovery[0], status=422)
        assert problems(page) == [WRONG]


class TestSwitchingOff:
    def test_oneself(
        self, browser: Browser, owner: Member, app: App, phone: Phone, clock: Clock, post: Post
    ) -> None:
        enter(half_way(browser, owner), phone.code)
        assert problems(submit(browser, "off", password=PASSWORD, code=phone.code)) == [
            "This code was used already. Wait until the app shows the next one."
        ]
        clock.turn(seconds=30)
        page = submit(browser, "off", password=PASSWORD, code=phone.code).follow()
        assert "Two-step sign-in is off." in words(page)
        browser.reset()
        browser.sign_in(owner.email, PASSWORD)
        assert signed_in(browser)
        assert post.fetch()[0]["subject"] == "Two-step sign-in to Dealpay is off"
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            assert session.scalars(select(RecoveryCode)).all() == []
            off = select(AuditEntry.actor_id).where(AuditEntry.action == "two_step.off")
            assert session.scalars(off).all() == [owner.user_id]

    def test_for_a_member_who_has_lost_phone_and_codes(
        self, wsgi: Any, owners_browser: Browser, owner: Member, app: App, clock: Clock, post: Post
    ) -> None:
        ravi = add(app, owner, "ravi@example.com", Role.REP)
        phone, theirs, thief = with_phone(app, ravi, PASSWORD), Browser(wsgi), Browser(wsgi)
        clock.turn(seconds=30)
        enter(half_way(theirs, ravi), phone.code)
        waiting = half_way(thief, ravi)
        team = owners_browser.get("/users")
        columns = [one.get_text(" ", strip=True) for one in team.html.select("td[data-column^=Two]")]
        assert columns == ["Off", "On"]
        path = f"/users/{ravi.user_id}"
        page = form_to(owners_browser.get(path), f"{path}/two-step").submit().follow()
        assert "ravi signs in with one step now, and is signed out everywhere." in words(page)
        assert not signed_in(theirs)
        clock.turn(seconds=30)
        assert "Sign in again." in words(enter(waiting, phone.code).follow())
        theirs.sign_in(ravi.email, PASSWORD)
        assert signed_in(theirs)
        told = next(one for one in post.fetch() if one["to"] == [ravi.email])
        assert "Asha Rao has switched it off for you" in told["text"]
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            off = session.scalars(select(AuditEntry).where(AuditEntry.action == "two_step.off")).one()
            assert (off.actor_id, off.target) == (owner.user_id, ravi.user_id)

    def test_an_owners_by_another_owner_only(self, wsgi: Any, owner: Member, app: App) -> None:
        boss = add(app, owner, "boss@example.com", Role.OWNER)
        admin = add(app, owner, "admi@example.com", Role.ADMIN)
        rep = add(app, owner, "reps@example.com", Role.REP)
        for one in (boss, rep):
            with_phone(app, one, PASSWORD)
        browser, path = Browser(wsgi), f"/users/{boss.user_id}"
        browser.enter(admin.email, PASSWORD)
        page = form_to(browser.get(path), f"{path}/two-step").submit().follow()
        assert "Only an owner can do this for an owner." in words(page)
        with pytest.raises(people.TeamRefused):
            people.switch_off_for(app, boss, boss.user_id)
        assert people.switch_off_for(app, admin, rep.user_id)
        assert not people.switch_off_for(app, admin, rep.user_id)
        assert people.switch_off_for(app, owner, boss.user_id)

    def test_by_the_operator(
        self,
        browser: Browser,
        owner: Member,
        app: App,
        phone: Phone,
        ini: dict[str, str],
        tmp_path: Path,
    ) -> None:
        site = tmp_path / "site.ini"
        lines = [f"{name} = {value}".replace("%", "%%") for name, value in ini.items()]
        site.write_text("\n".join(["[app:main]", "use = egg:dealpay", *lines]))

        def off(email: str) -> Any:
            return CliRunner().invoke(main, ["two-step-off", str(site), "--email", email])

        refused = off("nobody@example.com")
        assert "No member with the address nobody@example.com has two-step" in str(refused.exception)
        done = off(owner.email.upper())
        assert (done.exit_code, done.output) == (0, "Two-step sign-in is off. A mail tells them.\n")
        assert off(owner.email).exit_code == 1
        browser.sign_in(owner.email, PASSWORD)
        assert signed_in(browser)
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            told = session.scalars(select(OutgoingMail.text).order_by(OutgoingMail.id.desc())).first()
        assert "whoever runs this Dealpay has switched it off for you" in (told or "")

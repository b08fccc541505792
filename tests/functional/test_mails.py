"""The mails that members get, and what becomes of those that don't arrive."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.app import App
from core.connections.models import CrmConnection, PaymentAccount
from core.db.session import ALL_TENANTS
from core.mail.models import OutgoingMail
from core.people import service as people
from core.people.models import User
from core.people.roles import Role
from core.people.service import Member
from tests.conftest import PASSWORD
from tests.pages import words
from tests.support import Browser, Clock, Post
from tests.workspace import Workspace

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
MEERA = "meera@northwind.example"


def subjects(post: Post, to: str) -> list[str]:
    """Newest first."""
    return [mail["subject"] for mail in post.fetch() if mail["to"] == [to]]


def run(app: App, task: str) -> str | None:
    said: str | None = app.jobs.periodics[task].function(app)
    return said


def sign_in(wsgi: Any, owner: Member, agent: str) -> Browser:
    browser = Browser(wsgi, HTTP_USER_AGENT=agent)
    browser.sign_in(owner.email, PASSWORD)
    return browser


class TestAnotherBrowser:
    def test_it_is_mailed_once_and_not_for_the_first(self, wsgi: Any, owner: Member, post: Post) -> None:
        sign_in(wsgi, owner, CHROME)
        sign_in(wsgi, owner, CHROME.replace("140.0", "141.0"))
        assert subjects(post, owner.email) == []
        sign_in(wsgi, owner, FIREFOX)
        sign_in(wsgi, owner, FIREFOX)
        assert subjects(post, owner.email) == ["Somebody signed in to Dealpay with another browser"]
        assert "with Firefox on Windows on Jan 2, 2026" in post.fetch()[0]["text"]

    def test_whoever_is_refused_makes_no_mail(self, wsgi: Any, owner: Member, post: Post) -> None:
        sign_in(wsgi, owner, CHROME)
        Browser(wsgi, HTTP_USER_AGENT=FIREFOX).sign_in(owner.email, "wrong password", status=422)
        assert subjects(post, owner.email) == []


class TestInvitations:
    @pytest.fixture
    def invited(self, app: App, owner: Member, post: Post) -> str:
        people.invite(app, owner, [people.Invitee(MEERA, "Meera")], role=Role.REP)
        return post.link(MEERA)

    def test_one_that_nobody_answers_is_reminded_of_once(
        self, wsgi: Any, app: App, invited: str, post: Post, clock: Clock
    ) -> None:
        clock.turn(days=4, hours=23)
        assert run(app, "people.remind") is None
        clock.turn(hours=2)
        assert run(app, "people.remind") == "1 people were reminded of their invitations."
        assert run(app, "people.remind") is None
        assert subjects(post, MEERA)[0] == "Your invitation to Dealpay expires soon"
        Browser(wsgi).get(invited, status=404)
        Browser(wsgi).fill_in(post.link(MEERA), password=PASSWORD, status=303)

    def test_one_that_was_answered_is_not(self, wsgi: Any, app: App, invited: str, clock: Clock) -> None:
        Browser(wsgi).fill_in(invited, password=PASSWORD)
        clock.turn(days=6)
        assert run(app, "people.remind") is None

    def test_one_that_did_not_arrive_says_so_beside_its_button(
        self, owners_browser: Browser, app: App, invited: str, post: Post
    ) -> None:
        with app.db.unit_of_work(ALL_TENANTS) as session:
            failed = {"job_state": "failed", "last_error": "The mail server refuses this address."}
            session.execute(update(OutgoingMail).values(failed | {"finished_at": app.clock()}))
        page = owners_browser.get("/users")
        assert "could not be delivered: The mail server refuses this address." in words(page)
        form = next(one for one in page.forms.values() if one.action.endswith("/resend"))
        form.submit()
        post.fetch()
        assert "could not be delivered" not in words(owners_browser.get("/users"))


class TestLanguages:
    def test_a_mail_is_in_the_language_of_whoever_gets_it(
        self, wsgi: Any, app: App, owner: Member, post: Post
    ) -> None:
        german = Browser(wsgi, HTTP_ACCEPT_LANGUAGE="de-DE,de")
        fields = {"name": "Gerda", "email": "gerda@x.example", "password": PASSWORD}
        german.fill_in("/signup", **fields)
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            user = session.query(User).filter_by(email="gerda@x.example").one()
            assert user.language == "de"
            assert (
                session.query(OutgoingMail).filter(OutgoingMail.html.contains('lang="de"')).count() == 1
            )

    def test_the_account_chooses_language_and_zone(
        self, owners_browser: Browser, owner: Member, app: App
    ) -> None:
        page = owners_browser.get("/account")
        form = next(one for one in page.forms.values() if "choices-language" in one.fields)
        assert form["choices-language"].options[0][2] == "As my browser says"
        assert form["choices-timezone"].options[0][2] == "As the workspace: UTC"
        form["choices-language"], form["choices-timezone"] = "hi", "Asia/Kolkata"
        page = form.submit(status=303).follow()
        assert page.html.html["lang"].startswith("hi")
        member = people.load_member(app, owner.user_id)
        assert member
        assert (member.language, member.timezone) == ("hi", "Asia/Kolkata")
        form = next(one for one in page.forms.values() if "choices-language" in one.fields)
        form["choices-language"] = form["choices-timezone"] = ""
        form.submit(status=303)
        member = people.load_member(app, owner.user_id)
        assert member
        assert (member.language, member.timezone) == (None, "UTC")

    @pytest.mark.parametrize("wrong", [{"choices-timezone": "Mars/Olympus"}, {"choices-language": "xx"}])
    def test_what_there_is_not_is_refused(
        self, owners_browser: Browser, owner: Member, app: App, wrong: dict[str, str]
    ) -> None:
        page = owners_browser.get("/account")
        form = next(one for one in page.forms.values() if "choices-language" in one.fields)
        for name, value in wrong.items():
            form[name].force_value(value)
        form.submit(status=422)


class TestWelcome:
    def test_it_comes_with_the_confirmation(self, browser: Browser, post: Post) -> None:
        fields = {"name": "Gerda", "email": "gerda@x.example", "password": PASSWORD}
        browser.fill_in("/signup", **fields)
        browser.get(post.link("gerda@x.example")).form.submit()
        assert subjects(post, "gerda@x.example")[0] == "Welcome to Dealpay"

    def test_both_addresses_hear_of_a_change(
        self, owners_browser: Browser, owner: Member, post: Post
    ) -> None:
        page = owners_browser.get("/account")
        form = next(one for one in page.forms.values() if "address-email" in one.fields)
        form["address-email"], form["address-password"] = "new@x.example", PASSWORD
        form.submit()
        page = owners_browser.get(post.link("new@x.example"))
        next(one for one in page.forms.values() if one.action in ("", page.request.path)).submit()
        assert subjects(post, owner.email)[0] == "Your e-mail address for Dealpay is changed"
        assert subjects(post, "new@x.example")[0] == "You sign in to Dealpay with this address now"


class TestOperations:
    SUBJECT = "Something in Dealpay doesn\u2019t work any more"

    def break_crm(self, workspace: Workspace, health: str = "failing") -> None:
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            session.execute(update(CrmConnection).values(health=health, last_error="It was revoked."))

    def test_first_at_once_then_once_a_day_until_it_works(
        self, workspace: Workspace, post: Post, clock: Clock
    ) -> None:
        def told() -> int:
            run(workspace.app, "connections.notices")
            return subjects(post, workspace.owner.email).count(self.SUBJECT)

        assert told() == 0
        self.break_crm(workspace)
        assert told() == 1
        clock.turn(hours=23)
        assert told() == 1
        clock.turn(hours=2)
        assert told() == 2
        # It comes and goes: told of once a day.
        self.break_crm(workspace, "ok")
        assert told() == 2
        self.break_crm(workspace)
        assert told() == 2
        # Something else is new.
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            session.execute(update(PaymentAccount).values(health="failing", last_error="Wrong key."))
        assert told() == 3
        text = post.fetch()[0]["text"]
        assert "Northwind Trading doesn\u2019t accept our access" in text
        assert "doesn\u2019t accept its key: no links can be made with it. Wrong key." in text

    def test_a_webhook_whose_signature_fails(
        self, workspace: Workspace, post: Post, clock: Clock
    ) -> None:
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            refused = {"refused_at": clock(), "refused_reason": "The signature is wrong."}
            session.execute(update(PaymentAccount).values(last_event_at=None, **refused))
        run(workspace.app, "connections.notices")
        assert subjects(post, workspace.owner.email) == [self.SUBJECT]
        clock.turn(hours=25)
        assert run(workspace.app, "connections.notices") is None

    def test_a_strangers_deliveries_alarm_nobody(
        self, workspace: Workspace, post: Post, clock: Clock
    ) -> None:
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            true = {"last_event_at": clock() - timedelta(minutes=10), "refused_at": clock()}
            session.execute(update(PaymentAccount).values(refused_reason="Wrong.", **true))
        assert run(workspace.app, "connections.notices") is None

    def test_reps_are_not_told(self, workspace: Workspace, post: Post) -> None:
        self.break_crm(workspace)
        run(workspace.app, "connections.notices")
        assert {mail["to"][0] for mail in post.fetch()} == {workspace.owner.email}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Asha \t Rao ", "Asha Rao"),
        ("Zo\u0308e", "Zöe"),
        ("\u202eelgoog", "elgoog"),
        ("नीता 👩‍💻", "नीता 👩‍💻"),
        ("A" + "\u0301" * 99, "Á" + "\u0301" * 4),
        ("محمد", "محمد"),
    ],
)
def test_names_are_readable(
    owners_browser: Browser, owner: Member, app: App, typed: str, kept: str
) -> None:
    form = next(
        one for one in owners_browser.get("/account").forms.values() if "name-name" in one.fields
    )
    form["name-name"] = typed
    form.submit(status=303)
    member = people.load_member(app, owner.user_id)
    assert member
    assert member.name == kept


@pytest.mark.parametrize("typed", ["\u200b\u200b", "\u2060", "\u202e", "\u0301\u0301"])
def test_a_name_that_nobody_sees_is_none(owners_browser: Browser, typed: str) -> None:
    form = next(
        one for one in owners_browser.get("/account").forms.values() if "name-name" in one.fields
    )
    form["name-name"] = typed
    assert "Enter the name." in words(form.submit(status=422))

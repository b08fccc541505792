"""Pages, mails and files in the language of whoever reads them."""

import pytest

from core.app import App
from core.people.service import Member
from tests.conftest import PASSWORD
from tests.pages import words
from tests.support import Browser, Post
from tests.workspace import Workspace

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def choose(browser: Browser, language: str, timezone: str = "") -> None:
    form = next(
        form
        for form in browser.get("/account").forms.values()
        if "choices" in [field.value for field in form.fields.get("what", [])]
    )
    form["choices-language"], form["choices-timezone"] = language, timezone
    form.submit(status=303)


@pytest.mark.parametrize(
    ("asked", "tag", "said"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de-AT", "Anmelden"),
        ("hi", "hi", "साइन इन"),
        ("fr,hi-IN;q=0.8", "hi-IN", "साइन इन"),
        ("fr", "en-US", "Sign in"),
        ("\xff;q=x,,", "en-US", "Sign in"),
        ("", "en-US", "Sign in"),
    ],
)
def test_a_visitor_reads_what_the_browser_asks_for(
    browser: Browser, asked: str, tag: str, said: str
) -> None:
    page = browser.get("/login", headers={"Accept-Language": asked})
    assert page.html.html["lang"] == tag
    assert said in words(page)


def test_what_a_member_has_chosen_is_stronger(member: Browser) -> None:
    choose(member, "hi")
    page = member.get("/links", headers=GERMAN)
    assert page.html.html["lang"] == "hi"
    assert "पेमेंट लिंक लॉग" in words(page)
    choose(member, "")
    assert "Zahlungslink-Protokoll" in words(member.get("/links", headers=GERMAN))


def test_what_cant_be_chosen_is_refused_and_changes_nothing(member: Browser) -> None:
    choose(member, "de")
    form = member.get("/account").forms
    token = next(iter(form.values()))["csrf_token"].value
    asked = {"csrf_token": token, "what": "choices", "choices-language": "xx", "choices-timezone": ""}
    member.post("/account", asked, status=422)
    assert member.get("/account").html.html["lang"] == "de"


def test_times_are_in_the_zone_that_was_chosen(member: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    before = words(member.get(f"/links/{link_id}"))
    assert "IST" in before
    choose(member, "de", "Europe/Berlin")
    after = words(member.get(f"/links/{link_id}"))
    assert "MEZ" in after
    assert "IST" not in after


def test_an_error_is_said_in_the_readers_language(member: Browser) -> None:
    choose(member, "de")
    page = member.get("/links/unknown", status=404)
    assert page.html.html["lang"] == "de"
    assert "Nothing here" not in words(page)


def test_a_payer_reads_the_browsers_language(browser: Browser, workspace: Workspace) -> None:
    link_id = workspace.open_link()
    path = f"/p/{workspace.link(link_id).payer_token}"
    page = browser.get(path, headers=GERMAN)
    assert page.html.html["lang"] == "de-AT"
    assert "Nothing was received yet" in words(browser.get(path))
    assert "Nothing was received yet" not in words(page)


def test_a_file_has_its_columns_in_the_readers_language(member: Browser, workspace: Workspace) -> None:
    workspace.open_link()
    english, german = member.get("/links.csv"), member.get("/links.csv", headers=GERMAN)
    first = [one.text.splitlines() for one in (english, german)]
    assert "Created" in first[0][0]
    assert "Created" not in first[1][0]
    assert len(first[0]) == len(first[1]) == 2


def test_a_mail_is_in_its_readers_language(
    app: App, post: Post, browser: Browser, owner: Member
) -> None:
    browser.sign_in(owner.email, PASSWORD)
    choose(browser, "de")
    visitor = Browser(browser.app)
    visitor.fill_in("/password", email=owner.email)  # asked for by somebody whose browser is English
    mail = next(mail for mail in post.fetch() if mail["to"] == [owner.email])
    assert "Passwort" in mail["subject"]
    assert "password" not in mail["text"].replace("/password/", "")

"""An invitation's link that an admin hands on: it lets somebody join, and proves no address."""

from typing import Any

import pytest

from core.app import App
from core.people import service as people
from core.people.roles import Role
from core.people.service import Member
from tests.conftest import PASSWORD, add_workspace
from tests.pages import problems, words
from tests.support import Browser, Clock, Post

MEERA = "meera@northwind.example"


@pytest.fixture
def invited(app: App, owner: Member, post: Post) -> str:
    """The path of the link that was mailed."""
    people.invite(app, owner, [people.Invitee(MEERA, "Meera Nair")], role=Role.REP)
    return post.link(MEERA)


def press(browser: Browser, which: str) -> Any:
    page = browser.get("/users")
    form = next(one for one in page.forms.values() if one.action.endswith(which))
    return form.submit(status="*")


def copied(browser: Browser) -> str:
    """The path of a new copy."""
    link: str = press(browser, "/link").html.find(id="invitation-link")["value"]
    return link.removeprefix("https://app.example.com")


def test_whoever_joins_by_it_confirms_the_address(
    wsgi: Any, owners_browser: Browser, app: App, invited: str, post: Post
) -> None:
    path, theirs = copied(owners_browser), Browser(wsgi)
    assert path != invited
    page = theirs.get(path)
    assert "This link was handed to you." in words(page)
    page = theirs.fill_in(path, password=PASSWORD).follow()
    assert f"We sent a mail to {MEERA}" in words(page)
    assert people.member_by_email(app, MEERA) is None
    assert "Check your mail" in words(theirs.sign_in(MEERA, PASSWORD).follow())
    assert "Unconfirmed" in words(owners_browser.get("/users"))

    theirs.get(post.link(MEERA)).form.submit(status=303)
    assert theirs.sign_in(MEERA, PASSWORD).status_int == 303
    member = people.member_by_email(app, MEERA)
    assert member
    assert member.role == Role.REP
    for used in (path, invited):
        theirs.get(used, status=410)


def test_the_mailed_link_goes_on_working(
    wsgi: Any, owners_browser: Browser, app: App, invited: str
) -> None:
    copied(owners_browser)
    page = Browser(wsgi).get(invited)
    assert "This link was handed to you." not in words(page)
    Browser(wsgi).fill_in(invited, password=PASSWORD)
    assert people.member_by_email(app, MEERA)


@pytest.mark.parametrize("which", ["/link", "/resend", "/revoke"])
def test_what_makes_a_copy_worthless(
    wsgi: Any, owners_browser: Browser, invited: str, which: str
) -> None:
    path = copied(owners_browser)
    press(owners_browser, which)
    Browser(wsgi).get(path, status=404)


def test_an_account_with_the_address_is_left_alone(
    wsgi: Any, owners_browser: Browser, app: App, invited: str
) -> None:
    """By the mailed link its holder would leave it for this workspace."""
    lonely = add_workspace(app, "Meera's workspace", MEERA)
    path = copied(owners_browser)
    page = Browser(wsgi).fill_in(path, password=PASSWORD, status=422)
    assert "Use the link in the mail" in problems(page)[0]
    assert people.member_by_email(app, MEERA) == people.load_member(app, lonely.user_id)
    Browser(wsgi).fill_in(invited, password=PASSWORD)


def test_one_that_has_run_out_is_sent_again_first(
    owners_browser: Browser, invited: str, clock: Clock
) -> None:
    before = owners_browser.get("/users")
    form = next(one for one in before.forms.values() if one.action.endswith("/link"))
    clock.turn(days=7, minutes=1)
    page = owners_browser.get("/users")
    assert not [one for one in page.forms.values() if one.action.endswith("/link")]
    assert "or it has expired" in words(form.submit(status=303).follow())


def test_links_are_not_copied_without_end(owners_browser: Browser, invited: str) -> None:
    for _ in range(5):
        copied(owners_browser)
    page = press(owners_browser, "/link").follow()
    assert "That was tried too often." in words(page)


def test_only_an_owner_hands_on_what_makes_an_owner(
    wsgi: Any, app: App, owner: Member, post: Post
) -> None:
    people.invite(app, owner, [people.Invitee(MEERA, "Meera Nair")], role=Role.OWNER)
    with app.db.unit_of_work(owner.tenant_id) as session:
        people.add_member(
            session,
            owner.tenant_id,
            email="admin@northwind.example",
            name="Adi",
            password=PASSWORD,
            role=Role.ADMIN,
        )
    admin = Browser(wsgi)
    admin.sign_in("admin@northwind.example", PASSWORD)
    page = press(admin, "/link").follow()
    assert "Only an owner can do this for an owner." in words(page)


def test_who_signs_up_is_not_put_where_somebody_has_joined_in_their_name(
    wsgi: Any, owners_browser: Browser, app: App, owner: Member, invited: str, post: Post
) -> None:
    joined = Browser(wsgi)
    joined.fill_in(copied(owners_browser), password=PASSWORD)
    old = post.link(MEERA)
    meera = Browser(wsgi)
    meera.fill_in("/signup", name="Meera", email=MEERA, password="another password")
    joined.get(old, status=404)
    meera.get(post.link(MEERA)).form.submit(status=303)
    member = people.member_by_email(app, MEERA)
    assert member
    assert (member.role, member.tenant_id != owner.tenant_id) == (Role.OWNER, True)
    assert MEERA not in words(owners_browser.get("/users"))

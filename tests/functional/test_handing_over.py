"""A rep leaves, or gets another territory: somebody else looks after the links from then on."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from core.audit.models import AuditEntry
from core.links import service as links
from core.links.models import LinkEvent, PaymentLink
from core.people import service as people
from core.people.models import User
from core.people.roles import Role
from core.sandbox import demo
from tests.conftest import PASSWORD
from tests.functional.test_query_counts import add_links, counted
from tests.functional.test_reps import ASHAS, RAVIS, framed, ids
from tests.pages import form_to, problems, words
from tests.support import Browser, Clock
from tests.workspace import Workspace

MEERA = "meera@northwind.example"


@pytest.fixture
def ravi(workspace: Workspace) -> people.Member:
    found = people.member_by_email(workspace.app, demo.REP)
    assert found
    return found


@pytest.fixture
def meera(workspace: Workspace) -> people.Member:
    return add(workspace, MEERA, Role.REP)


def add(workspace: Workspace, email: str, role: Role) -> people.Member:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        people.add_member(
            session, workspace.tenant_id, email=email, name="Meera Nair", password=PASSWORD, role=role
        )
    found = people.member_by_email(workspace.app, email)
    assert found
    return found


def made_by(workspace: Workspace, maker: people.Member, *records: Any) -> list[str]:
    """The ids of links on the records, made by that member."""
    made = [workspace.open_link(record) for record in records]
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(
            update(PaymentLink).where(PaymentLink.id.in_(made)).values(created_by=maker.user_id)
        )
    return made


def browser_of(wsgi: Any, email: str, password: str = PASSWORD) -> Browser:
    browser = Browser(wsgi)
    browser.sign_in(email, password)
    return browser


def hand_over(browser: Browser, path: str, to: str, **more: Any) -> Any:
    """Choose somebody on the page, and confirm."""
    form = form_to(browser.get(path), path)
    form["to"] = to
    return form_to(form.submit(), path).submit(**more)


def test_from_the_members_page_to_the_logs_of_somebody_else(
    wsgi: Any, member: Browser, workspace: Workspace, ravi: people.Member, meera: people.Member
) -> None:
    made = made_by(workspace, ravi, RAVIS, ASHAS)
    theirs, others = browser_of(wsgi, demo.REP, demo.PASSWORD), browser_of(wsgi, MEERA)
    assert (ids(theirs.get("/links")), ids(others.get("/links"))) == (set(made), set())

    page = member.get(f"/users/{ravi.user_id}").click("Hand over their payment links")
    assert "Ravi Iyer looks after 2 payment links." in words(page)
    form = form_to(page, f"/users/{ravi.user_id}/links")
    form["to"] = meera.user_id
    page = form.submit()
    assert "Hand over 2 payment links of Ravi Iyer to Meera Nair?" in words(page)
    assert ids(others.get("/links")) == set()  # it was only asked so far
    page = form_to(page, f"/users/{ravi.user_id}/links").submit(status=303).follow()
    assert "2 payment links were handed over to Meera Nair." in words(page)

    assert (ids(theirs.get("/links")), ids(others.get("/links"))) == (set(), set(made))
    assert others.get(f"/links/{made[1]}").status_int == 200
    theirs.get(f"/links/{made[1]}", status=404)
    # The CRM gives Ravi the record of the other one: with it he sees its links, and who has them now.
    assert "now with Meera Nair" in words(theirs.get(framed("links", RAVIS)))
    assert "Looked after by Meera Nair" in words(theirs.get(f"/links/{made[0]}"))

    page = member.get(f"/links/{made[1]}")
    assert "Asha Rao handed the link over to Meera Nair." in words(page)
    assert "by Ravi Iyer" in words(page)
    assert ids(member.get(f"/links?creator={ravi.user_id}")) == set(made)
    assert ids(member.get(f"/links?holder={meera.user_id}")) == set(made)
    assert ids(member.get(f"/links?holder={ravi.user_id}")) == set()
    assert "Ravi Iyer now with Meera Nair" in words(member.get("/links"))
    assert "Ravi Iyer,Meera Nair" in member.get("/links.csv").text
    [entry] = [one for one in workspace.rows(AuditEntry) if one.action == "links.handed_over"]
    told = (entry.target, entry.actor_id, entry.detail)
    assert told == (ravi.user_id, workspace.owner.user_id, {"to": meera.user_id, "count": 2})


def test_one_link_goes_there_and_back(
    wsgi: Any, member: Browser, workspace: Workspace, ravi: people.Member, meera: people.Member
) -> None:
    one, other = made_by(workspace, ravi, RAVIS, RAVIS)
    page = hand_over(member, f"/links/{one}/hand-over", meera.user_id, status=303).follow()
    assert "Meera Nair looks after this link now." in words(page)
    others = browser_of(wsgi, MEERA)
    assert ids(others.get("/links")) == {one}
    hand_over(member, f"/links/{one}/hand-over", ravi.user_id, status=303)
    assert ids(others.get("/links")) == set()
    assert ids(browser_of(wsgi, demo.REP, demo.PASSWORD).get("/links")) == {one, other}


def test_it_is_offered_when_a_member_is_deactivated(
    member: Browser, workspace: Workspace, ravi: people.Member, meera: people.Member
) -> None:
    made_by(workspace, ravi, RAVIS)
    page = form_to(member.get("/users"), f"/users/{ravi.user_id}/active").submit().follow()
    assert "They are signed out everywhere" in words(page)
    assert "Ravi Iyer looks after 1 payment link." in words(page)
    path = f"/users/{ravi.user_id}/links"
    page = hand_over(member, path, meera.user_id, status=303).follow()
    assert "1 payment link was handed over to Meera Nair." in words(page)
    assert "Nothing to hand over" in words(member.get(path))
    page = form_to(member.get("/users"), f"/users/{meera.user_id}/active").submit().follow()
    assert "Meera Nair looks after 1 payment link." in words(page)


@pytest.mark.parametrize("how", ["page", "form"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"active": False}, "Meera Nair can't sign in at present. Choose somebody else."),
        ({"verified_at": None}, "Meera Nair can't sign in at present. Choose somebody else."),
        ({"role": "viewer"}, "As viewer, Meera Nair can't look after payment links."),
        ({"id": "usr_unknown"}, "Choose a member of this workspace."),
        ({"id": "stranger"}, "Choose a member of this workspace."),
        ({"id": "same"}, "Ravi Iyer looks after this already."),
        ({"id": ""}, "Choose a member of this workspace."),
    ],
)
def test_whoever_cannot_take_them_gets_none(
    member: Browser,
    workspace: Workspace,
    ravi: people.Member,
    meera: people.Member,
    stranger: people.Member,
    how: str,
    change: dict[str, Any],
    said: str,
) -> None:
    [made] = made_by(workspace, ravi, RAVIS)
    ids = {"stranger": stranger.user_id, "same": ravi.user_id}
    to = ids.get(change["id"], change["id"]) if "id" in change else meera.user_id
    for path in (f"/users/{ravi.user_id}/links", f"/links/{made}/hand-over"):
        form = form_to(member.get(path, {"to": workspace.owner.user_id}), path)
        if "id" not in change:
            with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
                session.execute(update(User).where(User.id == meera.user_id).values(**change))
        if how == "form":
            form["to"].force_value(to)
            page = form.submit(status=422)
        elif to:
            page = member.get(path, {"to": to}, status=422)
        else:
            continue
        assert problems(page)[0].startswith(said)
        assert workspace.link(made).handed_to is None


@pytest.mark.parametrize("role", [Role.REP, Role.VIEWER, Role.MANAGER])
def test_a_manager_may_and_others_may_not(
    wsgi: Any, workspace: Workspace, ravi: people.Member, role: Role
) -> None:
    [made] = made_by(workspace, ravi, RAVIS)
    add(workspace, MEERA, role)
    theirs, may = browser_of(wsgi, MEERA), role is Role.MANAGER
    for path in (f"/users/{ravi.user_id}/links", f"/links/{made}/hand-over"):
        theirs.get(path, status=200 if may else 403)
    if may:
        path = f"/users/{ravi.user_id}/links"
        page = hand_over(theirs, path, workspace.owner.user_id, status=303).follow()
        assert "1 payment link was handed over to Asha Rao." in words(page)


def test_many_take_as_many_statements_as_few(
    workspace: Workspace, ravi: people.Member, meera: people.Member, clock: Clock
) -> None:
    made_by(workspace, ravi, RAVIS)
    add_links(workspace, 30)
    app, owner = workspace.app, workspace.owner
    with counted(workspace) as for_one:
        assert links.hand_over(app, owner, ravi.user_id, meera.user_id) == 1
    with app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(delete(LinkEvent))
        session.execute(update(PaymentLink).values(created_by=ravi.user_id, handed_to=None))
    clock.turn(seconds=1)
    with counted(workspace) as for_all:
        assert links.hand_over(app, owner, ravi.user_id, meera.user_id) == 31
    assert for_all == for_one
    lines = workspace.rows(LinkEvent)
    assert {one.link_id for one in lines} == {one.id for one in workspace.rows(PaymentLink)}
    assert {(one.name, len(one.id), one.at) for one in lines} == {("link.handed_over", 40, clock())}
    assert links.hand_over(app, owner, meera.user_id, ravi.user_id) == 31
    assert len(workspace.rows(LinkEvent)) == 62

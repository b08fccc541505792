"""S13: the team is invited, given roles, and kept out again."""

from typing import Any

import pytest
from sqlalchemy import select

from core.app import App
from core.audit.models import AuditEntry
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.people.models import Invitation, User
from core.people.roles import Role
from core.people.service import Member
from core.sandbox import demo
from core.tenants import service as tenants
from plugins.kylas_crm.simulator import seed_data
from tests.conftest import PASSWORD, add_workspace
from tests.pages import form_to, problems, words
from tests.support import Browser, Clock, Post
from tests.workspace import Workspace

MEERA = "meera@northwind.example"


def invite(browser: Browser, **fields: str) -> Any:
    form = form_to(browser.get("/users/new"), "/users/new")
    for name, value in {"email": f"Meera Nair <{MEERA}>", **fields}.items():
        form[name] = value
    return form.submit(status="*")


def join(browser: Browser, path: str, password: str = PASSWORD) -> Any:
    return browser.fill_in(path, password=password)


def change(browser: Browser, subject: Member, status: int = 303, **fields: str) -> Any:
    """Fill in the page of a member."""
    form = form_to(browser.get(f"/users/{subject.user_id}"), f"/users/{subject.user_id}")
    for name, value in fields.items():
        form[name] = value
    return form.submit(status=status)


def add(app: App, actor: Member, email: str, role: Role) -> Member:
    with app.db.unit_of_work(actor.tenant_id) as session:
        people.add_member(
            session, actor.tenant_id, email=email, name=email[:4], password=PASSWORD, role=role
        )
    found = people.member_by_email(app, email)
    assert found
    return found


def audited(app: App) -> list[str]:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_from_the_invitation_to_the_first_page(
    wsgi: Any, owners_browser: Browser, owner: Member, app: App, post: Post
) -> None:
    page = invite(owners_browser, role="manager").follow()
    assert f"The invitation is on its way to {MEERA}." in words(page)
    assert "Meera Nair" in words(page)

    invited = Browser(wsgi)
    path = post.link(MEERA)
    page = invited.get(path)
    assert f"Asha Rao asks you to join Northwind as manager. You sign in with {MEERA}." in words(page)
    assert page.form["name"].value == "Meera Nair"
    page = join(invited, path).follow()
    assert "Welcome to Northwind." in words(page)

    member = people.member_by_email(app, MEERA)
    assert member
    assert (member.tenant_id, member.role, member.name) == (owner.tenant_id, "manager", "Meera Nair")
    told = post.fetch()[0]
    assert (told["to"], told["subject"]) == ([owner.email], "Meera Nair has joined your workspace")
    assert "Invited" not in words(owners_browser.get("/users"))
    assert {"member.invited", "member.joined"} <= set(audited(app))


def test_a_link_works_once(wsgi: Any, owners_browser: Browser, post: Post) -> None:
    invite(owners_browser)
    path = post.link(MEERA)
    join(Browser(wsgi), path)
    page = Browser(wsgi).get(path, status=410)
    assert "You are a member: sign in" in words(page)


def test_a_link_works_for_a_week(wsgi: Any, owners_browser: Browser, post: Post, clock: Clock) -> None:
    invite(owners_browser)
    path, other = post.link(MEERA), Browser(wsgi)
    clock.turn(days=6, hours=23, minutes=59)
    page = other.get(path)
    clock.turn(minutes=2)
    page.form["password"] = PASSWORD
    assert "This invitation has expired" in page.form.submit(status=410)
    assert "Expired" in words(owners_browser.get("/users"))


def test_sending_again_makes_the_first_link_worthless(
    wsgi: Any, owners_browser: Browser, post: Post
) -> None:
    invite(owners_browser)
    first = post.link(MEERA)
    page = owners_browser.get("/users")
    form = next(one for one in page.forms.values() if one.action.endswith("/resend"))
    assert "again" in words(form.submit().follow())
    second = post.link(MEERA)
    assert first != second
    assert Browser(wsgi).get(first, status=404)
    join(Browser(wsgi), second)


def test_an_address_has_one_invitation_and_is_asked_anew_once_it_ran_out(
    owners_browser: Browser, app: App, clock: Clock
) -> None:
    invite(owners_browser, role="rep")
    page = invite(owners_browser, role="viewer")
    assert problems(page)[0] == f"{MEERA}: Invited already. Under Manage users you can send it again."
    clock.turn(days=7, minutes=1)
    invite(owners_browser, role="viewer")
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert session.scalars(select(Invitation.role)).all() == ["viewer"]


def test_a_withdrawn_one_lets_nobody_in(
    wsgi: Any, owners_browser: Browser, app: App, post: Post
) -> None:
    invite(owners_browser)
    path, other = post.link(MEERA), Browser(wsgi)
    page, team = other.get(path), owners_browser.get("/users")
    form = next(one for one in team.forms.values() if one.action.endswith("/revoke"))
    assert "is withdrawn" in words(form.submit().follow())
    page.form["password"] = PASSWORD
    page.form.submit(status=404)
    assert people.member_by_email(app, MEERA) is None
    assert "accepted or withdrawn meanwhile" in words(form.submit().follow())


def test_a_forged_link_tells_nothing(browser: Browser) -> None:
    page = browser.get("/invites/forged", status=404)
    assert "This invitation doesn't work" in words(page)
    assert not page.forms


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "Enter an e-mail address, or choose a user of the CRM."),
        ("meera", "meera: Enter an e-mail address such as name@example.com."),
        (
            "owner@example.com",
            "owner@example.com: Asha Rao is a member already, with this address.",
        ),
        (
            "stranger@example.com",
            "stranger@example.com: This address belongs to a member of another workspace, and can be in "
            "one only.",
        ),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    owners_browser: Browser, app: App, stranger: Member, typed: str, problem: str
) -> None:
    bind(app, stranger)
    page = invite(owners_browser, email=typed, role="viewer")
    assert page.status_int == 422
    assert problems(page)[0] == problem
    shown = form_to(page, "/users/new")
    assert (shown["email"].value.strip(), shown["role"].value) == (typed, "viewer")


def bind(app: App, member: Member) -> None:
    """Their workspace is in use."""
    with app.db.unit_of_work(member.tenant_id) as session:
        tenants.bind_to_crm(session, member.tenant_id, "kylas", "9", "Contoso")


def test_whoever_signed_up_first_leaves_the_empty_workspace(
    wsgi: Any, owners_browser: Browser, owner: Member, app: App, post: Post
) -> None:
    """The CRM's account has a workspace already, they were told: ask a colleague to add you."""
    lonely = add_workspace(app, "Meera's workspace", MEERA)
    theirs = Browser(wsgi)
    theirs.sign_in(MEERA, PASSWORD)
    invite(owners_browser)
    join(Browser(wsgi), post.link(MEERA), "another password")
    member = people.member_by_email(app, MEERA)
    assert member
    assert member.tenant_id == owner.tenant_id != lonely.tenant_id
    assert theirs.get("/").status_int == 303


def test_whose_workspace_was_put_to_use_meanwhile_stays_there(
    wsgi: Any, owners_browser: Browser, app: App, post: Post
) -> None:
    lonely = add_workspace(app, "Meera's workspace", MEERA)
    invite(owners_browser)
    bind(app, lonely)
    page = Browser(wsgi).fill_in(post.link(MEERA), password=PASSWORD, status=422)
    assert problems(page)[0].startswith("This address belongs to a member of another workspace")
    assert people.member_by_email(app, MEERA) == people.load_member(app, lonely.user_id)


class TestUsersOfTheCrm:
    def test_one_is_found_and_named_by_the_crm(
        self, wsgi: Any, member: Browser, workspace: Workspace, post: Post
    ) -> None:
        form = form_to(member.get("/users/new"), "/users/new")
        form["crm_search"], form["email"] = "nair", "meera nair <meera@elsewhere.example>"
        page = form.submit("step", value="search")
        form = form_to(page, "/users/new")
        assert form["email"].value.strip() == "meera nair <meera@elsewhere.example>"
        form["crm_user"].checked = True
        form.submit(status=303)
        join(Browser(wsgi), post.link("meera@elsewhere.example"))
        joined = people.member_by_email(workspace.app, "meera@elsewhere.example")
        assert joined
        assert (joined.name, joined.crm_user_id) == ("Meera Nair", str(seed_data.MEERA))

    def test_nobody_is_two_members(self, member: Browser, workspace: Workspace) -> None:
        form = form_to(member.get("/users/new"), "/users/new")
        form["crm_search"] = "ravi"
        page = form.submit("step", value="search")
        assert "(a member already)" in words(page)
        form = form_to(page, "/users/new")
        form["email"] = "Ravi Iyer <other@northwind.example>"
        form["crm_user"].checked = True
        page = form.submit(status=422)
        said = "Ravi Iyer of the CRM is Ravi Iyer here already. Choose somebody else."
        assert problems(page)[0] == f"other@northwind.example: {said}"

    def test_one_who_is_gone_meanwhile(self, member: Browser, workspace: Workspace) -> None:
        form = form_to(member.get("/users/new"), "/users/new")
        form["crm_search"], form["email"] = "meera", "nobody@northwind.example"
        form = form_to(form.submit("step", value="search"), "/users/new")
        form["crm_user"].checked = True
        form["crm_user"].force_value("777")
        page = form.submit(status=422)
        assert "This user isn't in the CRM any more." in words(page)
        assert form_to(page, "/users/new")["email"].value.strip() == "nobody@northwind.example"

    def test_the_crm_does_not_answer(self, member: Browser, workspace: Workspace) -> None:
        workspace.sims.kylas.faults.add("unavailable", path="/v1/users", times=None)
        form = form_to(member.get("/users/new"), "/users/new")
        form["email"] = MEERA
        page = form.submit("step", value="search")
        assert "Nobody can be chosen until it answers." in words(page)
        form = form_to(page, "/users/new")
        assert form["email"].value.strip() == MEERA
        form.submit(status=303)

    @pytest.mark.parametrize("fault", ["unavailable", "server_error", "rate_limited", "malformed"])
    def test_whatever_the_crm_answers_the_page_goes_on_by_address(
        self, member: Browser, workspace: Workspace, fault: str
    ) -> None:
        workspace.sims.kylas.faults.add(fault, path="/v1/users", times=None)
        form = form_to(member.get("/users/new"), "/users/new")
        form["crm_search"], form["email"] = "meera", MEERA
        page = form.submit("step", value="search")
        assert "You may go on without." in words(page)
        form_to(page, "/users/new").submit(status=303)

    def test_a_key_that_may_not_see_users_says_so(self, member: Browser, workspace: Workspace) -> None:
        workspace.sims.kylas.store.delete("api_key", seed_data.API_KEY_A)
        form = form_to(member.get("/users/new"), "/users/new")
        form["crm_search"] = "meera"
        page = form.submit("step", value="search")
        assert "Kylas does not accept this API key." in words(page)
        assert form_to(page, "/users/new")["email"]

    def test_one_of_ten_thousand_is_found_by_name(
        self, wsgi: Any, member: Browser, workspace: Workspace, post: Post
    ) -> None:
        kylas = workspace.sims.kylas.tenant(seed_data.TENANT_A)
        ravi = kylas.get("user", seed_data.RAVI)
        for id in range(20_000, 30_000):
            mail = {"email": f"u{id}@northwind.example"}
            kylas.put("user", ravi | mail | {"id": id, "firstName": "User", "lastName": f"No {id}"})
        asked = workspace.sims.asked("GET")
        form = form_to(member.get("/users/new"), "/users/new")
        form["crm_search"] = "user"
        page = form.submit("step", value="search")
        assert "80 more were found: type more of the name." in words(page)
        assert len(page.html.find_all("input", attrs={"name": "crm_user"})) == 20
        form = form_to(page, "/users/new")
        form["crm_search"] = "no 29999"
        page = form.submit("step", value="search")
        form = form_to(page, "/users/new")
        form["crm_user"].checked = True
        form.submit(status=303)
        assert workspace.sims.asked("GET") - asked <= 5
        assert post.link("u29999@northwind.example")
        form = form_to(member.get("/users/new"), "/users/new")
        form["crm_search"] = "u29999@"
        page = form.submit("step", value="search")
        assert "Kylas has too many users to look through." in words(page)

    def test_one_that_the_crm_deactivates_is_locked_out(
        self, wsgi: Any, member: Browser, workspace: Workspace
    ) -> None:
        rep = Browser(wsgi)
        rep.sign_in(demo.REP, demo.PASSWORD)
        app, tenant_id = workspace.app, workspace.tenant_id
        assert people.note_crm_users(app, tenant_id, {str(seed_data.ASHA)}) == 1
        assert people.note_crm_users(app, tenant_id, {str(seed_data.ASHA)}) == 0
        assert rep.get("/").status_int == 303
        page = rep.sign_in(demo.REP, demo.PASSWORD, status=422)
        assert "Your user in the CRM is deactivated." in words(page)
        assert "Gone from the CRM" in words(member.get("/users"))
        people.note_crm_users(app, tenant_id, {str(seed_data.ASHA), str(seed_data.RAVI)})
        assert rep.sign_in(demo.REP, demo.PASSWORD).status_int == 303

    def test_an_owner_stays(self, member: Browser, workspace: Workspace) -> None:
        people.note_crm_users(workspace.app, workspace.tenant_id, set())
        assert member.get("/users").status_int == 200


class TestRoles:
    def test_a_change_holds_from_the_next_click_on(
        self, wsgi: Any, owners_browser: Browser, owner: Member, app: App, post: Post
    ) -> None:
        rep = add(app, owner, MEERA, Role.REP)
        theirs = Browser(wsgi)
        theirs.sign_in(MEERA, PASSWORD)
        theirs.get("/rules", status=403)
        change(owners_browser, rep, role="manager")
        assert theirs.get("/rules").status_int == 200
        assert "has made you Manager of Northwind" in post.fetch()[0]["text"]

    def test_the_last_owner_stays_one(self, owners_browser: Browser, owner: Member, app: App) -> None:
        page = change(owners_browser, owner, role="admin", status=422)
        assert problems(page) == ["Asha Rao is the only owner. Make somebody else an owner first."]
        second = add(app, owner, MEERA, Role.REP)
        change(owners_browser, second, role="owner")
        assert change(owners_browser, owner, role="admin")

    def test_an_admin_makes_no_owner_and_keeps_none_out(
        self, wsgi: Any, owner: Member, app: App
    ) -> None:
        admin, rep = add(app, owner, MEERA, Role.ADMIN), add(app, owner, "rep@x.example", Role.REP)
        theirs = Browser(wsgi)
        theirs.sign_in(MEERA, PASSWORD)
        said = "Only an owner can do this for an owner."
        for subject, role in ((rep, "owner"), (admin, "owner"), (owner, "rep")):
            page = change(theirs, subject, role=role, status=422)
            assert problems(page) == [said]
        assert problems(invite(theirs, email="new@x.example", role="owner")) == [said]
        form = form_to(theirs.get("/users"), f"/users/{owner.user_id}/active")
        assert said in words(form.submit().follow())
        people_now = {one.user_id for one in (owner, admin, rep) if people.load_member(app, one.user_id)}
        assert people_now == {owner.user_id, admin.user_id, rep.user_id}

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.REP, Role.VIEWER])
    def test_others_manage_nobody(self, wsgi: Any, owner: Member, app: App, role: Role) -> None:
        add(app, owner, MEERA, role)
        theirs = Browser(wsgi)
        theirs.sign_in(MEERA, PASSWORD)
        for path in ("/users", "/users/new", f"/users/{owner.user_id}"):
            theirs.get(path, status=403)
        assert "Manage users" not in theirs.get("/").html.find("nav").get_text(" ")


class TestKeepingOut:
    def test_every_browser_is_signed_out_at_once(
        self, wsgi: Any, owners_browser: Browser, owner: Member, app: App, post: Post
    ) -> None:
        rep = add(app, owner, MEERA, Role.REP)
        theirs, form = (
            Browser(wsgi),
            form_to(owners_browser.get("/users"), f"/users/{rep.user_id}/active"),
        )
        theirs.sign_in(MEERA, PASSWORD)
        assert theirs.get("/").status_int == 200
        # Who looks after no links isn't asked about: it goes on to the team.
        page = form.submit().follow().follow()
        assert "signed out everywhere" in words(page)
        assert page.request.path == "/users"
        assert theirs.get("/").status_int == 303
        assert "was deactivated" in words(theirs.sign_in(MEERA, PASSWORD, status=422))
        assert "deactivated your account in Northwind" in post.fetch()[0]["text"]
        again = form_to(owners_browser.get("/users"), f"/users/{rep.user_id}/active")
        again.submit("active", value="on")
        assert theirs.sign_in(MEERA, PASSWORD).status_int == 303

    def test_nobody_keeps_themselves_out(self, owner: Member, app: App) -> None:
        add(app, owner, MEERA, Role.OWNER)
        with pytest.raises(people.TeamRefused, match="can't deactivate yourself"):
            people.deactivate(app, owner, owner.user_id)

    def test_of_two_owners_one_always_stays(self, owner: Member, app: App) -> None:
        other = add(app, owner, MEERA, Role.OWNER)
        assert people.deactivate(app, owner, other.user_id)
        with pytest.raises(people.TeamRefused, match="the only owner"):
            people.update_member(app, other, owner.user_id, role=Role.REP, crm_user=None)

    def test_nobody_is_there_of_another_workspace(
        self, owners_browser: Browser, owner: Member, stranger: Member, app: App
    ) -> None:
        owners_browser.get(f"/users/{stranger.user_id}", status=404)
        assert not people.deactivate(app, owner, stranger.user_id)
        assert not people.reactivate(app, owner, stranger.user_id)
        assert not people.update_member(app, owner, stranger.user_id, role=Role.REP, crm_user=None)
        assert people.load_member(app, stranger.user_id) == stranger
        assert stranger.email not in owners_browser.get("/users")


def test_many_members_are_shown_a_page_at_a_time(
    owners_browser: Browser, owner: Member, app: App
) -> None:
    with app.db.unit_of_work(owner.tenant_id) as session:
        for number in range(101):
            session.add(
                User(
                    tenant_id=owner.tenant_id,
                    email=f"m{number}@x.example",
                    name=f"Member {number:03}",
                    role=Role.REP,
                    verified_at=app.clock(),
                )
            )
    page = owners_browser.get("/users")
    assert "Member 098" in words(page)
    assert "Member 099" not in words(page)
    page = page.click("More members")
    assert "Member 100" in words(page)

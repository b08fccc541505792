"""S1, S2 and S13: signing in and joining as the user that the CRM says one is."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from core.app import App
from core.audit.models import AuditEntry
from core.connections.models import CrmConnection
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.people.models import Invitation, User, WebSession
from core.people.roles import Role
from core.people.service import CrmPerson, Invitee
from core.sandbox import demo
from core.web.sessions import COOKIE
from plugins.kylas_crm.simulator import oauth, seed_data
from tests.conftest import PASSWORD, add_workspace
from tests.pages import form_to, words
from tests.phone import with_phone
from tests.support import Browser, Clock, Post
from tests.workspace import Workspace

MEERA = "meera@northwind.example"


@pytest.fixture
def ini(ini: dict[str, str]) -> dict[str, str]:
    return ini | {
        "dealpay.kylas_crm.client_id": oauth.CLIENT_ID,
        "dealpay.kylas_crm.client_secret": oauth.CLIENT_SECRET,
    }


@pytest.fixture
def kylas(workspace: Workspace) -> Any:
    """Northwind is connected with a key; Asha is its owner and Ravi a rep."""
    return workspace.sims.kylas


@pytest.fixture
def visitor(wsgi: Any, workspace: Workspace) -> Browser:
    return Browser(wsgi)


def led_to_kylas(browser: Browser, path: str = "/continue/kylas") -> dict[str, str]:
    """What Kylas is asked for."""
    asked = urlsplit(browser.get(path, status=302).location)
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert query["redirect_uri"] == "https://app.example.com/install/kylas"
    return query


def come_back(
    browser: Browser, kylas: Any, state: str, user: int, tenant: int = seed_data.TENANT_A
) -> Any:
    """Kylas leads back, with a code of that user; what came of it."""
    code = kylas.issue_code(tenant, user)
    answer = browser.get(f"/install/kylas?code={code}&state={state}", status=303)
    assert code not in answer.location
    return browser.get(answer.location)


def continue_as(
    browser: Browser, kylas: Any, user: int, path: str = "/continue/kylas", **where: int
) -> Any:
    return come_back(browser, kylas, led_to_kylas(browser, path)["state"], user, **where)


def signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_int == 200


def sign_out(browser: Browser) -> None:
    browser.post("/logout", {"csrf_token": browser.get("/logout").forms[0]["csrf_token"].value})


def set_user(workspace: Workspace, email: str, **values: Any) -> None:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        for name, value in values.items():
            setattr(user, name, value)


def connection(workspace: Workspace) -> CrmConnection:
    (found,) = workspace.rows(CrmConnection)
    assert isinstance(found, CrmConnection)
    return found


class TestSigningIn:
    def test_the_mapped_user_is_signed_in(
        self, visitor: Browser, kylas: Any, workspace: Workspace
    ) -> None:
        page = visitor.get("/login?next=/links")
        link = page.html.find("a", string="Continue with Kylas")
        first = page.html.find("main").find_all(["a", "form"])[0]
        assert first is link
        before = visitor.cookies.get(COOKIE)
        answer = continue_as(visitor, kylas, seed_data.RAVI, link["href"])
        assert answer.location.endswith("/links")
        assert visitor.cookies[COOKIE] != before
        assert demo.REP in words(visitor.get("/account"))
        entry = workspace.rows(AuditEntry, AuditEntry.action == "member.signed_in")[-1]
        assert (entry.detail, entry.ip) == ({"how": "kylas"}, "192.0.2.1")

    def test_the_crm_is_one_step_and_the_code_the_second(
        self, visitor: Browser, kylas: Any, workspace: Workspace, clock: Clock
    ) -> None:
        phone = with_phone(workspace.app, workspace.owner, demo.PASSWORD)
        clock.turn(seconds=30)
        path = visitor.get("/login?next=/links").html.find("a", string="Continue with Kylas")["href"]
        page = continue_as(visitor, kylas, seed_data.ASHA, path).follow()
        assert not signed_in(visitor)
        page.form["code"] = phone.code
        assert page.form.submit(status=303).location.endswith("/links")
        assert demo.OWNER in words(visitor.get("/account"))
        entry = workspace.rows(AuditEntry, AuditEntry.action == "member.signed_in")[-1]
        assert entry.detail == {"how": "kylas"}

    def test_a_state_works_once_and_in_its_own_browser(
        self, visitor: Browser, wsgi: Any, kylas: Any
    ) -> None:
        state = led_to_kylas(visitor)["state"]
        other = Browser(wsgi)
        led_to_kylas(other)
        code = kylas.issue_code(seed_data.TENANT_A, seed_data.RAVI)
        other.get(f"/install/kylas?code={code}&state={state}", status=400)
        assert not signed_in(other)
        assert come_back(visitor, kylas, state, seed_data.RAVI).status_int == 303
        sign_out(visitor)
        code = kylas.issue_code(seed_data.TENANT_A, seed_data.RAVI)
        visitor.get(f"/install/kylas?code={code}&state={state}", status=400)
        assert not signed_in(visitor)

    @pytest.mark.parametrize("state", ["", "&state=", "&state=made-up", "&state=%F0%9F%92%A5"])
    def test_a_forged_way_back_signs_nobody_in(self, visitor: Browser, kylas: Any, state: str) -> None:
        """An attacker's code would sign the victim in as the attacker."""
        led_to_kylas(visitor)
        code = kylas.issue_code(seed_data.TENANT_A, seed_data.RAVI)
        visitor.get(f"/install/kylas?code={code}{state}", status="*")
        visitor.get("/install/kylas")
        assert not signed_in(visitor)

    def test_a_used_code(self, visitor: Browser, wsgi: Any, kylas: Any) -> None:
        code = kylas.issue_code(seed_data.TENANT_A, seed_data.RAVI)
        for browser, lets_in in ((visitor, True), (Browser(wsgi), False)):
            state = led_to_kylas(browser)["state"]
            browser.get(f"/install/kylas?code={code}&state={state}", status=303)
            page = browser.get("/install/kylas", status=303)
            assert signed_in(browser) is lets_in
        assert "used before, has run out" in words(page.follow())

    def test_the_last_step_twice(self, visitor: Browser, kylas: Any) -> None:
        continue_as(visitor, kylas, seed_data.RAVI)
        visitor.get("/install/kylas")
        assert signed_in(visitor)

    def test_begun_too_long_ago(self, visitor: Browser, kylas: Any, clock: Clock) -> None:
        state = led_to_kylas(visitor)["state"]
        clock.turn(minutes=31)
        code = kylas.issue_code(seed_data.TENANT_A, seed_data.RAVI)
        visitor.get(f"/install/kylas?code={code}&state={state}", status=400)

    def test_two_tabs(self, visitor: Browser, kylas: Any) -> None:
        """The later one counts; the earlier one says to begin again."""
        first, second = (led_to_kylas(visitor)["state"] for _ in range(2))
        code = kylas.issue_code(seed_data.TENANT_A, seed_data.RAVI)
        page = visitor.get(f"/install/kylas?code={code}&state={first}", status=400)
        assert "begin in this browser" in words(page)
        come_back(visitor, kylas, second, seed_data.RAVI)
        assert signed_in(visitor)

    def test_another_site_signs_nobody_in(self, visitor: Browser) -> None:
        answer = visitor.get("/continue/kylas", headers={"Sec-Fetch-Site": "cross-site"}, status=303)
        assert urlsplit(answer.location).path == "/login"

    def test_refused_in_kylas(self, visitor: Browser, workspace: Workspace) -> None:
        led_to_kylas(visitor, "/continue/kylas?next=/links")
        answer = visitor.get("/install/kylas?error=access_denied", status=303)
        assert "gave no access" in words(answer.follow())
        assert "next=%2Flinks" in answer.location

    @pytest.mark.parametrize("kind", ["unavailable", "server_error", "rate_limited", "malformed"])
    def test_kylas_is_out_of_order(
        self, visitor: Browser, kylas: Any, workspace: Workspace, kind: str
    ) -> None:
        kylas.faults.add(kind, path="/oauth/token", times=None)
        page = continue_as(visitor, kylas, seed_data.RAVI).follow()
        assert page.html.find(class_="warn")
        assert not signed_in(visitor)

    def test_only_pages_of_this_site_follow(self, visitor: Browser, kylas: Any) -> None:
        answer = continue_as(visitor, kylas, seed_data.RAVI, "/continue/kylas?next=//evil.example/")
        assert urlsplit(answer.location).path == "/"

    def test_nothing_that_opens_kylas_is_kept(
        self, visitor: Browser, kylas: Any, workspace: Workspace
    ) -> None:
        before = connection(workspace).sealed_settings
        continue_as(visitor, kylas, seed_data.RAVI)
        assert connection(workspace).sealed_settings == before
        tokens = [one["token"] for one in kylas.store.all("access_token")]
        with workspace.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            kept = repr([row.data for row in session.scalars(select(WebSession))])
        assert tokens
        assert not [one for one in tokens if one in kept]

    def test_unknown_crm(self, visitor: Browser) -> None:
        visitor.get("/continue/nobody", status=404)


class TestWhoIsNotLetIn:
    def test_whoever_is_no_member_is_told_whom_to_ask(
        self, visitor: Browser, kylas: Any, workspace: Workspace, post: Post
    ) -> None:
        page = continue_as(visitor, kylas, seed_data.MEERA).follow()
        said = words(page)
        assert "you are Meera Nair of Northwind Trading" in said
        assert "o•••@example.com" in said
        assert demo.OWNER not in said
        assert not signed_in(visitor)
        page = form_to(page, "/continue/kylas/ask").submit()
        assert "They have a mail now." in words(page)
        told = [mail for mail in post.fetch() if "asks to join" in mail["subject"]]
        assert [mail["to"] for mail in told] == [[demo.OWNER]]
        assert "Meera Nair" in told[0]["text"]

    def test_asking_is_throttled(self, visitor: Browser, kylas: Any, post: Post) -> None:
        page = continue_as(visitor, kylas, seed_data.MEERA).follow()
        form = form_to(page, "/continue/kylas/ask")
        form.submit()
        assert "You have asked already." in words(form.submit(status=429))
        assert len([mail for mail in post.fetch() if "asks to join" in mail["subject"]]) == 1

    def test_asking_takes_proof(self, visitor: Browser, post: Post) -> None:
        assert visitor.get("/continue/kylas/ask", status=303).location.endswith("/login")
        token = visitor.get("/login").form["csrf_token"].value
        visitor.post("/continue/kylas/ask", {"csrf_token": token}, status=303)
        assert post.fetch() == []

    def test_an_address_makes_nobody_a_member(
        self, visitor: Browser, kylas: Any, workspace: Workspace
    ) -> None:
        """Meera's address in the CRM is that of a member; she isn't mapped to it."""
        meera = kylas.tenant(seed_data.TENANT_A).get("user", seed_data.MEERA)
        kylas.tenant(seed_data.TENANT_A).put("user", meera | {"email": demo.OWNER})
        continue_as(visitor, kylas, seed_data.MEERA)
        assert not signed_in(visitor)

    def test_the_same_user_id_in_another_tenant(
        self, visitor: Browser, kylas: Any, workspace: Workspace
    ) -> None:
        other = kylas.tenant(seed_data.TENANT_B)
        anita = other.get("user", seed_data.ANITA)
        other.put("user", anita | {"id": seed_data.RAVI}, seed_data.RAVI)
        continue_as(visitor, kylas, seed_data.RAVI, tenant=seed_data.TENANT_B)
        assert not signed_in(visitor)

    def test_deactivated_here(self, visitor: Browser, kylas: Any, workspace: Workspace) -> None:
        set_user(workspace, demo.REP, active=False)
        page = continue_as(visitor, kylas, seed_data.RAVI).follow()
        assert "This account was deactivated." in words(page)
        assert not signed_in(visitor)

    def test_unconfirmed(self, visitor: Browser, kylas: Any, workspace: Workspace) -> None:
        set_user(workspace, demo.REP, verified_at=None)
        page = continue_as(visitor, kylas, seed_data.RAVI).follow()
        assert "Confirm your e-mail address first" in words(page)

    def test_deactivated_in_kylas_meanwhile(
        self, visitor: Browser, kylas: Any, workspace: Workspace
    ) -> None:
        state, code = (
            led_to_kylas(visitor)["state"],
            kylas.issue_code(seed_data.TENANT_A, seed_data.RAVI),
        )
        ravi = kylas.tenant(seed_data.TENANT_A).get("user", seed_data.RAVI)
        kylas.tenant(seed_data.TENANT_A).put("user", ravi | {"active": False})
        visitor.get(f"/install/kylas?code={code}&state={state}", status=303)
        page = visitor.get("/install/kylas", status=303).follow()
        assert "lets you in no more" in words(page)
        assert not signed_in(visitor)

    def test_whoever_is_back_in_kylas_is_back_here(
        self, visitor: Browser, kylas: Any, workspace: Workspace
    ) -> None:
        people.note_crm_users(workspace.app, workspace.tenant_id, {str(seed_data.ASHA)})
        continue_as(visitor, kylas, seed_data.RAVI)
        assert signed_in(visitor)

    def test_no_workspace_yet_signs_up_and_connects(
        self, visitor: Browser, kylas: Any, workspace: Workspace, post: Post
    ) -> None:
        where = {"tenant": seed_data.TENANT_B}
        page = continue_as(visitor, kylas, seed_data.ANITA, **where).follow()
        assert "has no workspace in Dealpay yet" in words(page)
        address = page.form["email"].value
        assert page.form["name"].value
        page.form["password"] = PASSWORD
        page.form.submit(status=303)
        visitor.get(post.link(address)).form.submit()
        answer = visitor.sign_in(address, PASSWORD)
        assert answer.location.endswith("/install/kylas")
        assert "Connect with Kylas" in words(answer.follow())
        continue_as(visitor, kylas, seed_data.ANITA, "/install/kylas/start", **where)
        member = people.member_by_email(workspace.app, address)
        assert member
        assert (member.crm_tenant_id, member.crm_user_id) == (
            str(seed_data.TENANT_B),
            str(seed_data.ANITA),
        )


class TestTheWorkspacesOwnAccess:
    @pytest.fixture
    def by_oauth(self, member: Browser, kylas: Any, workspace: Workspace, clock: Clock) -> CrmConnection:
        """The owner has connected it by giving access."""
        continue_as(member, kylas, seed_data.ASHA, "/install/kylas/start")
        found = connection(workspace)
        assert found.auth == "oauth"
        clock.turn(minutes=5)
        return found

    def test_whoever_gave_it_renews_it_by_signing_in(
        self, visitor: Browser, kylas: Any, workspace: Workspace, by_oauth: CrmConnection
    ) -> None:
        continue_as(visitor, kylas, seed_data.ASHA)
        assert connection(workspace).sealed_settings != by_oauth.sealed_settings

    def test_so_does_whose_code_is_still_asked_for(
        self, visitor: Browser, kylas: Any, workspace: Workspace, by_oauth: CrmConnection
    ) -> None:
        with_phone(workspace.app, workspace.owner, demo.PASSWORD)
        continue_as(visitor, kylas, seed_data.ASHA)
        assert not signed_in(visitor)
        assert connection(workspace).sealed_settings != by_oauth.sealed_settings

    def test_a_rep_never_does(
        self, visitor: Browser, kylas: Any, workspace: Workspace, by_oauth: CrmConnection
    ) -> None:
        continue_as(visitor, kylas, seed_data.RAVI)
        assert connection(workspace).sealed_settings == by_oauth.sealed_settings

    def test_another_admin_does_only_where_it_has_ended(
        self, visitor: Browser, kylas: Any, workspace: Workspace, by_oauth: CrmConnection
    ) -> None:
        set_user(workspace, demo.REP, role=Role.ADMIN)
        continue_as(visitor, kylas, seed_data.RAVI)
        assert connection(workspace).sealed_settings == by_oauth.sealed_settings
        with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
            session.get_one(CrmConnection, by_oauth.id).health = "failing"
        continue_as(visitor, kylas, seed_data.RAVI)
        now = connection(workspace)
        assert (now.health, now.sealed_settings != by_oauth.sealed_settings) == ("ok", True)


class TestJoining:
    @pytest.fixture
    def invitation(self, workspace: Workspace, post: Post) -> str:
        meera = Invitee(MEERA, "Meera", CrmPerson(str(seed_data.MEERA), "Meera Nair"))
        people.invite(workspace.app, workspace.owner, [meera], role=Role.REP)
        return post.link(MEERA)

    def test_the_invited_user_of_kylas_joins(
        self, visitor: Browser, kylas: Any, workspace: Workspace, invitation: str, post: Post
    ) -> None:
        page = visitor.get(invitation)
        assert "In Kylas you have to be Meera Nair." in words(page)
        link = page.html.find("a", string="Continue with Kylas")["href"]
        page = continue_as(visitor, kylas, seed_data.MEERA, link).follow()
        assert "Welcome to" in words(page)
        member = people.member_by_email(workspace.app, MEERA)
        assert member
        assert (member.role, member.crm_user_id) == (Role.REP, str(seed_data.MEERA))
        page = visitor.get("/account")
        assert "You sign in with your CRM and have no password." in words(page)
        visitor.get(invitation, status=410)
        other = Browser(visitor.app)
        other.sign_in(MEERA, "", status=422)
        continue_as(other, kylas, seed_data.MEERA)
        assert signed_in(other)

    def test_another_user_of_kylas_is_refused_by_name(
        self, visitor: Browser, kylas: Any, workspace: Workspace, invitation: str
    ) -> None:
        page = continue_as(visitor, kylas, seed_data.RAVI, f"{invitation}/continue/kylas").follow()
        assert "says that you are Ravi Iyer, and this invitation is for Meera Nair." in words(page)
        assert people.member_by_email(workspace.app, MEERA) is None
        assert not signed_in(visitor)
        assert page.form["password"]

    def test_the_same_id_in_another_tenant_is_refused(
        self, visitor: Browser, kylas: Any, workspace: Workspace, invitation: str
    ) -> None:
        other = kylas.tenant(seed_data.TENANT_B)
        anita = other.get("user", seed_data.ANITA)
        other.put("user", anita | {"id": seed_data.MEERA}, seed_data.MEERA)
        path = f"{invitation}/continue/kylas"
        page = continue_as(visitor, kylas, seed_data.MEERA, path, tenant=seed_data.TENANT_B).follow()
        assert "another account of the CRM" in words(page)
        assert people.member_by_email(workspace.app, MEERA) is None

    def test_withdrawn_meanwhile(
        self, visitor: Browser, kylas: Any, workspace: Workspace, invitation: str
    ) -> None:
        state = led_to_kylas(visitor, f"{invitation}/continue/kylas")["state"]
        (waiting,) = workspace.rows(Invitation)
        people.revoke(workspace.app, workspace.owner, waiting.id)
        page = come_back(visitor, kylas, state, seed_data.MEERA)
        visitor.get(page.location, status=404)
        assert people.member_by_email(workspace.app, MEERA) is None

    def test_by_a_copy_of_the_link_the_address_is_confirmed_first(
        self, visitor: Browser, kylas: Any, workspace: Workspace, invitation: str, post: Post
    ) -> None:
        app, (waiting,) = workspace.app, workspace.rows(Invitation)
        link = people.copy_link(app, workspace.owner, waiting.id)
        assert link
        path = urlsplit(link.url).path
        page = continue_as(visitor, kylas, seed_data.MEERA, f"{path}/continue/kylas").follow()
        assert f"We sent a mail to {MEERA}" in words(page)
        assert people.member_by_email(app, MEERA) is None
        assert not signed_in(visitor)
        visitor.get(post.link(MEERA)).form.submit(status=303)
        continue_as(visitor, kylas, seed_data.MEERA)
        assert signed_in(visitor)

    def test_whoever_has_an_invitation_is_told_so_at_the_sign_in(
        self, visitor: Browser, kylas: Any, invitation: str
    ) -> None:
        page = continue_as(visitor, kylas, seed_data.MEERA).follow()
        assert "An invitation waits for you: open the mail to m•••@northwind.example." in words(page)

    def test_one_for_nobody_in_kylas_takes_a_password(
        self, visitor: Browser, kylas: Any, workspace: Workspace, post: Post
    ) -> None:
        people.invite(workspace.app, workspace.owner, [Invitee("new@x.example")], role=Role.REP)
        path = post.link("new@x.example")
        assert "Continue with Kylas" not in visitor.get(path)
        page = continue_as(visitor, kylas, seed_data.MEERA, f"{path}/continue/kylas").follow()
        assert "for no user of the CRM" in words(page)


def test_installed_by_a_colleague_already(
    wsgi: Any, app: App, kylas: Any, workspace: Workspace, post: Post
) -> None:
    """Somebody with a workspace of their own installs what a colleague has connected."""
    stranger = add_workspace(app, "Lonely", "meera@lonely.example")
    browser = Browser(wsgi)
    browser.sign_in(stranger.email, PASSWORD)
    browser.get(f"/install/kylas?code={kylas.issue_code(seed_data.TENANT_A, seed_data.MEERA)}")
    page = form_to(browser.get("/install/kylas"), "/install/kylas").submit(status=422)
    assert "has a workspace already" in words(page)
    assert "o•••@example.com" in words(page)
    page = form_to(page, "/continue/kylas/ask").submit()
    assert "They have a mail now." in words(page)
    assert any("Meera Nair asks to join" in mail["subject"] for mail in post.fetch())
